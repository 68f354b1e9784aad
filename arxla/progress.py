"""A run's progress on the terminal: live with rich, or one plain line at a time when nobody can watch it move."""

import os
import threading
import time
from types import TracebackType
from typing import TextIO

from rich.console import Console, Group, RenderableType
from rich.live import Live
from rich.progress_bar import ProgressBar
from rich.spinner import Spinner
from rich.table import Table
from rich.text import Text

from arxla.run_status import RunStatus, clean, count, number
from arxla.summary import show_summary
from runtime.events import Event
from tools.report.wording import duration, kilobytes, money
from tools.results.folder import RunFolder
from tools.results.record import RunRecord

EPOCH_LINES = 5
"""How many epochs of one training a plain log shows."""
CHUNK_LINES = 20
"""How many chunks of one paper, failures aside."""


class Progress:
    """A context manager whose `show` takes events from any thread and whose `finish` prints the last panel.

    On a terminal finished stages scroll by above one moving block: stage, bars, best so far, money, time. Elsewhere it
    is one line a stage, a trial, a finding, a warning and every few epochs, with no control codes. Quiet shows only
    warnings and the end.
    """

    def __init__(self, quiet: bool = False, file: TextIO | None = None, console: Console | None = None) -> None:
        self._console = console or Console(file=file, stderr=file is None)
        self._quiet = quiet
        self._status = RunStatus()
        self._lock = threading.Lock()
        self._spinner = Spinner("dots", style="cyan")
        watched = self._console.is_terminal and not self._console.is_dumb_terminal and not quiet
        self._live = self._moving_block() if watched else None

    def show(self, event: Event) -> None:
        """Show one event."""
        now = time.monotonic()
        with self._lock:
            in_stage = now - self._status.stage_begun
            self._status.apply(event, now)
            if self._live:
                line = _scrolling(event, self._status, in_stage)
            else:
                self._print_plain(event, in_stage, now)
        if self._live and line is not None:
            self._console.print(line)

    def finish(self, record: RunRecord, folder: RunFolder) -> None:
        """End the moving block and say how the run ended."""
        if self._live:
            self._live.stop()
        show_summary(record, folder.report if folder.report.exists() else None, self._console)

    def __enter__(self) -> "Progress":
        if self._live:
            self._live.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._live:
            self._live.stop()

    def _print_plain(self, event: Event, in_stage: float, now: float) -> None:
        line = describe(event, self._status, in_stage)
        if line and (not self._quiet or event.get("kind") == "warning"):
            print_stamped(self._console, now - self._status.begun, line)

    def _moving_block(self) -> Live:
        def render() -> RenderableType:
            with self._lock:
                return Group(*moving_lines(self._status, self._spinner, time.monotonic()))

        return Live(get_renderable=render, console=self._console, refresh_per_second=8, transient=True)


def print_stamped(console: Console, seconds: float, line: str) -> None:
    """A plain line with the time since the start, in whatever the console can encode."""
    elapsed = int(seconds)
    stamped = f"[{elapsed // 60:02d}:{elapsed % 60:02d}] {line}"
    try:
        print(stamped.encode(console.encoding, "replace").decode(console.encoding), file=console.file, flush=True)
    except BrokenPipeError:  # nobody reads any more; the run goes on unseen
        os.dup2(os.open(os.devnull, os.O_WRONLY), console.file.fileno())


def describe(event: Event, status: RunStatus, in_stage: float) -> str:
    """An event as one plain line; empty when it is not worth one."""
    kind = event.get("kind")
    if kind == "stage":
        name, note = clean(event.get("name")), clean(event.get("note"))
        ended = f"{name}: done in {duration(in_stage)}" if event.get("state") == "end" else f"{name} …"
        return f"{ended} ({note})" if note else ended
    if kind == "trial":
        return "" if event.get("state") == "start" else _trial_line(event, status)
    if kind == "epoch":
        step = max(1, status.epochs // EPOCH_LINES)
        wanted = not status.trials and (status.epoch % step == 0 or status.epoch == status.epochs)
        return _epoch_line(status) if wanted else ""
    if kind == "chunk":
        return _chunk_line(event, status)
    if kind == "finding":
        fixed = ", fixed" if event.get("fixed") is True else ""
        return f"{clean(event.get('rule'))} line {count(event.get('line'))}: {clean(event.get('message'))}{fixed}"
    if kind == "warning":
        return f"warning: {clean(event.get('text'))}"
    if kind == "note":
        return clean(event.get("text"))
    if kind == "question":
        return f"waiting for you: {clean(event.get('text'))}"
    if kind == "model_call":
        return "" if status.chunks else _call_line(event)
    return ""


def _trial_line(event: Event, status: RunStatus) -> str:
    parts = [f"trial {status.trial}/{status.trials}: {clean(event.get('state')).replace('_', ' ')}"]
    score, size = number(event.get("score")), number(event.get("model_kb"))
    if score is not None:
        parts.append(f"score {score:.4f}")
    if size is not None:
        parts.append(kilobytes(size))
    if status.best is not None:
        parts.append(f"best so far {status.best:.4f}")
    return ", ".join(parts)


def _chunk_line(event: Event, status: RunStatus) -> str:
    place = f"chunk {status.chunk}/{status.chunks}"
    if event.get("success") is not True:
        return f"{place}: number {count(event.get('chunk_number'))} failed: {clean(event.get('error'))}"
    if status.chunk % max(1, status.chunks // CHUNK_LINES) and status.chunk != status.chunks:
        return ""
    section = clean(event.get("section"))
    how = "from the cache" if event.get("cached") is True else duration(number(event.get("seconds")) or 0.0)
    return f"{place}: {how}" + (f" ({section})" if section else "")


def _epoch_line(status: RunStatus) -> str:
    parts = [f"epoch {status.epoch}/{status.epochs}"]
    if status.loss is not None:
        parts.append(f"validation loss {status.loss:.4f}")
    if status.val_acc is not None:
        parts.append(f"validation score {status.val_acc:.4f}")
    return ", ".join(parts)


def _call_line(event: Event) -> str:
    tokens = count(event.get("input_tokens")) + count(event.get("output_tokens"))
    seconds = duration(number(event.get("seconds")) or 0.0)
    cost = money(number(event.get("usd")))
    return f"{clean(event.get('agent'))} asked {clean(event.get('model'))}: {seconds}, {tokens:,} tokens, {cost}"


def _scrolling(event: Event, status: RunStatus, in_stage: float) -> Text | None:
    """The line that an event leaves above the moving block, if any."""
    kind = event.get("kind")
    if kind == "stage":
        if event.get("state") != "end":
            return None
        name, note = clean(event.get("name")), clean(event.get("note"))
        return Text.assemble(("✓ ", "green"), (f"{name:<12}", "bold"), (f" {duration(in_stage):>9}  ", "dim"), note)
    if kind == "chunk" and event.get("success") is not True:
        return Text.assemble(("! ", "bold yellow"), (_chunk_line(event, status), "yellow"))
    if kind == "warning":
        return Text.assemble(("! ", "bold yellow"), (clean(event.get("text")), "yellow"))
    if kind == "finding":
        mark = ("  fixed ", "green") if event.get("fixed") is True else ("  found ", "yellow")
        return Text.assemble(mark, (describe(event, status, in_stage).removesuffix(", fixed"), "dim"))
    if kind == "note":
        return Text("  " + clean(event.get("text")), "dim")
    if kind == "question":
        return Text.assemble(("? ", "bold cyan"), describe(event, status, in_stage))
    return None


def moving_lines(status: RunStatus, spinner: Spinner, now: float) -> list[RenderableType]:
    """The block that moves while a run goes on: stage, bars, money and time."""
    head = Table.grid(padding=(0, 1))
    head.add_row(spinner, Text(status.stage or "…", "bold"), Text(duration(now - status.begun), "dim"))
    lines: list[RenderableType] = [head]
    bars = Table.grid(padding=(0, 2))
    if status.trials:
        best = f"best {status.best:.4f}" if status.best is not None else ""
        done = min(status.finished_trials, status.trials)
        bars.add_row(Text(f"  trial {status.trial}/{status.trials}"), _bar(done, status.trials), Text(best, "green"))
    if status.chunks:
        bars.add_row(Text(f"  chunk {status.chunk}/{status.chunks}"), _bar(status.chunk, status.chunks), "")
    if status.epochs:
        score = f"score {status.val_acc:.4f}" if status.val_acc is not None else ""
        loss = f"loss {status.loss:.4f}" if status.loss is not None else ""
        bars.add_row(
            Text(f"  epoch {status.epoch}/{status.epochs}"), _bar(status.epoch, status.epochs), f"{loss} {score}"
        )
    unpriced = " and calls with no known price" if status.price_unknown else ""
    spent = f"  {money(status.usd)} spent{unpriced}" + (f", {status.tokens:,} tokens" if status.tokens else "")
    left = status.seconds_left(now)
    about = f", about {duration(max(10.0, left))} left in this stage" if left is not None else ""
    if bars.row_count:
        lines.append(bars)
    return [*lines, Text(spent + about, "dim")]


def _bar(done: int, total: int) -> ProgressBar:
    return ProgressBar(total=total, completed=min(done, total), width=32, complete_style="cyan", finished_style="cyan")
