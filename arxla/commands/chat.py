"""`arxla chat`: say what you want, and ask what became of it."""

from pathlib import Path
from typing import Annotated

import typer


def chat(
    message: Annotated[str | None, typer.Argument(help="One message; without it you are asked for messages.")] = None,
    model: Annotated[str | None, typer.Option(help="provider:model, or expert. [default: expert]")] = None,
    thread: Annotated[str, typer.Option(help="Which conversation; each keeps its history.")] = "main",
    out: Annotated[Path | None, typer.Option(help="Where results and chats are. [default: results]")] = None,
) -> None:
    """Talk with arxla: it asks, runs, tells how it goes, and answers from the records of runs.

    Ctrl-C stops a run and comes back to the prompt; Ctrl-D leaves. Piped lines are messages. Exit codes: those of
    `arxla run` when the last message started a run, 0 for an answer, 2 when a question was asked back, 1 for a failure.
    """
    from arxla.chat_terminal import talk  # imports the graph, which --help should not wait for
    from runtime.settings import load_settings

    raise typer.Exit(talk(load_settings({"model": model, "out": out}), thread, message))
