"""The reference of the `arxla` command, made from the functions behind it."""

import inspect
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from importlib import import_module
from typing import Any, get_args, get_type_hints

from typer.models import ArgumentInfo, OptionInfo

from arxla.cli import COMMANDS, app
from arxla.documentation.wording import code, table, type_words

HEADER = """# Commands

Generated from the code by `make docs`; don't edit. `arxla COMMAND --help` says the same.

Exit codes: 0 done (of a run: `SUCCESS`), 1 any other end, 2 bad input, 3 a run waits for an answer, 130 interrupted.
Most options of a run are [settings](settings.md) too.
"""


@dataclass(frozen=True)
class Parameter:
    """One option or argument of a command, as a reader types it."""

    name: str
    typed: str
    """`--cache/--no-cache`, `PAPER…`."""
    value: str
    """What follows it, in words; empty for a flag."""
    help: str
    is_argument: bool


def commands() -> str:
    """The page as Markdown."""
    callback = app.registered_callback
    assert callback is not None and callback.callback is not None
    parts = [HEADER, "## arxla\n", f"{app.info.help}\n", _table(callback.callback)]
    for name, summary in COMMANDS.items():
        parts += [_section(title, work, summary) for title, work in functions(name)]
    return "\n".join(parts)


def functions(name: str) -> Iterator[tuple[str, Callable[..., Any]]]:
    """The functions of one command with their full names: its own, then those of its sub-commands."""
    module = import_module(f"arxla.commands.{name}")
    if not hasattr(module, "app"):
        yield name, getattr(module, name)
        return
    if module.app.registered_callback is not None:
        yield name, module.app.registered_callback.callback
    elif len(module.app.registered_commands) == 1:  # typer makes it the command itself
        yield name, module.app.registered_commands[0].callback
        return
    for command in module.app.registered_commands:
        yield f"{name} {command.name or command.callback.__name__}", command.callback


def parameters(work: Callable[..., Any]) -> list[Parameter]:
    """What a command's function takes from the command line."""
    hints = get_type_hints(work, include_extras=True)
    given = inspect.signature(work).parameters
    found = []
    for name, parameter in given.items():
        kind, info = (*get_args(hints[name]), None, None)[:2]
        if isinstance(info, OptionInfo | ArgumentInfo):
            found.append(_parameter(name, kind, info, parameter.default))
    return found


def _parameter(name: str, kind: Any, info: OptionInfo | ArgumentInfo, default: Any) -> Parameter:
    help = info.help or ""
    if isinstance(info, ArgumentInfo):
        return Parameter(name, info.metavar or name.upper(), type_words(kind), help, True)
    words = type_words(kind)
    flag = words == type_words(bool)
    usual = f"--{name.replace('_', '-')}"
    # In `Annotated[…]` typer takes the first name as the default.
    named = [*([info.default] if isinstance(info.default, str) else []), *(info.param_decls or ())]
    typed = "/".join(named or ([usual, f"--no-{usual[2:]}"] if flag else [usual]))
    if default not in (None, False, inspect.Parameter.empty) and "[default:" not in help:
        help = f"{help} [default: {'yes' if default is True else default}]".strip()
    return Parameter(name, typed, "" if flag else words, help, False)


def _section(title: str, work: Callable[..., Any], summary: str) -> str:
    said = " ".join((inspect.getdoc(work) or summary).split())
    level = "##" if " " not in title else "###"
    arguments = [parameter.typed for parameter in parameters(work) if parameter.is_argument]
    usage = " ".join(["arxla", title, *arguments, "[OPTION]…"])
    return f"{level} arxla {title}\n\n{said}\n\n```text\n{usage}\n```\n\n{_table(work)}"


def _table(work: Callable[..., Any]) -> str:
    rows = [["<br>".join(map(code, one.typed.split("/"))), one.value, one.help] for one in parameters(work)]
    return table(["option", "value", "what it does"], rows) if rows else ""
