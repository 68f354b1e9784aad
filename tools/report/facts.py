"""What the templates are given about a run."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from runtime.outcome import Outcome
from tools.report import plots, wording
from tools.report.listing import CodeLine, highlight
from tools.report.paper import paper_facts, paper_title
from tools.results.folder import STAGES, RunFolder
from tools.results.record import Measurement, RunRecord, Usage

MOOD = {Outcome.SUCCESS: "good", Outcome.CANCELLED: "calm", None: "calm"}
"""The colour of an outcome; every other one is a failure."""
CURVES = {"val_acc": "validation accuracy", "val_metric": "validation score"}
KEPT = {
    "run.json": "this run as data",
    "events.jsonl": "everything that was shown while it ran",
    "data": "the prepared arrays",
    "project": "the exported project",
}
SECTIONS = (
    ("training", "Training"), ("hyperparameters", "Hyperparameters"), ("timeline", "Timeline"), ("issues", "Issues"),
    ("cost", "Cost"), ("data", "Data"), ("code", "Code"), ("files", "Files"),
)  # fmt: skip
"""What every run's page has."""
CANDIDATE: dict[str, Any] = {
    "number": 0, "model": "", "temperature": None, "model_name": "", "outcome": "", "reason": "", "score": None,
    "size_kb": None, "seconds": 0.0, "criteria_met": None, "criteria": 0, "chosen": False,
}  # fmt: skip
LITERATURE: dict[str, Any] = {
    "review_text": "", "key_findings": [], "recommended_approaches": [], "recent_papers": [], "confidence": 0.0,
    "source": "", "searches": [], "dropped_citations": 0,
}  # fmt: skip
"""What stands for whatever a record leaves out of a candidate or of a review."""
MOST_FILES = 40
"""Files of one stage that are listed."""
LARGEST_CONFUSION = 26
"""Classes of a confusion matrix that is shown whole."""


@dataclass(frozen=True)
class Bar:
    """One score as a bar: `share` of the full width, 0–100."""

    name: str
    text: str
    share: float
    own: bool = False


def page_facts(folder: RunFolder, record: RunRecord) -> dict[str, Any]:
    """Everything that the templates ask for."""
    code = _current_code(folder)
    return {
        "run": record,
        "sections": sections(record),
        "paper": paper_facts(record, code),
        "paper_title": paper_title(record),
        "literature": LITERATURE | record.literature if record.literature else None,
        "candidates": [CANDIDATE | one for one in record.candidates],
        "title": wording.title(record),
        "mood": MOOD.get(record.outcome, "bad"),
        "next_step": wording.next_step(record),
        "author": wording.author(record),
        "partial": wording.partial_facts(record.partial),
        "total_usd": wording.total_usd(record),
        "score_text": wording.score_text,
        "bars": score_bars(record),
        "plots": run_plots(record),
        "confusion": confusion_rows(record),
        "usage": by_agent(record.usage),
        "listings": code_listings(folder, record),
        "files": file_list(folder, record),
        "files_at": "",
    }


def sections(record: RunRecord) -> list[tuple[str, str]]:
    """(anchor, name) of the parts that this run's page has, in their order."""
    paper = {
        "paper": record.paper or record.brief,
        "criteria": record.brief and record.brief.criteria,
        "brief": record.brief,
        "dataset": record.recommendation,
        "literature": record.literature,
        "candidates": record.candidates,
    }
    return [(name, name.capitalize()) for name, there in paper.items() if there] + list(SECTIONS)


def score_bars(record: RunRecord) -> list[Bar]:
    """The measured test score above each baseline's on the same rows, the longest bar being the best possible."""
    evidence = record.evidence
    if evidence is None:
        return []
    metric = evidence.test.metric
    scores = {"this model": evidence.test.score, **evidence.baselines}
    worst = max(abs(score) for score in scores.values()) or 1.0
    bars = []
    for index, (name, score) in enumerate(scores.items()):
        share = -score / worst if metric == "perplexity" else max(0.0, min(1.0, score))
        bars.append(Bar(name, wording.score_text(metric, score), round(100 * share, 1), own=index == 0))
    return bars


def run_plots(record: RunRecord) -> dict[str, plots.Plot | None]:
    """Each chart, or None when the run has nothing to draw in it."""
    losses = {
        name: record.curves[key]
        for key, name in (("train_losses", "training loss"), ("val_losses", "validation loss"))
        if key in record.curves
    }
    others = {
        CURVES.get(key, key.replace("_", " ")): values
        for key, values in record.curves.items()
        if not key.endswith("losses")
    }
    evidence = record.evidence
    test: Measurement | None = evidence.test if evidence else None
    metric = wording.metric_name(test.metric) if test else "validation score"
    return {
        "loss": plots.curves("Loss", "loss", losses),
        "score": plots.curves("Validation score", "score", others),
        "trials": plots.tuning_trace(record.tuning) if record.tuning else None,
        "sizes": plots.size_against_score(
            record.tuning, metric, record.task.size_limit_kb, (evidence.test, evidence.size) if evidence else None
        ),
        "residuals": plots.residuals(test.residuals) if test and test.residuals else None,
    }


def confusion_rows(record: RunRecord) -> dict[str, Any] | None:
    """The confusion matrix with a share of its row for each cell, or its largest confusions when it is too wide."""
    matrix = record.evidence.test.confusion if record.evidence else None
    if not matrix:
        return None
    names = list(record.profile.class_names if record.profile else [])
    names += [str(index) for index in range(len(names), len(matrix))]
    rows = [
        {
            "name": names[i],
            "total": sum(row),
            "cells": [(count, count / (sum(row) or 1), i == j) for j, count in enumerate(row)],
        }
        for i, row in enumerate(matrix)
    ]
    pairs = sorted(
        (
            (count, names[i], names[j])
            for i, row in enumerate(matrix)
            for j, count in enumerate(row)
            if i != j and count
        ),
        reverse=True,
    )
    return {"names": names[: len(matrix)], "rows": rows, "pairs": pairs[:8], "whole": len(matrix) <= LARGEST_CONFUSION}


def by_agent(usage: list[Usage]) -> list[Usage]:
    """Usage lines in descending price."""
    return sorted(usage, key=lambda line: (line.usd or 0.0, line.input_tokens + line.output_tokens), reverse=True)


def code_listings(folder: RunFolder, record: RunRecord) -> list[tuple[str, str, list[CodeLine]]]:
    """(title, path, lines): the code as it stands with the last round's marks, then as it was first written."""
    current = folder.latest_code("code-review", "code-generation")
    if current is None:
        return []
    last = record.reviews[-1].findings if record.reviews else []
    listing = highlight(_text(current), last, record.criteria)
    shown = [("The code as it was run", folder.relative(current), listing)]
    written = (path for path in (folder.path / "code-generation").glob("*.py") if "_candidate-" not in path.name)
    first = min(written, key=lambda path: path.stat().st_mtime_ns, default=None)
    if first is not None and _text(first) != _text(current):
        shown.append(("As first written", folder.relative(first), highlight(_text(first))))
    return shown


def file_list(folder: RunFolder, record: RunRecord) -> list[tuple[str, str, str]]:
    """(path, what it is, size) of what is there: what the record names, and what each stage kept."""
    named = KEPT | record.files
    for stage in STAGES:
        for path in sorted((folder.path / stage).iterdir())[:MOST_FILES] if (folder.path / stage).is_dir() else []:
            named.setdefault(folder.relative(path), stage.replace("-", " "))
    found = []
    for name, what in sorted(named.items(), key=lambda item: ("/" in item[0], item[0])):
        path = folder.path / name
        if path.resolve().is_relative_to(folder.path.resolve()) and path.exists():
            size = wording.kilobytes(path.stat().st_size / 1024) if path.is_file() else "folder"
            found.append((name, what, size))
    return found


def _current_code(folder: RunFolder) -> str:
    current = folder.latest_code("code-review", "code-generation")
    return _text(current) if current else ""


def _text(path: Path) -> str:
    return path.read_text(encoding="utf-8", errors="replace")
