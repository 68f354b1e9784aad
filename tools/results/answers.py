"""What is asked of runs, answered from their records alone: no figure in these texts comes from anywhere else."""

from collections.abc import Callable, Sequence
from pathlib import Path

from pydantic import BaseModel, ConfigDict, Field

from runtime.errors import InputError
from tools.datasets.catalogue import known_datasets
from tools.report import wording
from tools.results.answers_compare import compared
from tools.results.answers_run import found_in_review, how_it_went, program, spent, trial_lines, why_it_ended
from tools.results.folder import RunFolder
from tools.results.listing import RunIndex, RunSummary, find_run, list_runs

MOST_RUNS = 15
MOST_COMPARED = 4
BEST_OF_A_DATASET = 3
HELP = """I train small models and answer from the records of runs. You can say, for example:
- train on digits, 5 trials, under 64 KB, on cpu
- predict mpg from cars.csv, at most 10 minutes
- reproduce paper.pdf on Fashion-MNIST
- and after a run: use a smaller one · more trials · try again on cpu · the same on wine · with openai:gpt-5
- why did run 7 stop? · compare run 3 and 5 · show its code · show its trials · what did it cost?
- show my runs · show my best runs on digits · which datasets are there?
- is this code XLA-clean? with the program between two lines of ```"""


class Facts(BaseModel):
    """A text made from records, and the ids of the runs that it is about."""

    model_config = ConfigDict(extra="forbid")

    text: str
    runs: list[str] = Field(default_factory=list)


def look_up(kind: str, results: Path, runs: Sequence[str] = (), dataset: str = "") -> Facts:
    """The facts that a question of this kind wants; `runs` are what `find_run` understands, none means the newest.

    Raises `InputError` for a run that is not there, and `KeyError` for a kind that no table here has.
    """
    if kind in GENERAL:
        return GENERAL[kind](results, dataset)
    if kind == "compare":
        return _compare(results, runs)
    found = _numbered(results, find_run(results, runs[0] if runs else "latest"))
    return Facts(text=OF_A_RUN[kind](*found), runs=[found[0].id])


def _help(_results: Path, _dataset: str) -> Facts:
    return Facts(text=HELP)


def _datasets(_results: Path, _dataset: str) -> Facts:
    lines = [f"- {known.name}: {known.description}" for known in known_datasets()]
    own = "Your own data works too: the path of an NPZ, CSV, TSV or Parquet file, a WFDB record, or a folder of images."
    return Facts(text="\n".join(["These can be named:", *lines, own]))


def _runs(results: Path, dataset: str) -> Facts:
    found = _of(list_runs(results), dataset)
    if not found:
        return Facts(text=_none(results, dataset))
    lines = [_line(run) for run in found[:MOST_RUNS]]
    count = f"{len(found)} run{'s' if len(found) > 1 else ''}{_on(dataset)}, newest first"
    more = f"; the newest {MOST_RUNS} are" if len(found) > MOST_RUNS else ""
    return Facts(text="\n".join([f"{count}{more}:", *lines]), runs=[run.id for run in found[:MOST_RUNS]])


def _best(results: Path, dataset: str) -> Facts:
    """Runs with evidence, by dataset: scores on different data say nothing of one another."""
    measured = [run for run in _of(list_runs(results), dataset) if run.score is not None and run.outcome == "SUCCESS"]
    if not measured:
        return Facts(text=f"No run{_on(dataset)} has a measured test score yet.")
    groups: dict[tuple[str, str], list[RunSummary]] = {}
    for run in measured:
        groups.setdefault((run.dataset, run.metric), []).append(run)
    lines, named = ["The best by measured test score, for each dataset:"], []
    for (name, _), runs in sorted(groups.items()):
        lines.append(f"{name}:")
        best = sorted(runs, key=lambda run: (-(run.score or 0.0), run.size_kb or 0.0))[:BEST_OF_A_DATASET]
        lines += [_line(run.model_copy(update={"dataset": ""})) for run in best]
        named += [run.id for run in best]
    return Facts(text="\n".join(lines), runs=named)


def _compare(results: Path, runs: Sequence[str]) -> Facts:
    named = list(runs) or [run.id for run in list_runs(results, 2)][::-1]
    folders = list(dict.fromkeys(find_run(results, text).path for text in named))
    if len(folders) < 2:
        raise InputError("Which two runs? Say for example: compare run 3 and 5; `arxla runs` shows their numbers.")
    if len(folders) > MOST_COMPARED:
        raise InputError(f"At most {MOST_COMPARED} runs can be compared at once.")
    found = [_numbered(results, RunFolder(path)) for path in folders]
    text = compared([(number, folder.load_record()) for folder, number in found])
    return Facts(text=text, runs=[folder.id for folder, _ in found])


def _numbered(results: Path, folder: RunFolder) -> tuple[RunFolder, int]:
    """With the number that `arxla runs` shows; 0 for a run that lies elsewhere."""
    paths = RunIndex(results).paths()
    return folder, len(paths) - paths.index(folder.path) if folder.path in paths else 0


def _of(runs: list[RunSummary], dataset: str) -> list[RunSummary]:
    return [run for run in runs if run.readable and (not dataset or Path(run.dataset).stem == Path(dataset).stem)]


def _on(dataset: str) -> str:
    return f" on {dataset}" if dataset else ""


def _none(results: Path, dataset: str) -> str:
    return f"There is no run{_on(dataset)} in {results} yet."


def _line(run: RunSummary) -> str:
    """E.g. "- run 7 (wine-2026…-3f9a): SUCCESS, accuracy 97.2 % at 3.6 KB, mlp, 0.4 min"."""
    state = "running" if run.running else run.outcome or "interrupted"
    parts = [f"waits for you: {run.waiting}" if run.waiting else state]
    if run.score is not None:
        size = f" at {wording.kilobytes(run.size_kb)}" if run.size_kb is not None else ""
        parts.append(f"{wording.metric_name(run.metric)} {wording.score_text(run.metric, run.score)}{size}")
    parts += [text for text in (run.dataset, run.model, f"{run.minutes:.1f} min") if text]
    return f"- run {run.number} ({run.id}): {', '.join(parts)}"


GENERAL: dict[str, Callable[[Path, str], Facts]] = {
    "help": _help,
    "datasets": _datasets,
    "runs": _runs,
    "best": _best,
}
OF_A_RUN: dict[str, Callable[[RunFolder, int], str]] = {
    "run": how_it_went,
    "why": why_it_ended,
    "code": program,
    "trials": trial_lines,
    "cost": spent,
    "review": found_in_review,
}
