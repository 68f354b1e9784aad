"""`results/batch-…/`: many papers, one run each, and what became of them."""

from datetime import UTC, datetime
from pathlib import Path
from secrets import token_hex
from typing import Any

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from runtime.errors import InputError
from tools.results.folder import timestamp
from tools.results.lease import hold_lease, lease_holder
from tools.results.writing import naming_disk_faults, write_atomically

PREFIX = "batch-"


class _Record(BaseModel):
    model_config = ConfigDict(extra="forbid")


class BatchEntry(_Record):
    """One paper of a batch."""

    reference: str
    """What its run is given as the task's paper."""
    title: str = ""
    run_id: str = ""
    """Empty until its run has a folder."""
    fault: str = ""
    """What kept its run from ending with an outcome, in one sentence."""


class BatchRecord(_Record):
    """The whole of `batch.json`; a run's own facts stay in its `run.json`."""

    version: int = 1
    id: str
    started: str
    """ISO 8601, UTC."""
    selection: str
    """How the papers were chosen, in words."""
    options: dict[str, Any] = Field(default_factory=dict)
    """The fields of `Task` that every paper's run is given."""
    parallel: int = 1
    """Papers at the same time."""
    entries: list[BatchEntry]


class BatchFolder:
    """A batch on disk, beside the folders of its runs."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.id = path.name
        self.record = path / "batch.json"
        self.summary = path / "summary.json"
        self.page = path / "summary.html"
        self.usage = path / "usage.json"
        """What the model calls of all its runs have cost."""

    @property
    def results(self) -> Path:
        """Where its runs are."""
        return self.path.parent

    @classmethod
    def create(cls, results: Path, now: datetime) -> "BatchFolder":
        """Make a new folder. Raises `InputError` or `DiskFull`."""
        path = results / f"{PREFIX}{timestamp(now)}-{token_hex(2)}"
        try:
            with naming_disk_faults(path):
                path.mkdir(parents=True)
        except OSError as error:
            raise InputError(f"Can't keep results in {results}: {error.strerror}; name another with --out.") from error
        return cls(path)

    def save(self, record: BatchRecord) -> None:
        """Replace `batch.json`. Raises `DiskFull`."""
        write_atomically(self.record, record.model_dump_json(indent=1).encode())

    def load(self) -> BatchRecord:
        """Read `batch.json`. Raises `InputError`."""
        try:
            return BatchRecord.model_validate_json(self.record.read_bytes())
        except (OSError, ValidationError) as error:
            raise InputError(f"{self.record} is damaged or missing; start the batch again.") from error

    def lease(self) -> Any:
        """The right to work on this batch. Raises `InputError` when another process holds it."""
        return hold_lease(self.path / ".lease", self.id)

    def worker(self) -> int | None:
        """The process that works on it now, if any."""
        return lease_holder(self.path / ".lease")


def find_batch(results: Path, text: str) -> BatchFolder | None:
    """The batch that `text` names by its id or a unique beginning of it; None when it names none."""
    if not text.startswith(PREFIX.rstrip("-")):
        return None
    found = sorted(path.parent for path in results.glob(f"{PREFIX}*/batch.json") if path.parent.name.startswith(text))
    exact = [path for path in found if path.name == text]
    if len(exact or found) > 1:
        raise InputError(f"{text!r} fits {len(found)} batches; add more letters.")
    return BatchFolder((exact or found)[0]) if found else None


def new_record(folder: BatchFolder, selection: str, references: list[tuple[str, str]], **facts: Any) -> BatchRecord:
    """A batch before its first run; `references` are (reference, title) pairs."""
    entries = [BatchEntry(reference=reference, title=title) for reference, title in references]
    started = datetime.now(UTC).isoformat(timespec="seconds")
    return BatchRecord(id=folder.id, started=started, selection=selection, entries=entries, **facts)
