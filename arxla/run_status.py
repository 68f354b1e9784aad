"""Where a run stands, folded from its events. Events may come from untrusted code: nothing in them is believed."""

import math
import time
import unicodedata
from dataclasses import dataclass, field
from typing import Any

from runtime.events import Event

LONGEST_TEXT = 200


def plain(text: str) -> str:
    """One line of any length without control, format or private characters, so that no text can steer a terminal."""
    return "".join(char for char in " ".join(text.split()) if not unicodedata.category(char).startswith("C"))


def clean(value: Any) -> str:
    """One short line, made `plain`."""
    shown = plain(str(value)[: 4 * LONGEST_TEXT] if value is not None else "")
    return shown if len(shown) <= LONGEST_TEXT else shown[: LONGEST_TEXT - 1] + "…"


def number(value: Any) -> float | None:
    """A finite number, or None."""
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    try:
        return float(value) if math.isfinite(value) else None
    except OverflowError:
        return None


def count(value: Any) -> int:
    """A count that is not negative; 0 for anything else."""
    found = number(value)
    return max(0, int(found)) if found is not None else 0


@dataclass
class RunStatus:
    """What a display shows. `now` is a monotonic clock in seconds."""

    begun: float = field(default_factory=time.monotonic)
    stage: str = ""
    stage_begun: float = 0.0
    epoch: int = 0
    epochs: int = 0
    loss: float | None = None
    val_acc: float | None = None
    trial: int = 0
    trials: int = 0
    finished_trials: int = 0
    tuning_begun: float = 0.0
    chunk: int = 0
    """Chunks of a paper that have been read, or given up."""
    chunks: int = 0
    chunks_before: int | None = None
    """Of those, the ones that an earlier process had read."""
    best: float | None = None
    usd: float = 0.0
    price_unknown: bool = False
    tokens: int = 0

    def apply(self, event: Event, now: float) -> None:
        """Take one event in; an unknown kind changes nothing."""
        kind = event.get("kind")
        if kind == "stage":
            self._stage(event, now)
        elif kind == "epoch":
            self.epoch, self.epochs = count(event.get("epoch")), count(event.get("epochs"))
            self.loss, self.val_acc = number(event.get("val_loss")), number(event.get("val_acc"))
        elif kind == "trial":
            self._trial(event, now)
        elif kind == "chunk":
            self.chunk, self.chunks = count(event.get("done")), count(event.get("of"))
            self.chunks_before = self.chunk - 1 if self.chunks_before is None else self.chunks_before
        elif kind == "model_call":
            self.tokens += count(event.get("input_tokens")) + count(event.get("output_tokens"))
            usd = number(event.get("usd"))
            self.usd += usd or 0.0
            self.price_unknown = self.price_unknown or usd is None
        elif kind == "cost":
            self._cost(event)

    def _cost(self, event: Event) -> None:
        """The run's totals, an earlier process's calls included."""
        self.tokens = count(event.get("tokens"))
        usd = number(event.get("usd"))
        self.usd = self.usd if usd is None else usd
        self.price_unknown = usd is None

    def seconds_left(self, now: float) -> float | None:
        """A guess from the pace of the trials, chunks or epochs so far; None when there is nothing to guess from."""
        if self.trials and self.finished_trials:
            pace = (now - self.tuning_begun) / self.finished_trials
            return max(0.0, pace * (self.trials - self.finished_trials))
        if self.chunks and self.chunk > (self.chunks_before or 0):
            pace = (now - self.stage_begun) / (self.chunk - (self.chunks_before or 0))
            return max(0.0, pace * (self.chunks - self.chunk))
        if self.epochs and self.epoch and not self.trials:
            return max(0.0, (now - self.stage_begun) / self.epoch * (self.epochs - self.epoch))
        return None

    def _stage(self, event: Event, now: float) -> None:
        self.epoch = self.epochs = self.trial = self.trials = self.finished_trials = 0
        self.chunk = self.chunks = 0
        self.loss = self.val_acc = self.chunks_before = None
        ended = event.get("state") == "end"
        self.stage = "" if ended else clean(event.get("name"))
        self.stage_begun = now

    def _trial(self, event: Event, now: float) -> None:
        if not self.trials:
            self.tuning_begun = now
        self.trial, self.trials = count(event.get("index")), count(event.get("of"))
        best = number(event.get("best"))
        self.best = best if best is not None else self.best
        if event.get("state") == "start":
            self.epoch = self.epochs = 0
        else:
            self.finished_trials += 1
