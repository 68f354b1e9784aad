"""A run's events as they are written: `events.jsonl` from any byte on, and places for those who watch."""

import json
from collections.abc import Iterator
from contextlib import contextmanager

from runtime.events import Event
from tools.results.folder import RunFolder

MOST_BYTES = 256 * 1024
"""Of one reading: a browser that joins late gets a long run in parts."""
MOST_STREAMS = 64
"""Browsers that watch at the same time."""


class Seats:
    """Places for streams that stay open; who finds none has to come again later."""

    def __init__(self, most: int = MOST_STREAMS) -> None:
        self.free = most

    @contextmanager
    def taken(self) -> Iterator[None]:
        """Hold a place; used from the event loop's thread alone."""
        self.free -= 1
        try:
            yield
        finally:
            self.free += 1


def read_events(folder: RunFolder, start: int) -> tuple[list[Event], int]:
    """Whole lines from byte `start` on, and where the next reading begins; a start beyond the end begins anew."""
    try:
        with folder.events.open("rb") as stream:
            if start > stream.seek(0, 2):
                start = 0
            stream.seek(start)
            block = stream.read(MOST_BYTES)
    except OSError:
        return [], start
    if len(block) == MOST_BYTES and b"\n" not in block:  # a line that long is none of ours
        return [], start + len(block)
    whole = block[: block.rfind(b"\n") + 1]
    return [event for line in whole.splitlines() if (event := _event(line))], start + len(whole)


def _event(line: bytes) -> Event | None:
    try:
        event = json.loads(line)
    except ValueError:
        return None
    return event if isinstance(event, dict) else None
