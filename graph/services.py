"""What lives as long as the process and never enters a checkpoint: settings, sandboxes, folders, agents."""

import contextlib
import threading
from collections.abc import Callable
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from weakref import WeakValueDictionary

from agents.registry import Agents, make_agents
from graph.crew import Crew
from runtime.box.protocol import Sandbox
from runtime.box.registry import open_on_ray, open_sandbox
from runtime.errors import InputError, SandboxFailure, SandboxUnavailable
from runtime.events import Emit, Event
from runtime.models.usage import Ledger
from runtime.observability.masking import masked
from runtime.observability.observers import Observers
from runtime.settings import Settings
from runtime.task import SandboxName, Task
from tools.functions.store import FunctionStore
from tools.results.folder import RunFolder
from tools.results.writing import naming_disk_faults, write_atomically

PARALLEL_CHUNKS = 32
"""Parts of maps at once in this process, where the user does not say."""


class Services:
    """One a process; safe to share between runs. Tests pass their own agents and sandboxes."""

    def __init__(
        self,
        settings: Settings,
        results: Path | None = None,
        functions: Path = Path("generated_training_functions"),
        reviews: Path = Path("literature_reviews"),
        make_agents: Callable[..., Agents] = make_agents,
        open_sandbox: Callable[[SandboxName, str], Sandbox] = open_sandbox,
        account: Path | None = None,
    ) -> None:
        """`account` is where the model calls of all runs together are counted, when they share one budget."""
        self.settings = settings
        self.results = results or settings.out
        self.reviews = reviews
        self.functions = FunctionStore(functions)
        self.observers = Observers(settings)
        self.crew = Crew(settings.arxla_parallel_chunks or PARALLEL_CHUNKS, settings.chunk_processing_delay)
        self._make_agents = make_agents
        self._open_sandbox = open_sandbox
        self._sandboxes: dict[tuple[str, str, str], Sandbox] = {}
        self._ledgers: WeakValueDictionary[Path, Ledger] = WeakValueDictionary()
        self._lock = threading.Lock()
        self._account = Ledger(account) if account else None
        self._ledger_lock = threading.Lock()
        """Its own, because a sandbox that starts holds the other for seconds."""

    def warm(self, task: Task) -> None:
        """Start a sandbox in the background: its imports take seconds that loading the data can hide."""
        threading.Thread(target=self._warm, args=(task,), daemon=True).start()

    def _warm(self, task: Task) -> None:
        with contextlib.suppress(SandboxUnavailable, SandboxFailure, InputError):  # raised again where it is needed
            self.sandbox(task)

    def keep_review(self, run_id: str, text: str) -> None:
        """Save a literature review where the seed keeps them. Raises `DiskFull`."""
        with naming_disk_faults(self.reviews):
            self.reviews.mkdir(parents=True, exist_ok=True)
        write_atomically(self.reviews / f"literature_review_{run_id}.json", text.encode())

    def folder(self, run_id: str) -> RunFolder:
        """Raises `InputError` for what is no plain name: a server's clients may give one."""
        if Path(run_id).name != run_id or run_id.startswith("."):
            raise InputError(f"{run_id[:80]!r} can't name a run: use letters, digits, dashes and underscores.")
        return RunFolder(self.results / run_id)

    def enter(self, folder: RunFolder) -> None:
        """Called when a stage begins to work on a run; a server takes the run's lease here."""

    def sandbox(self, task: Task) -> Sandbox:
        """The process's one sandbox of that name for that device, started when first asked for."""
        key = executor, name, device = task.executor, task.sandbox, self.settings.device_for(task.target)
        with self._lock:
            if key not in self._sandboxes:
                on_ray = partial(open_on_ray, self.settings.ray_address)
                self._sandboxes[key] = (on_ray if executor == "ray" else self._open_sandbox)(name, device)
            return self._sandboxes[key]

    def agents(self, task: Task, ledger: Ledger, **bounds: object) -> Agents:
        """The agents of a task; `bounds` are emit, cancel and deadline."""
        return self._make_agents(task, self.settings, ledger, **bounds)

    def ledger(self, folder: RunFolder) -> Ledger:
        """What the run's model calls have cost so far, kept on disk so that a resumed run goes on counting.

        Whoever holds it at the same time holds the same one: the parts of a map share a budget.
        """
        path = folder.path / "metrics" / "usage.json"
        with self._ledger_lock:
            ledger = self._ledgers.get(path)
            if ledger is None:
                ledger = self._ledgers[path] = Ledger(path, shared=self._account)
            return ledger

    def emitter(self, run_id: str | None, write: Callable[[Event], None]) -> Emit:
        """Send events, stamped with their time and without secrets, to the stream, the observers, and `events.jsonl`.

        The file comes with the run's folder.
        """
        folder = self.folder(run_id) if run_id else None

        def send(event: Event) -> None:
            event = masked(event, self.settings.mask_secrets)
            event["time"] = datetime.now(UTC).isoformat(timespec="milliseconds")
            write(event)
            self.observers.see(run_id, event)
            if folder is not None and folder.path.is_dir():
                folder.append_event(event)

        def emit(event: Event) -> None:
            for notice in self.observers.notices():
                send({"kind": "warning", "text": notice})
            send(event)

        return emit

    def close(self) -> None:
        """End every sandbox and every worker this process started, and send what its observers hold back."""
        self.crew.close()
        with self._lock:
            for sandbox in self._sandboxes.values():
                sandbox.close()
            self._sandboxes.clear()
        self.observers.close()
