"""`arxla resume`: go on with an interrupted run."""

from pathlib import Path
from typing import Annotated

import typer


def resume(
    run: Annotated[str, typer.Argument(help="The run's id, a unique beginning of it, or `latest`.")],
    answer: Annotated[
        str | None,
        typer.Option(help='To what the run waits for: yes, no, a dataset, what to change, {"max_usd": 2} …'),
    ] = None,
    out: Annotated[Path | None, typer.Option(help="Where results are. [default: results]")] = None,
    json: Annotated[bool, typer.Option("--json", help="Make the path of run.json the last line of stdout.")] = False,
    quiet: Annotated[bool, typer.Option("--quiet", help="Show only the end.")] = False,
) -> None:
    """Continue from the last finished stage (or tuning trial), or from the question that the run waits for."""
    from arxla.session import go_on  # imports the graph, which --help should not wait for

    go_on(run, out, json, quiet, answer)
