"""Finding runs on disk."""

import difflib
import json
import re
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from pydantic import BaseModel

from runtime.errors import InputError
from tools.results.folder import RunFolder, timestamp

STARTED = re.compile(r"-(\d{8}T\d{6})-[0-9a-f]+$")


class RunSummary(BaseModel):
    """One line of `arxla runs`."""

    id: str
    path: str
    outcome: str | None = None
    """None while the run goes on, or when it was killed."""
    running: bool = False
    """Whether a process works on it now."""
    message: str = ""
    dataset: str = ""
    metric: str = ""
    score: float | None = None
    """The measured test score of a finished run."""
    size_kb: float | None = None
    model: str = ""
    started: str = ""
    minutes: float = 0.0
    readable: bool = True
    """False when run.json is damaged."""


def list_runs(results: Path, limit: int | None = None) -> list[RunSummary]:
    """The newest `limit` runs of a results folder, newest first; a folder that is not there holds none."""
    return [_summary(path) for path in _run_paths(results)[:limit]]


def find_run(results: Path, text: str) -> RunFolder:
    """The run that `text` means: an id, the only id with that beginning, `latest`, or the path of a run's folder.

    Raises `InputError` with the closest ids when there is no such run or more than one.
    """
    paths = _run_paths(results)
    if not paths and not (Path(text) / "run.json").is_file():
        raise InputError(f"There are no runs in {results}; start one with `arxla run`, or name its folder with --out.")
    if text == "latest":
        return RunFolder(paths[0])
    named = {path.name: path for path in paths}
    if text in named:
        return RunFolder(named[text])
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


def _run_paths(results: Path) -> list[Path]:
    """The folders with a run.json, newest first, without opening any file."""
    if not results.is_dir():
        return []
    return sorted((path.parent for path in results.glob("*/run.json")), key=_begun, reverse=True)


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
        evidence = record.get("evidence") or {}
        test, size = evidence.get("test") or {}, evidence.get("size") or {}
        return RunSummary(
            id=path.name,
            path=str(path),
            outcome=record.get("outcome"),
            running=record.get("outcome") in (None, "CANCELLED") and RunFolder(path).worker() is not None,
            message=record.get("message", ""),
            dataset=record.get("dataset") or (record.get("task") or {}).get("dataset") or "",
            metric=test.get("metric", ""),
            score=test.get("score"),
            size_kb=size["real_bytes"] / 1024 if size else None,
            model=record.get("model_name", ""),
            started=record.get("started", ""),
            minutes=record.get("seconds", 0.0) / 60,
        )
    except (OSError, ValueError, AttributeError, TypeError, KeyError):
        return unreadable


def _some(names: list[str]) -> str:
    return ", ".join(names[:3]) + (", …" if len(names) > 3 else "")
