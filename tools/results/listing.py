"""Finding runs on disk."""

import difflib
import json
import os
import re
import threading
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from pydantic import BaseModel

from runtime.errors import InputError
from tools.results.folder import RunFolder, timestamp

STARTED = re.compile(r"-(\d{8}T\d{6})-[0-9a-f]+$")
TAIL = 16_384
"""Bytes of events.jsonl in which a run's stage is looked for."""


class RunSummary(BaseModel):
    """One line of `arxla runs`."""

    id: str
    number: int = 0
    """Its place by the time of its start among the runs of the folder; the oldest is 1."""
    path: str
    outcome: str | None = None
    """None while the run goes on, or when it was killed."""
    running: bool = False
    """Whether a process works on it now."""
    stage: str = ""
    """What it is at, while it runs."""
    waiting: str = ""
    """The question that a person has to answer before it goes on."""
    message: str = ""
    dataset: str = ""
    paper: str = ""
    """The paper's title, or what the task calls it."""
    metric: str = ""
    score: float | None = None
    """The measured test score of a finished run."""
    size_kb: float | None = None
    model: str = ""
    started: str = ""
    minutes: float = 0.0
    usd: float | None = 0.0
    """What its model calls cost; None when one of them has no known price."""
    readable: bool = True
    """False when run.json is damaged."""


class RunIndex:
    """The runs of one results folder; a record is read once as long as its file does not change.

    Safe to share between threads. A folder that is not there holds no runs.
    """

    def __init__(self, results: Path) -> None:
        self.results = results
        self._read: dict[Path, tuple[tuple[int, int], RunSummary]] = {}
        self._lock = threading.Lock()

    def paths(self) -> list[Path]:
        """The folders with a run.json, newest first, without opening any file."""
        try:
            with os.scandir(self.results) as entries:
                names = [entry.name for entry in entries]
        except OSError:
            return []
        found = [name for name in names if os.path.isfile(f"{self.results}/{name}/run.json")]  # noqa: PTH113
        return sorted((self.results / name for name in found), key=_begun, reverse=True)

    def page(self, start: int, limit: int | None) -> tuple[list[RunSummary], int]:
        """`limit` runs, newest first, from the `start`-th on, and how many there are together."""
        paths = self.paths()
        stop = len(paths) if limit is None else start + limit
        return [self.look(path, len(paths) - start - at) for at, path in enumerate(paths[start:stop])], len(paths)

    def runs(self, limit: int | None = None) -> list[RunSummary]:
        """The newest runs, newest first."""
        return self.page(0, limit)[0]

    def look(self, path: Path, number: int = 0) -> RunSummary:
        """One run: what its record says, and what its worker does at this moment."""
        summary = self._recorded(path)
        running = summary.outcome in (None, "CANCELLED") and RunFolder(path).worker() is not None
        stage = _stage(path / "events.jsonl") if running else ""
        return summary.model_copy(update={"number": number, "running": running, "stage": stage})

    def _recorded(self, path: Path) -> RunSummary:
        try:
            status = (path / "run.json").stat()
        except OSError:
            return _summary(path)
        seen = status.st_mtime_ns, status.st_size
        with self._lock:
            known = self._read.get(path)
        if known and known[0] == seen:
            return known[1]
        summary = _summary(path)
        with self._lock:
            self._read[path] = seen, summary
        return summary


def list_runs(results: Path, limit: int | None = None) -> list[RunSummary]:
    """The newest `limit` runs of a results folder, newest first; a folder that is not there holds none."""
    return RunIndex(results).runs(limit=limit)


def find_run(results: Path, text: str) -> RunFolder:
    """The run that `text` means: an id, its number, the only id with that beginning, `latest`, or a run's folder.

    Raises `InputError` with the closest ids when there is no such run or more than one.
    """
    paths = RunIndex(results).paths()
    if not paths and not (Path(text) / "run.json").is_file():
        raise InputError(f"There are no runs in {results}; start one with `arxla run`, or name its folder with --out.")
    if text == "latest":
        return RunFolder(paths[0])
    named = {path.name: path for path in paths}
    if text in named:
        return RunFolder(named[text])
    if text.isdecimal() and 1 <= int(text) <= len(paths):
        return RunFolder(paths[len(paths) - int(text)])
    matches = [name for name in named if text and name.startswith(text)]
    if len(matches) == 1:
        return RunFolder(named[matches[0]])
    if matches:
        raise InputError(f"{text!r} fits {len(matches)} runs ({_some(matches)}); add more letters.")
    if (Path(text) / "run.json").is_file():
        return RunFolder(Path(text).resolve())
    close = difflib.get_close_matches(text, named, n=3, cutoff=0.4)
    hint = f"did you mean {_some(close)}?" if close else "`arxla runs` lists them."
    raise InputError(f"There is no run {text!r} in {results}; {hint}")


def _begun(path: Path) -> tuple[str, str]:
    match = STARTED.search(path.name)
    if match:
        return match[1], path.name
    return timestamp(datetime.fromtimestamp((path / "run.json").stat().st_mtime, UTC)), path.name


def _summary(path: Path) -> RunSummary:
    """Read what a listing shows straight from the JSON: validating whole records would take ten times as long."""
    unreadable = RunSummary(id=path.name, path=str(path), readable=False, message="run.json can't be read")
    try:
        record: dict[str, Any] = json.loads((path / "run.json").read_bytes())
        task = record.get("task") or {}
        evidence = record.get("evidence") or {}
        test, size = evidence.get("test") or {}, evidence.get("size") or {}
        return RunSummary(
            id=path.name,
            path=str(path),
            outcome=record.get("outcome"),
            waiting=(record.get("waiting") or {}).get("text", ""),
            message=record.get("message", ""),
            dataset=record.get("dataset") or task.get("dataset") or "",
            paper=(record.get("paper") or {}).get("title") or task.get("paper") or "",
            metric=test.get("metric", ""),
            score=test.get("score"),
            size_kb=size["real_bytes"] / 1024 if size else None,
            model=record.get("model_name", ""),
            started=record.get("started", ""),
            minutes=record.get("seconds", 0.0) / 60,
            usd=_total(record.get("usage") or []),
        )
    except (OSError, ValueError, AttributeError, TypeError, KeyError):
        return unreadable


def _total(usage: list[dict[str, Any]]) -> float | None:
    prices = [line.get("usd", 0.0) for line in usage]
    return None if None in prices else sum(prices)


def _stage(events: Path) -> str:
    """The last stage that began in the end of an events file; empty between two stages."""
    try:
        with events.open("rb") as stream:
            stream.seek(max(0, events.stat().st_size - TAIL))
            lines = stream.read().splitlines()
    except OSError:
        return ""
    for line in reversed(lines):
        try:
            event = json.loads(line)
        except ValueError:
            continue
        if isinstance(event, dict) and event.get("kind") == "stage":
            return str(event.get("name", "")) if event.get("state") == "start" else ""
    return ""


def _some(names: list[str]) -> str:
    return ", ".join(names[:3]) + (", …" if len(names) > 3 else "")
