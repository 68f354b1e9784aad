"""The runs at work in this process: which folders they hold, and what becomes of them when they are cancelled."""

from contextlib import ExitStack
from contextvars import ContextVar

from graph.services import Services
from runtime.outcome import Outcome
from tools.results.folder import RunFolder

CANCELLED = "The run was cancelled; send its thread a run without input, and it goes on from the last finished stage."


class Work:
    """One run of a thread at work; ends with its leases."""

    def __init__(self) -> None:
        self.folders: dict[str, RunFolder] = {}
        self._leases = ExitStack()

    def enter(self, folder: RunFolder) -> None:
        """Hold the folder, so that no `arxla resume` takes the run up beside us. Raises `InputError`."""
        if folder.id not in self.folders:
            self._leases.enter_context(folder.lease())
            self.folders[folder.id] = folder

    def cancelled(self) -> None:
        """Say so in the record of each run that has not ended."""
        for folder in self.folders.values():
            record = folder.load_record() if folder.record.is_file() else None
            if record is not None and record.outcome is None:
                folder.save_record(record.model_copy(update={"outcome": Outcome.CANCELLED, "message": CANCELLED}))

    def close(self) -> None:
        """Give the folders back."""
        self._leases.close()


AT_WORK: ContextVar[Work | None] = ContextVar("arxla_work", default=None)


class ServedServices(Services):
    """Those of a server, whose stages run under the lease of their run's folder."""

    def enter(self, folder: RunFolder) -> None:
        work = AT_WORK.get()
        if work is not None:
            work.enter(folder)
