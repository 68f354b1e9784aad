"""The `arxla` command. A command's module is imported when it is called: help should not wait for the graph."""

import logging
import os
import signal
import sys
from importlib import import_module
from importlib.metadata import version as installed_version
from pathlib import Path
from typing import Annotated, Any

import typer
from typer.core import TyperCommand, TyperGroup
from typer.main import get_command as as_click

from arxla.run_status import plain
from runtime.errors import ArxlaError, InputError
from runtime.secrets import mask_secrets

INTERRUPTED = 130
COMMANDS = {
    "run": "Turn a paper, a dataset or both into a measured small model.",
    "resume": "Go on with an interrupted run.",
    "chat": "Say what you want in words, and ask what became of it.",
    "brief": "Reduce a paper to what code needs, with the criteria it must meet.",
    "papers": "Add papers to the embedded index, find them, pull them from OpenSearch.",
    "research": "Review the literature for a question or a dataset, citing only what was found.",
    "runs": "List runs, or show one.",
    "review": "Find what would fail, cheat or crawl in a training program; --fix mends it.",
    "functions": "List, show, run and clean cached training functions.",
    "eval": "Try suites of cases with seeds and models, score them, and compare with an earlier result.",
    "trace": "Run a program and write down its calls, types and times, never its values.",
    "learn": "Train the compiler's agents on what was traced and measured.",
    "compile": "Make a file's functions faster where that is proven to change nothing but the time.",
    "serve": "Serve Studio, the SDK and a browser from one server.",
    "export": "Write a run's model and code as a project of its own.",
    "doctor": "Try what this configuration needs, and say what to do.",
}
"""Each is a module in `commands/` with an `app`, or a function of its own name."""


class OnDemand(TyperGroup):
    """Lists the commands by the table above and loads the one that is called."""

    def list_commands(self, ctx: Any) -> list[str]:  # noqa: ARG002
        return list(COMMANDS)

    def get_command(self, ctx: Any, cmd_name: str) -> Any:  # noqa: ARG002
        """What help shows of a command."""
        return TyperCommand(cmd_name, help=COMMANDS[cmd_name]) if cmd_name in COMMANDS else None

    def resolve_command(self, ctx: Any, args: list[str]) -> tuple[str | None, Any, list[str]]:
        name, known, rest = super().resolve_command(ctx, args)
        return name, load(name) if name and known else known, rest


def load(name: str) -> Any:
    """Import a command of the table."""
    module = import_module(f"arxla.commands.{name}")
    if hasattr(module, "app"):
        return as_click(module.app)
    single = typer.Typer(add_completion=False)
    single.command(name)(getattr(module, name))
    return as_click(single)


app = typer.Typer(
    name="arxla",
    cls=OnDemand,
    help="From a dataset or a paper to reviewed, executed, tuned PyTorch/XLA code and a small measured model.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    add_completion=False,
)


def _tell_version(asked: bool) -> None:
    if asked:
        print(f"arxla {installed_version('arxla')}")
        raise typer.Exit


@app.callback()
def _arxla(
    log: Annotated[
        Path | None, typer.Option(help="Add JSON lines to this file, secrets masked; - is standard error.")
    ] = None,
    version: Annotated[  # noqa: ARG001
        bool, typer.Option("--version", callback=_tell_version, is_eager=True, help="Show the version and exit.")
    ] = False,
) -> None:
    if log is not None:
        os.environ["ARXLA_LOG"] = str(log)  # for what this command starts, too
    if "--help" not in sys.argv:
        from runtime.observability.logs import open_log
        from runtime.settings import load_settings

        open_log(load_settings())


def main() -> None:
    """Run the command; what arxla can name ends in one sentence, 2 for bad input and 1 for the rest."""
    if signal.getsignal(signal.SIGINT) is signal.default_int_handler:
        signal.signal(signal.SIGINT, lambda *_: sys.exit(INTERRUPTED))
    logging.getLogger("arxla").addHandler(logging.NullHandler())  # without a log nothing is printed twice
    try:
        app()
    except ArxlaError as fault:
        logging.getLogger("arxla").error("%s", fault)
        told = mask_secrets(str(fault))
        print("arxla: " + "\n".join(plain(line) for line in told.splitlines()), file=sys.stderr)
        sys.exit(2 if isinstance(fault, InputError) else 1)
