"""`arxla research`: a literature review alone."""

from pathlib import Path
from typing import Annotated, Any

import typer

Option = typer.Option


def research(
    subject: Annotated[str | None, typer.Argument(help="A question, or a dataset's name or path.")] = None,
    dataset: Annotated[
        str | None, Option(help="The data it is about: a name, or the path of a file or folder.")
    ] = None,
    target_column: Annotated[str | None, Option(help="The column to predict, for tables.")] = None,
    goal: Annotated[str | None, Option(help="What the model is for, in your words.")] = None,
    model: Annotated[str | None, Option(help="provider:model, or expert. [default: expert]")] = None,
    fallback_to_expert: Annotated[bool | None, Option(help="Go on with the expert when the model is down.")] = None,
    offline: Annotated[bool | None, Option("--offline", help="Search the embedded index alone.")] = None,
    max_usd: Annotated[float | None, Option(help="Money for the language model.")] = None,
    max_tokens: Annotated[int | None, Option(help="Tokens for the language model.")] = None,
    max_minutes: Annotated[float | None, Option(help="Wall time.")] = None,
    out: Annotated[Path | None, Option(help="The folder that keeps it. [default: literature_reviews]")] = None,
    json: Annotated[bool, Option("--json", help="The review as JSON on stdout.")] = False,
    quiet: Annotated[bool, Option("--quiet", help="Show no progress.")] = False,
) -> None:
    """Search the literature for a question or a dataset and write a review that cites nothing but what was found."""
    options: dict[str, Any] = {name: value for name, value in locals().items() if value is not None}
    shown = {name: options.pop(name, None) for name in ("subject", "out", "json", "quiet")}
    if options.pop("offline", None):
        options["arxla_offline"] = True
    from arxla.reviewing import show_review  # loads the agents, which --help should not wait for

    show_review(options, **shown)
