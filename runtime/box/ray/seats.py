"""Which node a job runs on: Ray reserves the CPU that a job takes, so that a cluster is shared fairly."""

import threading
import time
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from ray.util.placement_group import placement_group, placement_group_table, remove_placement_group

from runtime.errors import SandboxFailure
from runtime.events import Emit

IDLE_S = 10.0
"""How long a seat waits for the next job before Ray gets it back; a new one takes Ray up to a second."""
LONGEST_WAIT_S = 3600.0
DESERTED_S = 30.0
"""How long a cluster without any node that could run the job is waited for."""
TOLD_AFTER_S = 5.0
TICK_S = 0.2


@dataclass(eq=False)
class Seat:
    """A reservation on one node."""

    group: Any
    node: str
    timer: threading.Timer | None = None


class Seats:
    """`bundle` is what one job reserves, in Ray's names: {"CPU": 1}."""

    def __init__(self, bundle: Mapping[str, float], possible: Callable[[], bool]) -> None:
        """`possible` says whether any living node offers the bundle, taken or not."""
        self._bundle = dict(bundle)
        self._possible = possible
        self._lock = threading.Lock()
        self._idle: list[Seat] = []
        self._busy: list[Seat] = []
        self._open = True

    def take(self, near: str | None, emit: Emit, cancel: threading.Event | None) -> Seat | None:
        """A free seat, on the node `near` if there is one, else on the node with the fewest of our jobs.

        None when `cancel` was set first. Raises `SandboxFailure` when none came free for an hour.
        """
        asked, begun, told = None, time.monotonic(), False
        try:
            while (seat := self._from_idle(near)) is None:
                if cancel is not None and cancel.is_set():
                    return None
                if asked is None:
                    asked = placement_group([self._bundle])
                if asked.wait(timeout_seconds=TICK_S):
                    seat, asked = self._occupied(asked), None
                    return seat
                waited = time.monotonic() - begun
                if waited > LONGEST_WAIT_S or not self._open:
                    raise SandboxFailure(f"No {_words(self._bundle)} of the Ray cluster came free in {waited:.0f} s.")
                if waited > DESERTED_S and not self._possible():
                    raise SandboxFailure(f"The Ray cluster has no node left with {_words(self._bundle)}: start one.")
                if waited > TOLD_AFTER_S and not told:
                    emit({"kind": "note", "text": f"waiting for a free {_words(self._bundle)} of the Ray cluster"})
                    told = True
            return seat
        finally:
            if asked is not None:
                remove_placement_group(asked)

    def leave(self, seat: Seat) -> None:
        """After a job: it waits for another one, then goes back to Ray."""
        with self._lock:
            self._busy.remove(seat)
            if self._open:
                seat.timer = threading.Timer(IDLE_S, self._give_back, [seat])
                seat.timer.daemon = True
                seat.timer.start()
                self._idle.append(seat)
                return
        remove_placement_group(seat.group)

    def forget(self, node: str) -> None:
        """Give back every idle seat of a node that was lost."""
        with self._lock:
            lost = [seat for seat in self._idle if seat.node == node]
        for seat in lost:
            self._give_back(seat)

    def lose(self, seat: Seat) -> None:
        """After a job whose node was lost."""
        with self._lock:
            self._busy.remove(seat)
        remove_placement_group(seat.group)
        self.forget(seat.node)

    def close(self) -> None:
        """Give everything back that is not in use; what is in use follows when it is left."""
        with self._lock:
            self._open = False
            idle = list(self._idle)
        for seat in idle:
            self._give_back(seat)

    def _from_idle(self, near: str | None) -> Seat | None:
        with self._lock:
            if not self._idle:
                return None
            jobs = Counter(seat.node for seat in self._busy)
            seat = min(self._idle, key=lambda seat: (seat.node != near, jobs[seat.node]))
            self._idle.remove(seat)
            self._busy.append(seat)
        if seat.timer is not None:
            seat.timer.cancel()
        return seat

    def _occupied(self, group: Any) -> Seat:
        (node,) = placement_group_table(group)["bundles_to_node_id"].values()
        seat = Seat(group, node)
        with self._lock:
            self._busy.append(seat)
        return seat

    def _give_back(self, seat: Seat) -> None:
        with self._lock:
            if seat not in self._idle:
                return
            self._idle.remove(seat)
        if seat.timer is not None:
            seat.timer.cancel()
        remove_placement_group(seat.group)


def _words(bundle: Mapping[str, float]) -> str:
    return " and ".join(bundle)
