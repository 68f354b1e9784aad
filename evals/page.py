"""`report.html` of an evaluation: one page that needs nothing but itself; everything in it is escaped."""

import os
from collections.abc import Sequence
from pathlib import Path

import jinja2

from evals import wording
from evals.comparison import Comparison
from evals.contracts import Trial
from evals.folder import EvaluationFolder, Plan
from evals.summary import ModelSummary
from tools.report.page import CONTROLS, templates
from tools.results.writing import write_atomically


def write_page(
    folder: EvaluationFolder,
    plan: Plan,
    trials: Sequence[Trial],
    summaries: Sequence[ModelSummary],
    comparison: Comparison | None = None,
) -> None:
    """Replace the page. Raises `DiskFull`."""
    environment = templates()
    own = jinja2.FileSystemLoader(Path(__file__).parent / "templates")
    environment.loader = jinja2.ChoiceLoader([own, environment.loader] if environment.loader else [own])
    names = list(dict.fromkeys(name for trial in trials for name in trial.scores))
    page = environment.get_template("evaluation.html.j2").render(
        plan=plan,
        trials=trials,
        summaries=summaries,
        names=names,
        shares={(one.model, name) for one in summaries for name, found in one.suite.items() if found.share},
        comparison=comparison,
        run_link=lambda trial: _run_link(folder, trial),
        words=wording,
        shouts=[trial for trial in trials if trial.alarms],
        unscored=[trial for trial in trials if trial.error or trial.skipped],
    )
    write_atomically(folder.report, page.translate(CONTROLS).encode("utf-8", "replace"))


def _run_link(folder: EvaluationFolder, trial: Trial) -> str:
    """The run's own report, seen from the page; "" without one."""
    place = trial.output.get("folder")
    if not isinstance(place, str) or not (Path(place) / "report.html").is_file():
        return ""
    return os.path.relpath(Path(place) / "report.html", folder.path)
