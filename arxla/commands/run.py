"""`arxla run`: a dataset becomes a measured small model."""

from pathlib import Path
from typing import Annotated, Any

import typer

Option = typer.Option


def run(
    dataset: Annotated[
        str, Option(help="A bundled name (digits, wine, synthetic, …) or the path of a file or folder.")
    ],
    target_column: Annotated[str | None, Option(help="The column to predict, for tables.")] = None,
    goal: Annotated[str | None, Option(help="What the model is for, in your words.")] = None,
    target: Annotated[str | None, Option(help="xla, cpu, cuda or neuron. [default: xla]")] = None,
    model: Annotated[str | None, Option(help="provider:model, or expert. [default: expert]")] = None,
    coder_model: Annotated[str | None, Option(help="Another model for the coder.")] = None,
    reviewer_model: Annotated[str | None, Option(help="Another model for the reviewer.")] = None,
    debugger_model: Annotated[str | None, Option(help="Another model for the debugger.")] = None,
    researcher_model: Annotated[str | None, Option(help="Another model for the researcher.")] = None,
    fallback_to_expert: Annotated[bool | None, Option(help="Go on with the expert when the model is down.")] = None,
    trials: Annotated[int | None, Option(help="Tuning trials; 0 keeps the defaults. [default: 10]")] = None,
    bo_sample: Annotated[int | None, Option(help="Rows that a tuning trial sees. [default: 2000]")] = None,
    tuner: Annotated[str | None, Option(help="ax, optuna or random. [default: ax]")] = None,
    size_limit_kb: Annotated[float | None, Option(help="The largest serialised model. [default: 256]")] = None,
    debug_chances: Annotated[int | None, Option(help="Corrections before giving up. [default: 4]")] = None,
    review_rounds: Annotated[int | None, Option(help="Rounds of review and fix. [default: 2]")] = None,
    max_usd: Annotated[float | None, Option(help="Money for language models.")] = None,
    max_tokens: Annotated[int | None, Option(help="Tokens for language models.")] = None,
    max_minutes: Annotated[float | None, Option(help="Wall time of the run.")] = None,
    max_rows: Annotated[int | None, Option(help="Use a sample of at most this many training rows.")] = None,
    seed: Annotated[int | None, Option(help="Seed of split, training and tuner. [default: 0]")] = None,
    skip_literature_review: Annotated[bool | None, Option(help="Do not ask the researcher.")] = None,
    use_cache: Annotated[bool | None, Option("--cache/--no-cache", help="Reuse a cached training function.")] = None,
    function: Annotated[str | None, Option(help="Use this cached training function, not a coder's.")] = None,
    sandbox: Annotated[str | None, Option(help="auto, zygote, bubblewrap, or none. [default: auto]")] = None,
    out: Annotated[Path | None, Option(help="Where results go. [default: results]")] = None,
    json: Annotated[bool, Option("--json", help="Make the path of run.json the last line of stdout.")] = False,
    quiet: Annotated[bool, Option("--quiet", help="Show only the end.")] = False,
) -> None:
    """Profile, code, review, execute, debug, tune, finalize, report."""
    options: dict[str, Any] = {name: value for name, value in locals().items() if value is not None}
    shown = {"json": options.pop("json"), "quiet": options.pop("quiet")}
    roles = ("coder", "reviewer", "debugger", "researcher")
    models = {role: options.pop(f"{role}_model") for role in roles if f"{role}_model" in options}
    if models:
        options["models"] = models
    from arxla.session import start  # imports the graph, which --help should not wait for

    start(options, **shown)
