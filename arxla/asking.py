"""A run's question at the terminal, or how to answer it where nobody sits there."""

import shlex
import sys
from typing import NoReturn

import typer
from rich.console import Console
from rich.panel import Panel
from rich.syntax import Syntax
from rich.text import Text

from arxla.run_status import clean, plain
from runtime.approval import LIMITS, Question, how_to_answer, read_answer
from runtime.errors import InputError
from tools.results.folder import RunFolder

EXIT_WAITING = 3
CODE_LINES = 80
"""Of a program that is shown; the file has them all."""
MOST_FINDINGS = 12


def can_ask() -> bool:
    """Whether a person sits at a terminal that can be read from and written to."""
    return sys.stdin.isatty() and sys.stderr.isatty()


def ask_person(question: Question, folder: RunFolder, console: Console | None = None) -> str | None:
    """The person's answer, which `read_answer` takes; None when there is none (end of input)."""
    console = console or Console(stderr=True)
    show_question(question, folder, console)
    while True:
        try:
            text = console.input(Text(f"{how_to_answer(question).capitalize()} > ", "bold"))
            read_answer(question, text)
        except EOFError:
            return None
        except InputError as error:
            console.print(Text(plain(str(error)), "yellow"))
        else:
            return text


def leave_waiting(question: Question, folder: RunFolder, json: bool = False) -> NoReturn:
    """Say how to answer, in one sentence, and leave with exit code 3."""
    ways = {"dataset": "yes|no|DATASET", "code": "yes|no|'what to change'", "budget": "yes|no|'{\"max_usd\": 5}'"}
    command = f"arxla resume {shlex.quote(folder.id)} --answer {ways[question.kind]}"
    print(f"arxla: {folder.id} waits for you: {plain(question.text)} Answer with `{command}`.", file=sys.stderr)
    if json:
        print(folder.record)
    raise typer.Exit(EXIT_WAITING)


def show_question(question: Question, folder: RunFolder, console: Console) -> None:
    """What a person needs to know to decide; whatever a model or a paper wrote is made plain."""
    details = question.details
    if question.kind == "code":
        _show_code(details, folder, console)
    lines = {"dataset": _about_data, "code": _about_code, "budget": _about_budget}[question.kind](details)
    body = Text("\n").join(Text(plain(line)) for line in lines)
    console.print(Panel(body, title=Text(clean(question.text), "bold"), border_style="cyan"))


def _show_code(details: dict[str, object], folder: RunFolder, console: Console) -> None:
    lines = str(details.get("training_code", "")).splitlines()
    shown = "\n".join("".join(char for char in line if char.isprintable()) for line in lines[:CODE_LINES])
    console.print(Syntax(shown, "python", line_numbers=True, word_wrap=True))
    if len(lines) > CODE_LINES:
        more = f"… {len(lines) - CODE_LINES} more lines in {folder.path / str(details.get('file', ''))}"
        console.print(Text(more, "dim"))


def _about_data(details: dict[str, object]) -> list[str]:
    others = details.get("others")
    named = [f"or {one['name']}: {one['facts']}" for one in others] if isinstance(others, list) else []
    reasons = details.get("reasons")
    why = "; ".join(str(reason) for reason in reasons) if isinstance(reasons, list) else ""
    return [f"{details.get('name')}: {details.get('facts')}", f"Why: {why}", *named]


def _about_code(details: dict[str, object]) -> list[str]:
    found = [str(one) for key in ("findings", "issues") for one in details.get(key, [])]  # type: ignore[attr-defined]
    more = [f"and {len(found) - MOST_FINDINGS} more"] if len(found) > MOST_FINDINGS else []
    return [f"{details.get('model_name')} by {details.get('author')}", *found[:MOST_FINDINGS], *more]


def _about_budget(details: dict[str, object]) -> list[str]:
    spent, limits, proposed = (details.get(name) or {} for name in ("spent", "limits", "proposed"))
    assert isinstance(spent, dict) and isinstance(limits, dict) and isinstance(proposed, dict)
    lines = [f"{name}: {spent.get(name, 0):g} of {limits[name]:g} spent" for name in LIMITS if name in limits]
    offered = ", ".join(f"{name} {value:g}" for name, value in proposed.items())
    return [str(details.get("message", "")), *lines, f"yes means {offered}"]
