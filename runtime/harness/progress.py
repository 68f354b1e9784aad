"""Watches what generated code prints: an epoch line becomes an event, and endless recompilation ends the job."""

import io
import re
from collections.abc import Callable
from typing import Any

from runtime.events import Emit
from runtime.harness.failure import RecompilationError

_EPOCH = re.compile(r"\bepoch\b[\s:#\[]*(\d{1,6})\s*(?:/|of)\s*(\d{1,6})", re.IGNORECASE)
_NUMBER = r"[-+]?(?:\d+\.?\d*(?:[eE][-+]?\d+)?|\.\d+|nan|inf)"
_VALUE = re.compile(rf"\b(train_loss|val_loss|val_acc|val_metric)\b\s*[=:]\s*({_NUMBER})", re.IGNORECASE)
MAX_LINE = 2000
MAX_EVENTS = 10_000
PATIENCE = 2
"""Epochs after the second that may each compile again before the job is stopped."""


class EpochWatcher(io.TextIOBase):
    """Stands in for stdout: passes everything on and looks at whole lines."""

    def __init__(self, stream: Any, emit: Emit, compilations: Callable[[], int] | None = None) -> None:
        self._stream = stream
        self._emit = emit
        self._compilations = compilations
        self._line = ""
        self._events = 0
        self._growth = _Growth()

    def writable(self) -> bool:
        return True

    def write(self, text: str) -> int:
        self._stream.write(text)
        head, *rest = (self._line + text).split("\n")
        for line in ([head, *rest])[:-1]:
            self._look(line)
        self._line = (rest[-1] if rest else head)[-MAX_LINE:]
        return len(text)

    def flush(self) -> None:
        self._stream.flush()

    def _look(self, line: str) -> None:
        event = parse_epoch(line[:MAX_LINE])
        if event is None:
            return
        if self._events < MAX_EVENTS:
            self._events += 1
            self._emit(event)
        if self._compilations is not None:
            self._growth.check(int(event["epoch"]), self._compilations())


class _Growth:
    """Counts the epochs in a row, from the third on, in which XLA compiled something new."""

    def __init__(self) -> None:
        self._last_epoch = 0
        self._last_count = 0
        self._grew = 0

    def check(self, epoch: int, count: int) -> None:
        if epoch > self._last_epoch:
            self._grew = self._grew + 1 if epoch > 2 and self._last_epoch and count > self._last_count else 0
            new = count - self._last_count
            self._last_epoch, self._last_count = epoch, count
            if self._grew >= PATIENCE:
                raise RecompilationError(
                    f"XLA still compiles new graphs in epoch {epoch} ({new} in this one, {count} in all): "
                    "keep shapes and Python constants equal in every step and call torch_xla.sync() after each"
                )


def parse_epoch(line: str) -> dict[str, Any] | None:
    """An `epoch` event from a line such as `epoch 3/20 train_loss=0.123 val_acc=0.95`, or None."""
    found = _EPOCH.search(line)
    if found is None:
        return None
    event: dict[str, Any] = {"kind": "epoch", "epoch": int(found.group(1)), "epochs": int(found.group(2))}
    for name, number in _VALUE.findall(line):
        value = float(number)
        if value - value == 0:
            event[name.lower()] = value
    return event
