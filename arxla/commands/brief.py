"""`arxla brief`: a paper becomes the brief that a coder is given, and nothing more."""

from pathlib import Path
from typing import Annotated, Any

import typer

Option = typer.Option
ROLES = ("chunk", "summarizer")


def brief(
    paper: Annotated[str, typer.Argument(help="A file, a LaTeX folder, index:ID, opensearch:ID, or an id.")],
    model: Annotated[str | None, Option(help="provider:model, or expert. [default: expert]")] = None,
    chunk_model: Annotated[str | None, Option(help="A cheaper model that reads the chunks.")] = None,
    summarizer_model: Annotated[str | None, Option(help="Another model that writes the brief.")] = None,
    fallback_to_expert: Annotated[bool | None, Option(help="Go on with the expert when the model is down.")] = None,
    num_chunks: Annotated[int | None, Option(help="Chunks of the paper; else its length decides.")] = None,
    min_chunk_success: Annotated[float | None, Option(help="Share of chunks that must be read. [default: 0.5]")] = None,
    max_usd: Annotated[float | None, Option(help="Money for language models.")] = None,
    max_tokens: Annotated[int | None, Option(help="Tokens for language models.")] = None,
    max_minutes: Annotated[float | None, Option(help="Wall time.")] = None,
    paper_seconds: Annotated[float | None, Option(help="Model time. [default: no bound]")] = None,
    out: Annotated[Path | None, Option(help="Write it here too: JSON to a name in .json, else Markdown.")] = None,
    json: Annotated[bool, Option("--json", help="The brief as JSON on stdout.")] = False,
    quiet: Annotated[bool, Option("--quiet", help="Show no progress.")] = False,
) -> None:
    """Read a paper and write down its method, hyperparameters and the criteria that code must meet."""
    options: dict[str, Any] = {name: value for name, value in locals().items() if value is not None}
    shown = {name: options.pop(name, None) for name in ("out", "json", "quiet")}
    models = {role: options.pop(f"{role}_model") for role in ROLES if f"{role}_model" in options}
    if models:
        options["models"] = models
    from arxla.briefing import show_brief  # imports the graph, which --help should not wait for

    show_brief(options, **shown)
