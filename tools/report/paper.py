"""What the templates are given about a run's paper: what was read of it, what the code does of it, why this data."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from tools.papers.brief import NOT_JUDGED, ChunkResult, Criterion, CriterionVerdict
from tools.results.record import RunRecord

MOODS = {"met": "good", "partly": "warn", "not": "bad", NOT_JUDGED: ""}
MOST_CODE_LINES = 6
"""Lines of code that stand beside one criterion."""
LONGEST_CODE = 160
MOST_CHUNKS = 400
"""Chunks that are listed; the others are counted."""
LONGEST_SECTION = 80


@dataclass(frozen=True)
class Check:
    """A criterion with the verdict on it."""

    criterion: Criterion
    verdict: str
    mood: str
    note: str = ""
    code: list[tuple[int, str]] = field(default_factory=list)
    """(line, text) of the code that the verdict rests on."""


def paper_facts(record: RunRecord, code: str) -> dict[str, Any] | None:
    """Everything the paper's part of the page asks for; None for a run without a paper."""
    if not record.paper and record.brief is None:
        return None
    checks = checklist(record, code)
    return {
        "about": _about(record.paper or {}),
        "reading": _reading(record),
        "chunks": chunk_rows(record.chunks),
        "more_chunks": max(0, len(record.chunks) - MOST_CHUNKS),
        "checks": checks,
        "tally": {verdict: sum(check.verdict == verdict for check in checks) for verdict in MOODS},
        "moods": MOODS,
        "quoted": {chunk.chunk_number: chunk.section[:LONGEST_SECTION] for chunk in record.chunks if chunk.section},
    }


def checklist(record: RunRecord, code: str) -> list[Check]:
    """Each criterion of the brief with the reviewer's last verdict and the lines of `code` it points at."""
    verdicts = {one.id: one for one in record.criteria}
    source = code.split("\n")
    checks = []
    for criterion in record.brief.criteria if record.brief else []:
        one = verdicts.get(criterion.id) or CriterionVerdict(id=criterion.id, verdict="not", note=NOT_JUDGED)
        lines = [number for number in one.lines if 1 <= number <= len(source)][:MOST_CODE_LINES]
        shown = [(number, source[number - 1].strip()[:LONGEST_CODE]) for number in lines]
        verdict = str(one.verdict) if one.judged else NOT_JUDGED
        checks.append(Check(criterion, verdict, MOODS[verdict], "" if one.note == NOT_JUDGED else one.note, shown))
    return checks


def met_sentence(record: RunRecord) -> str:
    """For example "12 of 15 criteria met, 2 partly"; empty without a checklist."""
    checks = checklist(record, "")
    if not checks:
        return ""
    counts = {verdict: sum(check.verdict == verdict for check in checks) for verdict in MOODS}
    extra = [f"{counts[word]} {word}" for word in ("partly", NOT_JUDGED) if counts[word]]
    if counts[NOT_JUDGED] == len(checks):
        return f"{len(checks)} criteria, none judged"
    return ", ".join([f"{counts['met']} of {len(checks)} criteria met", *extra])


def paper_title(record: RunRecord) -> str:
    """What the paper is called; empty without one."""
    named = (record.paper or {}).get("title") or (record.brief.title if record.brief else "")
    return str(named or (record.paper or {}).get("id") or record.task.paper or "")


def dataset_reason(record: RunRecord) -> str:
    """Which dataset was chosen and why, in a few words; empty when the user named it and there was no paper."""
    found = record.recommendation
    if found is None or not record.dataset:
        return ""
    ranked = next((one for one in found.ranked if one.name == record.dataset), None)
    why = ranked.reasons[0] if ranked and ranked.reasons else found.source
    return f"{record.dataset}: {why}" if why else record.dataset


def chunk_rows(chunks: Sequence[ChunkResult]) -> list[dict[str, Any]]:
    """One row a chunk, in the order of the text; `share` is its time in hundredths of the longest."""
    ordered = sorted(chunks, key=lambda chunk: chunk.chunk_number)[:MOST_CHUNKS]
    longest = max((chunk.processing_time for chunk in ordered), default=0.0) or 1.0
    return [{"of": chunk, "share": round(100 * chunk.processing_time / longest, 1)} for chunk in ordered]


def _about(paper: Mapping[str, Any]) -> dict[str, str]:
    """(what, words) of the paper itself, leaving out what is not known."""
    authors = paper.get("authors")
    cleaning = paper.get("cleaning") or {}
    removed = cleaning.get("removed") or {}
    shown = {
        "authors": ", ".join(str(name) for name in authors[:20]) if isinstance(authors, list) else "",
        "published": paper.get("published"),
        "source": " ".join(str(paper[key]) for key in ("source", "id") if paper.get(key)),
        "address": str(paper.get("url") or "").rpartition("://")[2],
        "form": paper.get("form"),
        "text": _cleaned(cleaning),
        "removed": ", ".join(f"{_count(count)} {_words(what)}" for what, count in removed.items()),
        "SHA-256 of the text": paper.get("sha256"),
    }
    return {name: str(text) for name, text in shown.items() if text}


def _cleaned(cleaning: Mapping[str, Any]) -> str:
    if "characters_before" not in cleaning:
        return ""
    return (
        f"{_count(cleaning['characters_before'])} characters, {_count(cleaning.get('characters_after'))} after cleaning"
    )


def _reading(record: RunRecord) -> dict[str, Any]:
    """How much of the text was read, by whom, and at what price in time."""
    good = sum(chunk.success for chunk in record.chunks)
    brief = record.brief
    planned = (record.paper or {}).get("num_chunks") or len(record.chunks)
    return {
        "coverage": brief.coverage if brief else None,
        "good": good,
        "planned": planned,
        "cached": sum(chunk.cached for chunk in record.chunks),
        "author": brief.generated_by if brief else "",
        "dropped": brief.dropped_quotations if brief else 0,
    }


def _count(number: Any) -> str:
    return f"{number:,}" if isinstance(number, int) else str(number)


def _words(name: Any) -> str:
    return str(name).replace("_", " ")
