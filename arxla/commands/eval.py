"""`arxla eval`: suites of cases, tried with seeds and models, scored, compared."""

from pathlib import Path
from typing import Annotated

import typer

Option = typer.Option


def eval(
    suites: Annotated[
        list[str] | None, typer.Argument(metavar="[SUITE]…", help="Names (see --list) or YAML files.")
    ] = None,
    model: Annotated[
        list[str] | None, Option(help="provider:model, or expert; repeat it to put several side by side.")
    ] = None,
    seeds: Annotated[str | None, Option(help="Such as 0,1,2. [default: the suite's]")] = None,
    case: Annotated[list[str] | None, Option(help="Only the case of this id; repeat it for several.")] = None,
    max_concurrency: Annotated[int, Option(min=1, max=256, help="Trials at the same time.")] = 1,
    compare: Annotated[
        list[Path] | None, Option(help="The folder of an earlier evaluation; repeat it for several suites.")
    ] = None,
    fail_on_regression: Annotated[
        bool, Option("--fail-on-regression", help="Exit with 1 when something got worse than in --compare.")
    ] = False,
    fail_under: Annotated[
        list[str] | None, Option(metavar="SCORER=VALUE", help="Exit with 1 when a suite's mean is lower.")
    ] = None,
    record: Annotated[Path | None, Option(help="Keep every model answer in this folder.")] = None,
    replay: Annotated[Path | None, Option(help="Answer model calls from such a folder, asking no model.")] = None,
    upload: Annotated[bool, Option("--upload", help="Send the results to LangSmith (LANGSMITH_API_KEY).")] = False,
    resume: Annotated[Path | None, Option(help="Go on with the interrupted evaluation in this folder.")] = None,
    out: Annotated[Path, Option(help="Where evaluations go.")] = Path("evaluations"),
    json: Annotated[bool, Option("--json", help="Print only the paths of the results.json files on stdout.")] = False,
    list_: Annotated[bool, Option("--list", help="List the suites that come with arxla.")] = False,
) -> None:
    """Try every case with every seed and model, score it, and say how sure the means are."""
    from arxla.evaluating import Wanted, list_suites, resume_evaluation, start  # imports the graph

    if list_:
        list_suites()
        return
    wanted = Wanted(
        suites=suites or [], models=model or [], seeds=seeds, cases=case or [], max_concurrency=max_concurrency,
        compare=compare or [], fail_on_regression=fail_on_regression, fail_under=fail_under or [], record=record,
        replay=replay, upload=upload, out=out, json=json,
    )  # fmt: skip
    raise typer.Exit(resume_evaluation(resume, wanted) if resume else start(wanted))
