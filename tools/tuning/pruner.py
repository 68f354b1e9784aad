"""Stop hopeless trials early by what they report after each epoch."""

import math
import statistics
import threading


class MedianPruner:
    """The median stopping rule of Golovin et al., "Google Vizier: A Service for Black-Box Optimization", KDD 2017.

    A trial is hopeless after an epoch when its best value so far is below the median, over the finished trials that
    got as far, of their mean value up to that epoch. Asked no earlier than `warm_up` epochs and `finished` trials. The
    values come from generated code, higher is better: they may end a trial, they never become a score. Safe for several
    threads.
    """

    def __init__(self, finished: int = 3, warm_up: int = 2) -> None:
        self._least = finished
        self._warm_up = warm_up
        self._lock = threading.Lock()
        self._running: dict[int, list[tuple[int, float]]] = {}
        self._finished: dict[int, list[tuple[int, float]]] = {}

    def should_stop(self, index: int, epoch: int, value: float) -> bool:
        """Note what trial `index` reports after `epoch` (from 1), and say whether to end it. NaN is hopeless."""
        if not math.isfinite(value):
            return True
        with self._lock:
            curve = self._running.setdefault(index, [])
            curve.append((epoch, value))
            means = [
                mean for mean in (_mean_until(other, epoch) for other in self._finished.values()) if mean is not None
            ]
            if epoch < self._warm_up or len(means) < self._least:
                return False
            return max(value for _, value in curve) < statistics.median(means)

    def start(self, index: int) -> None:
        """A trial begins (again): forget what it reported before."""
        with self._lock:
            self._running.pop(index, None)

    def finish(self, index: int, completed: bool) -> list[tuple[int, float]]:
        """A trial ended; completed ones set the bar for later ones. Returns its curve."""
        with self._lock:
            curve = self._running.pop(index, [])
            if completed and curve:
                self._finished[index] = curve
            return curve

    def restore(self, curves: dict[int, list[tuple[int, float]]]) -> None:
        """The curves of completed trials of an earlier process."""
        with self._lock:
            self._finished.update(curves)


def _mean_until(curve: list[tuple[int, float]], epoch: int) -> float | None:
    """The mean value up to an epoch, or None when the trial did not get there."""
    if not curve or curve[-1][0] < epoch:
        return None
    return statistics.fmean(value for at, value in curve if at <= epoch)
