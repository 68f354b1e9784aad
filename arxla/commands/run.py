"""`arxla run`: a dataset, a paper or both become a measured small model; several papers become a batch."""

from pathlib import Path
from typing import Annotated, Any

import typer

Option = typer.Option
PAPERS = "Papers"
ROLES = ("coder", "reviewer", "debugger", "researcher", "chunk", "summarizer")
SELECTION = ("paper_id", "recent_days", "random", "query", "max_papers", "source")


def run(
    papers: Annotated[
        list[str] | None,
        typer.Argument(metavar="[PAPER]…", help="PDF, LaTeX (a file or a folder), Markdown, text or HTML."),
    ] = None,
    dataset: Annotated[
        str | None, Option(help="A bundled name (digits, wine, synthetic, …) or the path of a file or folder.")
    ] = None,
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
    candidates: Annotated[int | None, Option(help="Programs to write; the best measured goes on. [default: 1]")] = None,
    candidate_model: Annotated[
        list[str] | None, Option(help="A model that writes candidates; repeat it for several, which take turns.")
    ] = None,
    debug_chances: Annotated[int | None, Option(help="Corrections before giving up. [default: 4]")] = None,
    review_rounds: Annotated[int | None, Option(help="Rounds of review and fix. [default: 2]")] = None,
    max_usd: Annotated[float | None, Option(help="Money for language models; of all papers together.")] = None,
    max_tokens: Annotated[int | None, Option(help="Tokens for language models; of all papers together.")] = None,
    max_minutes: Annotated[float | None, Option(help="Wall time of a run.")] = None,
    max_rows: Annotated[int | None, Option(help="Use a sample of at most this many training rows.")] = None,
    seed: Annotated[int | None, Option(help="Seed of split, training, tuner and --random. [default: 0]")] = None,
    skip_literature_review: Annotated[bool | None, Option(help="Do not ask the researcher.")] = None,
    use_cache: Annotated[bool | None, Option("--cache/--no-cache", help="Reuse a cached training function.")] = None,
    function: Annotated[str | None, Option(help="Use this cached training function, not a coder's.")] = None,
    approve: Annotated[
        list[str] | None, Option(help="Ask first: dataset, code (before it runs) or budget; repeat it for several.")
    ] = None,
    accelerate: Annotated[
        bool | None, Option("--accelerate/--no-accelerate", help="Compile slow pure-Python functions of the code.")
    ] = None,
    sandbox: Annotated[str | None, Option(help="auto, zygote, bubblewrap, or none. [default: auto]")] = None,
    executor: Annotated[
        str | None, Option(help="local, or ray: boxed jobs run on a Ray cluster. [default: local]")
    ] = None,
    paper_id: Annotated[str | None, Option(help="The paper of this id.", rich_help_panel=PAPERS)] = None,
    recent_days: Annotated[int | None, Option(help="Papers of the last days.", rich_help_panel=PAPERS)] = None,
    random: Annotated[bool, Option("--random", help="Papers taken at random.", rich_help_panel=PAPERS)] = False,
    query: Annotated[str | None, Option(help="Papers by a query in OpenSearch's JSON.", rich_help_panel=PAPERS)] = None,
    max_papers: Annotated[int | None, Option(help="At most this many. [default: 5]", rich_help_panel=PAPERS)] = None,
    source: Annotated[
        str | None, Option(help="index or opensearch. [default: opensearch when configured]", rich_help_panel=PAPERS)
    ] = None,
    parallel_papers: Annotated[int, Option(min=1, help="Papers at the same time.", rich_help_panel=PAPERS)] = 2,
    paper_seconds: Annotated[
        float | None,
        Option(help="Model time of one paper. [default: no bound; 180 for each of several]", rich_help_panel=PAPERS),
    ] = None,
    chunk_model: Annotated[
        str | None, Option(help="A cheaper model that reads the chunks.", rich_help_panel=PAPERS)
    ] = None,
    summarizer_model: Annotated[
        str | None, Option(help="Another model that writes the brief.", rich_help_panel=PAPERS)
    ] = None,
    num_chunks: Annotated[
        int | None, Option(help="Chunks of a paper; else its length decides.", rich_help_panel=PAPERS)
    ] = None,
    min_chunk_success: Annotated[
        float | None, Option(help="Share of chunks that must be read. [default: 0.5]", rich_help_panel=PAPERS)
    ] = None,
    record: Annotated[Path | None, Option(help="Keep every model answer in this folder.")] = None,
    replay: Annotated[Path | None, Option(help="Answer model calls from such a folder, asking no model.")] = None,
    out: Annotated[Path | None, Option(help="Where results go. [default: results]")] = None,
    json: Annotated[bool, Option("--json", help="Make the path of run.json the last line of stdout.")] = False,
    quiet: Annotated[bool, Option("--quiet", help="Show only the end.")] = False,
) -> None:
    """Read, profile, code, review, execute, debug, tune, finalize, report."""
    options: dict[str, Any] = {name: value for name, value in locals().items() if value not in (None, [])}
    options |= {f"arxla_{name}": options.pop(name) for name in ("record", "replay") if name in options}
    shown = {"json": options.pop("json"), "quiet": options.pop("quiet")}
    parallel = options.pop("parallel_papers")
    selection = {name: options.pop(name) for name in SELECTION if name in options and options[name] is not False}
    options.pop("random", None)
    files = options.pop("papers", [])
    if candidate_model:
        options["candidate_models"] = options.pop("candidate_model")
    models = {role: options.pop(f"{role}_model") for role in ROLES if f"{role}_model" in options}
    if models:
        options["models"] = models
    from arxla.session import start, start_papers  # imports the graph, which --help should not wait for

    if files or selection:
        start_papers(options, files, selection, parallel, **shown)
    else:
        start(options, **shown)
