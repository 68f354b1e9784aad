"""A run's events on the terminal: what is on disk, and what comes while the run goes on."""

import json as json_module
import os
import sys
import time
from collections.abc import Iterator
from datetime import datetime
from typing import Any

from arxla.run_status import clean, number
from runtime.errors import InputError
from runtime.events import Event
from tools.report.wording import duration
from tools.results.folder import RunFolder

KINDS = (
    "stage", "chunk", "epoch", "trial", "job", "model_call", "cost", "finding", "question", "outcome", "warning",
    "note", "message",
)  # fmt: skip
POLL_S = 0.2
QUIET_S = 2.0
"""Of silence, before it is asked whether anybody works on the run at all."""
NOT_SHOWN = ("kind", "time", "text", "message", "seconds", "details")


def show_events(folder: RunFolder, kinds: list[str], follow: bool, json: bool) -> None:
    """Print events, oldest first; `kinds` empty means all. Raises `InputError` for a kind that there is not."""
    if unknown := [kind for kind in kinds if kind not in KINDS]:
        raise InputError(f"There are no events of the kind {unknown[0]!r}; the kinds are {', '.join(KINDS)}.")
    for event in following(folder) if follow else folder.read_events():
        if not kinds or event.get("kind") in kinds:
            _print(json_module.dumps(event) if json else event_line(event))


def event_line(event: Event) -> str:
    """One event as one line: its local time, its kind, its words or its facts."""
    said = clean(event.get("text") or event.get("message") or event.get("name"))
    facts = {name: _fact(value) for name, value in event.items() if name not in (*NOT_SHOWN, "name")}
    told = " ".join(f"{clean(name)}={fact}" for name, fact in facts.items() if fact)
    seconds = number(event.get("seconds"))
    took = f"({duration(seconds)})" if seconds is not None else ""
    return "  ".join(part for part in (_local(event), f"{clean(event.get('kind')):<10}", said, told, took) if part)


def following(folder: RunFolder) -> Iterator[Event]:
    """Events from the first one on, until the run has ended, waits for a person, or nobody works on it any more."""
    position, quiet_since = 0, time.monotonic()
    while True:
        new, position = _read(folder, position)
        yield from new
        if new:
            quiet_since = time.monotonic()
        elif time.monotonic() - quiet_since > QUIET_S:
            if reason := _why_over(folder):
                yield from _read(folder, position)[0]
                print(f"arxla: {reason}", file=sys.stderr)
                return
            quiet_since = time.monotonic()
        time.sleep(POLL_S)


def _read(folder: RunFolder, position: int) -> tuple[list[Event], int]:
    """The whole lines from a byte on, and the byte after them."""
    if not folder.events.is_file():
        return [], position
    events = []
    with folder.events.open("rb") as stream:
        stream.seek(position)
        for line in stream:
            if not line.endswith(b"\n"):
                break
            position += len(line)
            try:
                event = json_module.loads(line)
            except (ValueError, RecursionError):
                continue
            events += [event] if isinstance(event, dict) else []
    return events, position


def _why_over(folder: RunFolder) -> str:
    if folder.worker() is not None:
        return ""
    record = folder.load_record()
    if record.waiting is not None:
        return f"run {folder.id} waits for an answer; `arxla resume {folder.id}` asks you."
    if record.outcome is not None:
        return f"run {folder.id} has ended: {record.outcome}."
    return f"nobody works on run {folder.id}; `arxla resume {folder.id}` goes on with it."


def _fact(value: Any) -> str:
    """A plain value as text; what is nested is for --json."""
    if value is None or isinstance(value, dict | list):
        return ""
    return f"{value:.4g}" if isinstance(value, float) else clean(value)


def _local(event: Event) -> str:
    try:
        return datetime.fromisoformat(str(event.get("time"))).astimezone().strftime("%H:%M:%S")
    except ValueError:
        return " " * 8


def _print(line: str) -> None:
    try:
        print(line, flush=True)
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        sys.exit(0)
