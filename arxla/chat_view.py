"""A chat on the terminal: what is said, and one block that moves while a run goes on."""

import threading
import time
import unicodedata
from typing import TextIO

from rich.console import Console, Group, RenderableType
from rich.live import Live
from rich.markdown import Markdown
from rich.spinner import Spinner

from arxla.progress import moving_lines
from arxla.run_status import RunStatus, clean
from runtime.approval import Question, how_to_answer
from runtime.events import Event

SHOWN_LINES = 60
"""Of a program that a person is asked about; `show the code` shows all of it."""


class ChatView:
    """Prints to a terminal with styles, and plainly elsewhere; nothing that is said can steer the terminal."""

    def __init__(self, file: TextIO | None = None, console: Console | None = None) -> None:
        self.console = console or Console(file=file)
        self.watched = self.console.is_terminal and not self.console.is_dumb_terminal
        self._status = RunStatus()
        self._lock = threading.Lock()
        self._spinner = Spinner("dots", style="cyan")
        self._live: Live | None = None

    def hear(self, text: str) -> None:
        """Print one message."""
        safe = "\n".join(_harmless(line) for line in text.splitlines())
        if self.watched:
            self.console.print(Markdown(safe))
        else:
            self.console.print(safe, markup=False, highlight=False, soft_wrap=True)

    def show(self, event: Event) -> None:
        """Take an event into the moving block; a warning is printed."""
        with self._lock:
            self._status.apply(event, time.monotonic())
        if event["kind"] == "warning":
            self.console.print(
                f"! {clean(event.get('text'))}", style="yellow", markup=False, highlight=False, soft_wrap=True
            )

    def ask(self, question: Question, whole: bool = False) -> None:
        """Put a run's question, with what a person needs to answer it."""
        self.hear(question.text)
        code = str(question.details.get("training_code") or "")
        lines = code.splitlines()
        if lines:
            shown = lines if whole else lines[:SHOWN_LINES]
            self.hear("\n".join(["````python", *shown, "````"]))
            if len(shown) < len(lines):
                self.hear(f"({len(shown)} of {len(lines)} lines; `show the code` shows all.)")
        for name in ("findings", "issues", "reasons"):
            for line in question.details.get(name) or []:
                self.hear(f"- {line}")
        answer = how_to_answer(question)
        self.hear(f"{answer[0].upper()}{answer[1:]}")

    def __enter__(self) -> "ChatView":
        """A turn begins."""
        self._status = RunStatus()
        if self.watched:
            self._live = Live(get_renderable=self._block, console=self.console, refresh_per_second=8, transient=True)
            self._live.start()
        return self

    def __exit__(self, *_: object) -> None:
        if self._live:
            self._live.stop()
            self._live = None

    def _block(self) -> RenderableType:
        with self._lock:
            return Group(*moving_lines(self._status, self._spinner, time.monotonic()))


def _harmless(line: str) -> str:
    """A line without control, format and private characters; its spaces stay, as a program needs them."""
    return "".join(char for char in line.expandtabs(4) if not unicodedata.category(char).startswith("C"))
