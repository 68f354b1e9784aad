"""`results/{id}/`: everything that one run leaves on disk."""

import contextlib
import json
import os
import re
import secrets
import shutil
from collections.abc import Iterator
from contextlib import AbstractContextManager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, BinaryIO

from pydantic import BaseModel, ValidationError

from runtime.errors import DiskFull, InputError
from runtime.events import Event
from tools.results.lease import hold_lease, lease_holder
from tools.results.record import RunRecord
from tools.results.writing import DISK_FAULTS, json_bytes, naming_disk_faults, write_atomically, write_new

STAGES = ("paper-retrieval", "code-generation", "code-review", "trn-execution", "metrics", "profiler")
WORKING = ("data", "scratch", "project")
LEASE = ".lease"
LONGEST_NAME = 40
MOST_EVENT_BYTES = 32 * 1024 * 1024
"""Of `events.jsonl`: above it, what comes by the thousand is left out, and what says how the run went is still kept."""
BY_THE_THOUSAND = ("epoch", "chunk", "note", "job")


def timestamp(now: datetime) -> str:
    """A moment as it stands in file names, e.g. 20261120T101502 (UTC)."""
    return now.astimezone(UTC).strftime("%Y%m%dT%H%M%S")


def new_run_id(dataset: str, now: datetime) -> str:
    """A readable, unique id of letters, digits, dots, dashes and underscores, e.g. digits-20261120T101502-3f9a.

    `dataset` is a name or a path; of a path the stem counts.
    """
    stem = Path(dataset).stem if dataset.strip("/.") else ""
    name = re.sub(r"[^A-Za-z0-9_]+", "-", stem).strip("-_")[:LONGEST_NAME].rstrip("-_") or "run"
    return f"{name}-{timestamp(now)}-{secrets.token_hex(2)}"


class RunFolder:
    """One run's folder; holds no state but its path, so that two objects on one folder agree."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.id = path.name
        self.record = path / "run.json"
        self.report = path / "report.html"
        self.events = path / "events.jsonl"
        self.data = path / "data"
        self.scratch = path / "scratch"
        self.project = path / "project"

    @classmethod
    def create(cls, results: Path, run_id: str) -> "RunFolder":
        """Make `results/run_id` with its sub-folders. Raises `InputError` or `DiskFull` when that is impossible."""
        folder = cls(results / run_id)
        try:
            for name in (*STAGES, *WORKING):
                (folder.path / name).mkdir(parents=True, exist_ok=True)
        except (FileExistsError, NotADirectoryError) as error:
            raise InputError(f"Can't keep results in {results}: it is a file; name a folder with --out.") from error
        except OSError as error:
            advice = DISK_FAULTS.get(error.errno or 0)
            if advice:
                raise DiskFull(f"Can't write {results}: {advice}.") from error
            raise InputError(f"Can't keep results in {results}: {error.strerror}; name another with --out.") from error
        return folder

    def discard(self) -> None:
        """Remove the folder, and the results folder when nothing else is in it."""
        shutil.rmtree(self.path, ignore_errors=True)
        with contextlib.suppress(OSError):
            self.path.parent.rmdir()

    def save_record(self, record: RunRecord) -> None:
        """Replace `run.json` as a whole. Raises `DiskFull`."""
        write_atomically(self.record, (record.model_dump_json(indent=1) + "\n").encode())

    def load_record(self) -> RunRecord:
        """Read `run.json`; raises `InputError` when it is missing or not a record."""
        try:
            return RunRecord.model_validate_json(self.record.read_bytes())
        except FileNotFoundError as error:
            raise InputError(f"{self.path} holds no run.json, so it is not a run; `arxla runs` lists them.") from error
        except OSError as error:
            raise InputError(f"Can't read {self.record}: {error.strerror}.") from error
        except ValidationError as error:
            where = ".".join(str(part) for part in error.errors()[0]["loc"]) or "its JSON"
            raise InputError(
                f"{self.record} is damaged or from another version of arxla (at {where}); start the run again."
            ) from error

    def save_code(self, stage: str, text: str, now: datetime | None = None, name: str = "") -> Path:
        """Keep a module as `{stage}/{id}_{timestamp}[_{name}].py`. Raises `DiskFull`."""
        return write_new(self.path / stage, self._stem(now, name), ".py", text.encode("utf-8", "replace"))

    def save_json(self, stage: str, data: BaseModel | Any, name: str = "", now: datetime | None = None) -> Path:
        """Keep a model or plain JSON as `{stage}/{id}_{timestamp}[_{name}].json`. Raises `DiskFull`."""
        return write_new(self.path / stage, self._stem(now, name), ".json", json_bytes(data))

    def append_event(self, event: Event) -> None:
        """Add one line to `events.jsonl`, or leave it out (see `MOST_EVENT_BYTES`). Raises `DiskFull`."""
        line = json_bytes(event, indent=None)
        with naming_disk_faults(self.events), self.events.open("a+b") as stream:
            before = stream.seek(0, os.SEEK_END)
            if before and not self._ends_a_line(stream):  # a crash tore it
                line = b"\n" + line
            if before > MOST_EVENT_BYTES and event.get("kind") in BY_THE_THOUSAND:
                return
            stream.write(line)
            if before <= MOST_EVENT_BYTES < before + len(line):
                text = f"this file is full: no more events of the kinds {', '.join(BY_THE_THOUSAND)} are kept"
                stream.write(json_bytes({"kind": "warning", "text": text}, indent=None))

    @staticmethod
    def _ends_a_line(stream: BinaryIO) -> bool:
        stream.seek(-1, os.SEEK_END)
        return stream.read(1) == b"\n"

    def read_events(self) -> Iterator[Event]:
        """The events so far; a line torn by a crash is left out."""
        if not self.events.is_file():
            return
        with self.events.open("rb") as stream:
            for line in stream:
                try:
                    event = json.loads(line)
                except (ValueError, RecursionError):
                    continue
                if isinstance(event, dict):
                    yield event

    def lease(self) -> AbstractContextManager[None]:
        """The right to work on this run, held by one worker at a time; raises `InputError` when it is taken."""
        return hold_lease(self.path / LEASE, self.id)

    def worker(self) -> int | None:
        """The process that works on this run now, if any; 0 when it can't be told which."""
        return lease_holder(self.path / LEASE)

    def relative(self, path: Path) -> str:
        """A path below this folder as `run.json` names it, e.g. "project/model.safetensors"."""
        return path.resolve().relative_to(self.path.resolve()).as_posix()

    def latest_code(self, *stages: str) -> Path | None:
        """The newest module kept by any of `stages`."""
        modules = [module for stage in stages for module in (self.path / stage).glob("*.py")]
        return max(modules, key=lambda it: (it.stat().st_mtime_ns, len(it.name), it.name), default=None)

    def _stem(self, now: datetime | None, name: str) -> str:
        return f"{self.id}_{timestamp(now or datetime.now(UTC))}" + (f"_{name}" if name else "")
