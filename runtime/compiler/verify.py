"""Does a compiled function do what the original does? Calls are replayed on both, with copies of their arguments."""

import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from types import FrameType
from typing import Any

from runtime.compiler.calls import Call, like
from runtime.compiler.same import same

RANDOM_CALLS = 60
MOST_LINES = 200_000
"""Of Python that one random call may run: random numbers may ask for more than anyone would wait for."""
MOST_ITEMS = 10_000
LONGEST_S = 5.0
REPLAYED = 30


@dataclass(frozen=True)
class Verified:
    """What agreed."""

    recorded: int
    random: int
    changes_arguments: bool


@dataclass(frozen=True)
class Doubt:
    """The first call that did not agree, or why none could be compared."""

    reason: str


class _TooLong(BaseException):
    """Not an `Exception`: the code under test must not catch it."""


@dataclass(frozen=True)
class _Outcome:
    value: Any
    raised: tuple[type, tuple[type, ...]] | None
    call: Call
    """As its arguments are afterwards."""
    returned_argument: int | None


def verify(
    original: Callable[..., Any], candidate: Callable[..., Any], calls: list[Call], seed: int = 0
) -> Verified | Doubt:
    """Replays recorded calls, then random ones of the same types; values stay in this process."""
    if not calls:
        return Doubt("No calls were recorded or given: nothing to compare on.")
    changes, tried = False, 0
    deadline = time.monotonic() + LONGEST_S
    recorded = calls[:REPLAYED]
    for number, call in enumerate([*recorded, *like(recorded, RANDOM_CALLS, seed)]):
        is_random = number >= len(recorded)
        if is_random and time.monotonic() > deadline:
            break
        try:
            expected = _outcome(original, call, MOST_LINES if is_random else None)
        except _TooLong:
            continue
        if not is_random and not _agree(expected, _outcome(original, call)):
            return Doubt("The function itself does not do the same twice.")
        found = _outcome(candidate, call)
        if not _agree(expected, found):
            return Doubt(f"{_told(call)}: {_result(expected)} became {_result(found)}.")
        changes = changes or not same(list(expected.call.arguments), list(call.arguments))
        tried += is_random
    return Verified(len(recorded), tried, changes)


def _outcome(function: Callable[..., Any], call: Call, most_lines: int | None = None) -> _Outcome:
    mine = call.copied()
    try:
        with _Lines(most_lines):
            value = mine.run(function)
            if isinstance(value, Iterator) and hasattr(value, "send"):
                value = _items(value)
    except Exception as fault:  # noqa: BLE001 - whatever the user's function raises is its outcome
        kinds = tuple(type(argument) for argument in fault.args)
        return _Outcome(None, (type(fault), kinds), mine, None)
    places = (place for place, argument in enumerate(mine.arguments) if argument is value)
    shared = isinstance(value, list | dict | set) or hasattr(value, "__array__")
    return _Outcome(value, None, mine, next(places, None) if shared else None)


def _items(values: Iterator[Any]) -> list[Any]:
    return [value for value, _ in zip(values, range(MOST_ITEMS), strict=False)]


def _agree(a: _Outcome, b: _Outcome) -> bool:
    if a.raised or b.raised:
        return a.raised == b.raised and same(list(a.call.arguments), list(b.call.arguments))
    same_value = same(a.value, b.value) and a.returned_argument == b.returned_argument
    return same_value and same((a.call.arguments, a.call.keywords), (b.call.arguments, b.call.keywords))


def _result(outcome: _Outcome) -> str:
    if outcome.raised:
        return outcome.raised[0].__name__
    text = repr(outcome.value)
    return f"{text[:60]} ({type(outcome.value).__name__})"


def _told(call: Call) -> str:
    return f"With arguments {', '.join(repr(value)[:40] for value in call.arguments)}"


class _Lines:
    """Ends a call with `_TooLong` once it ran so many lines; whatever traced before goes on afterwards."""

    def __init__(self, most: int | None) -> None:
        self.left, self.most = most or 0, most

    def __enter__(self) -> None:
        self.before = sys.gettrace()
        if self.most:
            sys.settrace(self._trace)

    def __exit__(self, *_: object) -> None:
        if self.most:
            sys.settrace(self.before)

    def _trace(self, frame: FrameType, event: str, argument: Any) -> Any:  # noqa: ARG002
        self.left -= 1
        if self.left < 0:
            raise _TooLong
        return self._trace
