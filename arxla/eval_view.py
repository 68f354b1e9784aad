"""What an evaluation shows in a terminal: a line a trial, then the tables."""

from collections.abc import Sequence
from pathlib import Path

from rich.console import Console
from rich.table import Table
from rich.text import Text

from arxla.run_status import clean
from evals import wording
from evals.comparison import Comparison
from evals.contracts import Suite, Trial
from evals.folder import Plan
from evals.summary import ModelSummary

MOST_ROWS = 40
"""Of cases; the page has them all."""
MOST_UNSCORED = 10
COLORS = {"worse": "red", "better": "green", "same": "dim", "unclear": ""}


class EvaluationView:
    """Writes to one console; call `trial` from the thread that runs the evaluation."""

    def __init__(self, console: Console) -> None:
        self.console = console

    def begin(self, plan: Plan, folder: Path, left: int) -> None:
        """What is about to be tried."""
        words = f"{plan.suite.name}: {left} of {len(plan.keys)} trials to run"
        self.console.print(Text(f"{words} ({', '.join(clean(model) for model in plan.models)}), kept in {folder}"))

    def trial(self, trial: Trial, done: int, of: int) -> None:
        """One trial has ended."""
        place = f"[{done}/{of}] {trial.case}, seed {trial.seed}, {clean(trial.model)}"
        if trial.error or trial.skipped:
            word, text = ("error", trial.error) if trial.error else ("skipped", trial.skipped)
            self.console.print(Text(f"{place}: {word}: {clean(text)}", "yellow"))
            return
        scores = [
            f"{wording.title(name)} {wording.value(name, score)}"
            for name, score in trial.scores.items()
            if score is not None and name != "seconds"
        ][:5]
        said = "replayed, " if trial.replayed else ""
        self.console.print(Text(f"{place}: {', '.join(scores)} ({said}{wording.value('seconds', trial.seconds)})"))
        for alarm in trial.alarms:
            self.console.print(Text(f"  {clean(alarm)}", "bold red"))

    def end(
        self, plan: Plan, trials: Sequence[Trial], summaries: Sequence[ModelSummary], comparison: Comparison | None
    ) -> None:
        """The tables."""
        self.console.print(_suite_table(plan, summaries))
        for summary in summaries:
            if summary.cases:
                self.console.print(_case_table(summary))
        for summary in summaries:
            self._counts(summary, [trial for trial in trials if trial.model == summary.model])
        for model, reason in plan.stopped.items():
            self.console.print(Text(f"{clean(model)} was given up: {clean(reason)}", "bold red"))
        for trial in trials:
            for alarm in trial.alarms:
                self.console.print(Text(f"{trial.case}, seed {trial.seed}: {clean(alarm)}", "bold red"))
        if comparison:
            self._comparison(comparison)

    def _counts(self, summary: ModelSummary, trials: Sequence[Trial]) -> None:
        words = f"{clean(summary.model)}: {summary.scored} of {summary.planned} trials scored"
        if summary.errors:
            words += f", {summary.errors} ended in errors of infrastructure"
        if summary.skipped:
            words += f", {summary.skipped} skipped"
        if summary.replayed:
            words += f"; {summary.replayed} with replayed answers"
        self.console.print(Text(words))
        reasons = dict.fromkeys(
            f"{trial.case}: {clean(trial.error or trial.skipped)}" for trial in trials if trial.error or trial.skipped
        )
        for line in list(reasons)[:MOST_UNSCORED]:
            self.console.print(Text(f"  {line}", "yellow"))

    def _comparison(self, comparison: Comparison) -> None:
        for notice in comparison.notices:
            self.console.print(Text(f"Note: {clean(notice)}", "yellow"))
        table = Table("score", "model", "then", "now", "verdict", "", box=None, header_style="bold")
        table.title, table.title_justify = f"against {comparison.earlier}", "left"
        for change in comparison.changes:
            before, after, verdict = wording.change_words(change)
            table.add_row(
                wording.title(change.scorer), clean(change.model), before, after,
                Text(verdict, COLORS[change.verdict]), Text(clean(change.note)),
            )  # fmt: skip
        self.console.print(table)
        for line in comparison.lost:
            self.console.print(Text(clean(line), "red"))


def _suite_table(plan: Plan, summaries: Sequence[ModelSummary]) -> Table:
    table = Table("score", box=None, header_style="bold", title=plan.suite.name, title_justify="left")
    for summary in summaries:
        table.add_column(Text(clean(summary.model)), justify="right")
        table.add_column("95 %", justify="right")
        table.add_column("n", justify="right")
    for name in dict.fromkeys(name for summary in summaries for name in summary.suite):
        cells: list[str] = []
        for summary in summaries:
            found = summary.suite.get(name)
            cells += (
                [wording.value(name, found.mean, found.share), wording.bounds(name, found), str(found.n)]
                if found
                else ["–", "", ""]
            )
        table.add_row(wording.title(name), *cells)
    return table


def _case_table(summary: ModelSummary) -> Table:
    names = [name for name in summary.suite if name not in ("tokens", "usd")]
    title = f"cases, {clean(summary.model)}"
    table = Table("case", box=None, header_style="bold", title=title, title_justify="left")
    for name in names:
        table.add_column(wording.title(name), justify="right")
    for case, scores in list(summary.cases.items())[:MOST_ROWS]:
        cells = [
            wording.value(name, scores[name].mean, scores[name].share) if name in scores else "–" for name in names
        ]
        table.add_row(case, *cells)
    if len(summary.cases) > MOST_ROWS:
        table.caption = f"{len(summary.cases) - MOST_ROWS} more are in report.html"
    return table


def suites_table(suites: Sequence[Suite]) -> Table:
    """What `--list` shows."""
    table = Table("suite", "kind", "cases", "seeds", "what it is", box=None, header_style="bold")
    for suite in suites:
        seeds = ",".join(map(str, suite.seeds))
        table.add_row(suite.name, suite.kind, str(len(suite.cases)), seeds, Text(suite.description))
    return table
