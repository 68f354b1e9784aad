"""A batch's progress on the terminal: one line a paper that moves, or plain lines that name their paper."""

import threading
import time
from types import TracebackType
from typing import TextIO

from rich.console import Console
from rich.live import Live
from rich.table import Table
from rich.text import Text

from arxla.progress import describe, print_stamped
from arxla.run_status import RunStatus, clean
from runtime.events import Event
from tools.report.batch_statistics import BatchSummary
from tools.report.wording import duration, money
from tools.results.batch import BatchEntry, BatchFolder

LONGEST_TITLE = 40


class BatchProgress:
    """A context manager whose `show` takes a paper's number and its events, from any thread."""

    def __init__(self, entries: list[BatchEntry], quiet: bool = False, file: TextIO | None = None) -> None:
        self._console = Console(file=file, stderr=file is None)
        self._titles = [clean(entry.title or entry.reference)[:LONGEST_TITLE] for entry in entries]
        self._status = [RunStatus() for _ in entries]
        self._latest = ["waiting" for _ in entries]
        self._quiet = quiet
        self._begun = time.monotonic()
        self._lock = threading.Lock()
        watched = self._console.is_terminal and not self._console.is_dumb_terminal and not quiet
        self._live = Live(get_renderable=self._table, console=self._console, refresh_per_second=4) if watched else None

    def show(self, paper: int, event: Event) -> None:
        """Show one event of one paper."""
        now = time.monotonic()
        with self._lock:
            status = self._status[paper]
            in_stage = now - status.stage_begun
            status.apply(event, now)
            line = describe(event, status, in_stage)
            if line:
                self._latest[paper] = line
            if line and self._worth(event) and not self._live:
                told = f"{paper + 1}/{len(self._titles)} {self._titles[paper]}: {line}"
                print_stamped(self._console, now - self._begun, told)

    def say(self, text: str) -> None:
        """Show a sentence about the batch as a whole."""
        self._console.print(Text(text, "yellow"))

    def finish(self, summary: BatchSummary, folder: BatchFolder) -> None:
        """Say how the batch ended."""
        if self._live:
            self._live.stop()
        table = Table("paper", "outcome", "dataset", "model", "test score", "time", box=None, header_style="bold")
        for line in summary.lines:
            name = clean(line.title or line.reference)[:LONGEST_TITLE]
            cells = [name, clean(line.outcome), clean(line.dataset), clean(line.model_name), clean(line.score)]
            table.add_row(*(Text(cell) for cell in cells), Text(duration(line.seconds)))
        self._console.print(table)
        lines = [
            f"{summary.succeeded} of {summary.papers} papers succeeded ({summary.success_rate:.0%}), "
            f"{summary.generated} got code, {summary.executed} ran to their end; {money(summary.usd)}",
            f"Summary: {folder.page} and {folder.summary}",
        ]
        for text in lines:
            self._console.print(Text(text))

    def __enter__(self) -> "BatchProgress":
        if self._live:
            self._live.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._live:
            self._live.stop()

    def _worth(self, event: Event) -> bool:
        """Whether a plain line is worth it when several papers talk at once: ends of stages, and warnings."""
        ended = event.get("kind") == "stage" and event.get("state") == "end"
        return event.get("kind") == "warning" or (ended and not self._quiet)

    def _table(self) -> Table:
        """Papers that are under way first, as many as the terminal is high, and how many more there are."""
        table = Table.grid(padding=(0, 2))
        with self._lock:
            order = sorted(range(len(self._titles)), key=lambda one: not self._status[one].stage)
            room = max(1, self._console.height - 2)
            lines = [(self._titles[one], self._status[one].stage or "·", self._latest[one]) for one in order[:room]]
        for title, stage, latest in lines:
            cells = Text(title, "bold"), Text(stage, "cyan"), Text(latest, "dim")
            for cell in cells:
                cell.no_wrap, cell.overflow = True, "ellipsis"
            table.add_row(*cells)
        if len(order) > room:
            table.add_row(Text(f"and {len(order) - room} more", "dim"))
        return table
