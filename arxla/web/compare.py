"""Two to five runs side by side."""

import difflib
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

from starlette.requests import Request
from starlette.responses import Response

from arxla.web.runs import STATES, mood_of, state_of
from arxla.web.site import site_of
from tools.report import plots, wording
from tools.report.plots import Plot
from tools.results.folder import RunFolder
from tools.results.record import RunRecord

MOST = 5
LONGEST_DIFF = 2000
CONTEXT = 3
CURVES = (("val_losses", "Validation loss", "loss"), ("val_acc", "Validation accuracy", "accuracy"),
          ("val_metric", "Validation score", "score"), ("train_losses", "Training loss", "loss"))  # fmt: skip


@dataclass(frozen=True)
class Row:
    name: str
    values: list[str]

    @property
    def differs(self) -> bool:
        return len(set(self.values)) > 1


@dataclass(frozen=True)
class DiffLine:
    kind: str
    """same, added, removed or gap."""
    text: str


def show_comparison(request: Request) -> Response:
    """GET /compare?run=…&run=…: fewer than two runs give a page that says what to do."""
    site = site_of(request)
    names = list(dict.fromkeys(request.query_params.getlist("run")))
    folders = [site.folder(name) for name in names[:MOST]]
    records = [folder.load_record() for folder in folders]
    summaries = [site.index.look(folder.path) for folder in folders]
    labels = _labels(records)
    return site.render(
        request,
        "compare.html.j2",
        enough=len(records) > 1,
        left_out=len(names) - len(folders),
        chosen=[
            (record, label, STATES.get(state_of(run), "Unreadable"), mood_of(state_of(run)))
            for record, label, run in zip(records, labels, summaries, strict=True)
        ],
        rows=_rows(records),
        hyperparameters=_hyperparameters(records),
        curves=_curves(records, labels),
        diffs=_diffs(folders, labels),
        recent=[] if len(records) > 1 else site.index.runs(limit=20),
    )


def _labels(records: list[RunRecord]) -> list[str]:
    """A short name for each run; letters keep equal ones apart."""
    return [f"{chr(65 + index)} · {record.model_name or 'no model'}" for index, record in enumerate(records)]


def _rows(records: list[RunRecord]) -> list[Row]:
    """What was measured and asked for; what no run has is left out."""
    rows = [Row(name, [read(record) for record in records]) for name, read in FACTS.items()]
    return [row for row in rows if any(value not in ("", "–") for value in row.values)]


def _score(record: RunRecord) -> str:
    test = record.evidence.test if record.evidence else None
    return f"{wording.score_text(test.metric, test.score)} {wording.metric_name(test.metric)}" if test else "–"


def _baseline(record: RunRecord) -> str:
    found = record.evidence
    if not found or not found.baselines:
        return "–"
    name, score = max(found.baselines.items(), key=lambda item: item[1])
    return f"{wording.score_text(found.test.metric, score)} ({name})"


def _tuning(record: RunRecord) -> str:
    return f"{len(record.tuning.trials)} by {record.tuning.tuner}" if record.tuning else "–"


FACTS: dict[str, Any] = {
    "Test score": _score,
    "Best baseline": _baseline,
    "Size": lambda record: wording.kilobytes(record.evidence.size.real_kb) if record.evidence else "–",
    "Parameters": lambda record: f"{record.evidence.size.parameters:,}" if record.evidence else "–",
    "Bits": lambda record: str(record.evidence.size.quantization_bits) if record.evidence else "–",
    "Cost": lambda record: wording.money(wording.total_usd(record)),
    "Time": lambda record: wording.duration(record.seconds),
    "Dataset": lambda record: record.dataset or record.task.dataset or "–",
    "Paper": lambda record: str((record.paper or {}).get("title") or record.task.paper or ""),
    "Program": lambda record: record.model_name or "–",
    "Written by": wording.author,
    "Target": lambda record: record.task.target,
    "Ran on": lambda record: record.device or "–",
    "Trials": _tuning,
    "Corrections": lambda record: str(len(record.debugging)),
    "Rounds of review": lambda record: str(len(record.reviews)),
    "Seed": lambda record: str(record.task.seed),
    "Size limit": lambda record: wording.kilobytes(record.task.size_limit_kb),
}


def _hyperparameters(records: list[RunRecord]) -> list[Row]:
    """Those that differ come first."""
    names = dict.fromkeys(name for record in records for name in record.hyperparameters)
    rows = [
        Row(name, [wording.plain_value(record.hyperparameters.get(name, "–")) for record in records]) for name in names
    ]
    return sorted(rows, key=lambda row: not row.differs)


def _curves(records: list[RunRecord], labels: list[str]) -> list[Plot]:
    """One chart a kind of curve that at least one run has."""
    drawn = []
    for key, title, unit in CURVES:
        series = {
            label: record.curves[key] for record, label in zip(records, labels, strict=True) if record.curves.get(key)
        }
        if plot := plots.curves(title, unit, series):
            drawn.append(plot)
    return drawn[:3]


def _diffs(folders: list[RunFolder], labels: list[str]) -> list[tuple[str, str, list[DiffLine]]]:
    """(one, other, lines) for each run's code against that of the run before it which has any."""
    texts = [(label, text) for label, folder in zip(labels, folders, strict=True) if (text := _code(folder))]
    pairs = pairwise(texts)
    return [(one, other, diff_lines(before, after)) for (one, before), (other, after) in pairs]


def diff_lines(before: str, after: str) -> list[DiffLine]:
    """A unified difference without its headings; empty when there is none."""
    found = []
    for line in list(difflib.unified_diff(before.splitlines(), after.splitlines(), n=CONTEXT, lineterm=""))[2:]:
        kind = {"+": "added", "-": "removed", "@": "gap"}.get(line[:1], "same")
        found.append(DiffLine(kind, "…" if kind == "gap" else line[1:]))
    return found[:LONGEST_DIFF]


def _code(folder: RunFolder) -> str:
    path = folder.latest_code("code-review", "code-generation")
    return path.read_text("utf-8", "replace") if path else ""
