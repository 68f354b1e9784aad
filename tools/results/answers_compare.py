"""Runs side by side, as a table of what their records say; a verdict only where the scores mean the same."""

from collections.abc import Callable, Mapping, Sequence

from tools.report import wording
from tools.results.record import RunRecord

Row = Callable[[RunRecord], str]
LEFT_OUT = {"dataset", "paper", "goal", "function"}
"""Fields of a task that have a row of their own, or that a table has no room for."""


def compared(runs: Sequence[tuple[int, RunRecord]]) -> str:
    """A table with a column for each (number, record), and which of them scored higher on the same rows."""
    names = [f"run {number}" if number else record.id for number, record in runs]
    records = [record for _, record in runs]
    rows = [("id", [record.id for record in records])]
    rows += [(name, [tell(record) for record in records]) for name, tell in ROWS.items()]
    rows += _differing("asked", [record.task.model_dump(mode="json", exclude=LEFT_OUT) for record in records])
    rows += _differing("", [record.hyperparameters for record in records])
    lines = [f"| | {' | '.join(names)} |", "|---" * (1 + len(names)) + "|"]
    lines += [f"| {name} | {' | '.join(_cell(text) for text in texts)} |" for name, texts in rows if any(texts)]
    return "\n".join([*lines, "", _verdict(names, records)])


def _verdict(names: list[str], records: list[RunRecord]) -> str:
    measured = [(name, record) for name, record in zip(names, records, strict=True) if record.evidence]
    if len(measured) < len(records):
        lacking = ", ".join(name for name, record in zip(names, records, strict=True) if not record.evidence)
        return f"Without a measured test score there is nothing to compare: {lacking}."
    kinds = {(_data(record), record.evidence.test.metric) for _, record in measured if record.evidence}
    if len(kinds) > 1:
        return "Their scores can't be compared: they are of different data or different metrics."
    scores = {name: record.evidence.test.score for name, record in measured if record.evidence}
    best = max(scores.values())
    first = [name for name, score in scores.items() if score == best]
    said = (
        "They scored the same." if len(first) == len(scores) else f"{' and '.join(first).capitalize()} scored highest."
    )
    splits = {(record.task.seed, record.evidence.test_rows) for _, record in measured if record.evidence}
    return said + (" They were measured on different test rows, so a small difference may be chance."
                   if len(splits) > 1 else "")  # fmt: skip


def _differing(prefix: str, values: Sequence[Mapping[str, object]]) -> list[tuple[str, list[str]]]:
    """A row for each name whose values are not all the same."""
    names = list(dict.fromkeys(name for one in values for name in one))
    rows = [(name, [one.get(name) for one in values]) for name in names]
    different = [(name, found) for name, found in rows if any(value != found[0] for value in found)]
    return [
        (
            f"{prefix} {name}".strip().replace("_", " "),
            ["" if value is None else wording.plain_value(value) for value in found],
        )
        for name, found in different
    ]


def _cell(text: str) -> str:
    return " ".join(text.replace("|", "/").split())[:120] or "–"


def _data(record: RunRecord) -> str:
    return record.dataset or record.task.dataset or ""


def _score(record: RunRecord) -> str:
    test = record.evidence.test if record.evidence else None
    return f"{wording.metric_name(test.metric)} {wording.score_text(test.metric, test.score)}" if test else ""


def _baseline(record: RunRecord) -> str:
    if not record.evidence or not record.evidence.baselines:
        return ""
    name, score = max(record.evidence.baselines.items(), key=lambda pair: pair[1])
    return f"{name} {wording.score_text(record.evidence.test.metric, score)}"


ROWS: dict[str, Row] = {
    "outcome": lambda record: str(record.outcome or "not finished"),
    "data": _data,
    "paper": lambda record: str((record.paper or {}).get("title") or record.task.paper or ""),
    "test score": _score,
    "best baseline": _baseline,
    "size": lambda record: wording.kilobytes(record.evidence.size.real_kb) if record.evidence else "",
    "model": lambda record: record.model_name,
    "written by": wording.author,
    "time": lambda record: wording.duration(record.seconds),
    "cost": lambda record: wording.money(wording.total_usd(record)),
}
