"""`arxla chat` in the foreground: prompt, piped lines or one message; Ctrl-C stops a run and comes back."""

import asyncio
import contextlib
import os
import re
import signal
import sys
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import AsyncExitStack
from pathlib import Path
from typing import NoReturn

from agents.chat_text import split_code
from agents.expert.chat.lookups import plain_question, read_lookup
from arxla.chat_view import ChatView
from arxla.chatting import PLACE, Conversation, Pending, open_conversation
from runtime.errors import ArxlaError, InputError
from runtime.settings import Settings
from tools.results.answers import OF_A_RUN, look_up

PROMPT = "> "
FENCES = re.compile(r"`{3,}|~{3,}")
OPENS = re.compile(r"(?:`{3,}|~{3,})[\w+-]*\s*$")
"""A fence, perhaps after words on its line."""
INTERRUPTED = 130
SAME_SIGNAL_S = 0.5
"""`timeout` and a terminal may send one signal to the process and again to its group."""
MOST_HISTORY = 1000
SHOW_CODE = re.compile(
    r"^\W*(?:show|print|see|view)\s+(?:me\s+)?(?:the\s+|its\s+)?(?:whole\s+)?(?:code|program)\W*$", re.I
)
WELCOME = "Say what you want, for example `train on digits, 3 trials, on cpu`; `help` shows more, Ctrl-D leaves."


def talk(settings: Settings, thread: str, message: str | None) -> int:
    """Talk until the user leaves; returns the exit code of the last turn (0 for who leaves a prompt)."""
    terminal = Terminal(settings, ChatView())
    with asyncio.Runner() as runner:
        stack = AsyncExitStack()
        conversation = runner.run(stack.enter_async_context(open_conversation(settings, thread)))
        try:
            if message is not None:
                return terminal.turn(runner, conversation, message)
            if sys.stdin.isatty():
                terminal.converse(runner, conversation)
                return 0
            code = 0
            for text in messages_in(sys.stdin):
                terminal.view.console.print(f"{PROMPT}{text}", markup=False, highlight=False, soft_wrap=True)
                code = terminal.turn(runner, conversation, text)
                if terminal.cancelled:
                    break
            return code
        finally:
            runner.run(stack.aclose())
            if terminal.cancelled:
                _leave(INTERRUPTED)


class Terminal:
    """The user's side of a conversation."""

    def __init__(self, settings: Settings, view: ChatView) -> None:
        self.view = view
        self.cancelled = False
        """A turn was stopped: a thread of it may still be inside a provider's call."""
        self.leaving = False
        """Somebody asked the process to end."""
        self._results = settings.out
        self._history = settings.out / PLACE / "history"

    def converse(self, runner: asyncio.Runner, conversation: Conversation) -> None:
        """Prompt for messages until Ctrl-D, or a second Ctrl-C at the prompt."""
        self.view.hear(WELCOME)
        self._offer(runner.run(conversation.pending()))
        with line_editing(self._history):
            refused = 0
            while refused < 2 and not self.leaving:
                try:
                    text = read_message(lambda: input(PROMPT))
                except EOFError:
                    break
                except KeyboardInterrupt:
                    refused += 1
                    self.view.hear("\nCtrl-C again, or Ctrl-D, leaves." if refused < 2 else "")
                    continue
                refused = 0
                if text.strip():
                    self.turn(runner, conversation, text)
        self.view.hear("Everything that was said is kept; `arxla chat` goes on with it.")

    def turn(self, runner: asyncio.Runner, conversation: Conversation, text: str) -> int:
        """One message and what follows it; a fault is one sentence, and the chat goes on. Returns an exit code."""
        before = runner.run(conversation.pending())
        if before.question and SHOW_CODE.match(text):
            self.view.ask(before.question, whole=True)
            return 0
        if before.question and (beside := self._beside(text, before.run_id)):
            self.view.hear(f"{beside}\n\nRun {before.run_id} still waits for you: {before.question.text}")
            return 0
        try:
            after = runner.run(self._until_signal(conversation, text))
        except ArxlaError as fault:
            self.view.hear(f"{fault}")
            return 1
        if after is None:
            left = runner.run(conversation.interrupted())
            self._offer(left)
            return INTERRUPTED
        if after.question and before.question and after.question.details == before.question.details:
            self.view.hear(after.question.text)
        elif after.question:
            self.view.ask(after.question)
        return conversation.code

    def _beside(self, text: str, run_id: str) -> str:
        """What the records say to a plain question that comes while a run waits: it is no answer to the run."""
        prose, code = split_code(text)
        asked = read_lookup(prose, code)
        if asked is None or asked.code or not (asked.kind == "help" or plain_question(prose, code)):
            return ""
        try:
            runs = asked.runs or ([run_id] if asked.kind in OF_A_RUN else [])
            return look_up(asked.kind, self._results, runs, asked.dataset).text
        except InputError as fault:
            return str(fault)

    async def _until_signal(self, conversation: Conversation, text: str) -> Pending | None:
        """What stands open after the turn, or None when Ctrl-C came first; a second one, or SIGTERM, leaves."""
        with self.view:
            work = asyncio.ensure_future(conversation.turn(text, self.view.show, self.view.hear))
            first: list[float] = []

            def interrupt() -> None:
                if first and time.monotonic() - first[0] > SAME_SIGNAL_S:
                    _leave(INTERRUPTED)
                if not first:
                    first.append(time.monotonic())
                    self.view.show(
                        {"kind": "warning", "text": "stopping after Ctrl-C; press it again to leave at once"}
                    )
                    work.cancel()

            def terminate() -> None:
                self.leaving = True
                work.cancel()

            loop = asyncio.get_running_loop()
            loop.add_signal_handler(signal.SIGINT, interrupt)
            loop.add_signal_handler(signal.SIGTERM, terminate)
            try:
                return await work
            except asyncio.CancelledError:
                self.cancelled = True
                return None
            finally:
                loop.remove_signal_handler(signal.SIGINT)
                loop.remove_signal_handler(signal.SIGTERM)

    def _offer(self, left: Pending) -> None:
        """What stands open, and how to go on with it."""
        if left.kind == "unfinished":
            self.view.hear(f"Run {left.run_id} stopped at {left.stage} before its end: say `go on`, or anything else.")
        elif left.question:
            self.view.hear(f"Run {left.run_id} waits for you.")
            self.view.ask(left.question)


def messages_in(lines: Iterable[str]) -> Iterator[str]:
    """One message a line, empty ones left out; from a fence to the one that closes it, several lines are one."""
    source = iter(lines)

    def next_line() -> str:
        line = next(source, None)
        if line is None:
            raise EOFError
        return line.rstrip("\r\n")

    with contextlib.suppress(EOFError):
        while True:
            if (text := read_message(next_line)).strip():
                yield text


def read_message(next_line: Callable[[], str]) -> str:
    """The next line, and where it opens a fence, all lines to the one that closes it. Raises `EOFError`."""
    lines = [next_line()]
    if not OPENS.search(lines[0]) or len(FENCES.findall(lines[0])) > 1:
        return lines[0]
    with contextlib.suppress(EOFError):
        while len(lines) == 1 or not OPENS.match(lines[-1].lstrip()):
            lines.append(next_line())
    return "\n".join(lines)


@contextlib.contextmanager
def line_editing(history: Path) -> Iterator[None]:
    """Arrow keys and what was typed before, where Python has readline."""
    try:
        import readline
    except ImportError:
        yield
        return
    with contextlib.suppress(OSError):
        readline.read_history_file(history)
    readline.set_history_length(MOST_HISTORY)
    try:
        yield
    finally:
        with contextlib.suppress(OSError):
            readline.write_history_file(history)


def _leave(code: int) -> NoReturn:
    """Leave without waiting for threads that are still inside a provider's call; a box dies with this process."""
    sys.stdout.flush()
    os._exit(code)
