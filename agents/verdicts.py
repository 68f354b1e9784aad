"""A reviewer's verdicts on a paper's criteria, read leniently and placed in the code."""

import re
from collections.abc import Sequence
from typing import Any, Literal

from agents.citations import cited_code, code_lines
from tools.papers.brief import NOT_JUDGED, Criterion, CriterionVerdict

Verdict = Literal["met", "partly", "not"]
ONLY_A_COMMENT = "only a comment says so"
NO_LINE = "the reviewer names no line of the code that does it"
WORDS: tuple[tuple[Verdict, str], ...] = (
    ("partly", r"part|incomplete|somewhat|mostly"),
    ("not", r"\bno\b|\bnot\b|unmet|fail|miss|absent|false|\bn/?a\b|unsatisfied|unimplemented"),
    ("met", r"met|yes|true|pass|implemented|satisf|ok|full|done|correct"),
)
"""Tried in this order: "not met" and "partly met" are said with the word met as well."""
MOST_LINES = 12
LONGEST_NOTE = 300


def read_verdicts(raw: Any, criteria: Sequence[Criterion], code: str) -> list[CriterionVerdict]:
    """One verdict for each criterion, in order; those that the answer leaves out are "not", with the note NOT_JUDGED.

    `raw` is a list of objects, an object by id, or a list of sentences. Lines are taken as numbers, found by the code
    that is quoted, or else those below the comments that cite the criterion; where there is none, or all of them are
    comments or docstrings, the criterion is not met.
    """
    said = {_number(entry.get("id")): entry for entry in reversed(_entries(raw))}
    return [_verdict(one, said.get(_number(one.id)), code) for one in criteria]


def unjudged(criteria: Sequence[Criterion], why: str = NOT_JUDGED) -> list[CriterionVerdict]:
    """What stands for the verdicts of a review that did not come about."""
    return [CriterionVerdict(id=one.id, verdict="not", note=why) for one in criteria]


def _verdict(criterion: Criterion, entry: dict[str, Any] | None, code: str) -> CriterionVerdict:
    verdict = _word(entry.get("verdict")) if entry else None
    if entry is None or verdict is None:
        return CriterionVerdict(id=criterion.id, verdict="not", note=NOT_JUDGED)
    note = " ".join(str(entry.get("note") or "").split())[:LONGEST_NOTE]
    if verdict == "not":
        return CriterionVerdict(id=criterion.id, verdict=verdict, note=note)
    lines = _lines(entry, code)
    words_alone = bool(lines) and code_lines(code).isdisjoint(lines)
    if not lines or words_alone:
        lines = [] if words_alone and entry.get("code") else cited_code(code, criterion.id)
    if not lines:
        note = ONLY_A_COMMENT if words_alone else NO_LINE
        return CriterionVerdict(id=criterion.id, verdict="not", note=note)
    return CriterionVerdict(id=criterion.id, verdict=verdict, lines=lines, note=note)


def _entries(raw: Any) -> list[dict[str, Any]]:
    """Objects with id, verdict, code or lines, and note, whatever the answer's shape is."""
    if isinstance(raw, dict):
        raw = [{"id": key, **(value if isinstance(value, dict) else {"verdict": value})} for key, value in raw.items()]
    if not isinstance(raw, list):
        return []
    entries = []
    for item in raw[:500]:
        if isinstance(item, dict):
            given = {str(key).lower(): value for key, value in item.items()}
            verdict = given.get("verdict", given.get("status", given.get("result", given.get("met"))))
            number = given.get("id", given.get("criterion", given.get("number")))
            note = given.get("note", given.get("reason", given.get("explanation", "")))
            entries.append(given | {"id": number, "verdict": verdict, "note": note})
        elif isinstance(item, str) and (found := re.match(r"\W*([Cc]?-?\d{1,3})\W+(.*)", item, re.DOTALL)):
            entries.append({"id": found[1], "verdict": found[2][:40], "note": found[2]})
    return entries


def _number(raw: Any) -> int | None:
    """3 of C3, c-3, 3 or "C3: text"."""
    found = re.match(
        r"\W*(?:criterion\s*)?[Cc]?\W*(\d{1,3})\b", str(raw if raw is not None else "")[:40], re.IGNORECASE
    )
    return int(found[1]) if found else None


def _word(raw: Any) -> Verdict | None:
    text = str(raw).lower()[:60]
    return next((verdict for verdict, words in WORDS if re.search(words, text)), None)


def _lines(entry: dict[str, Any], code: str) -> list[int]:
    """Lines of the module that the entry points at."""
    source = code.split("\n")
    quoted = [" ".join(line.split()) for line in str(entry.get("code") or "").split("\n")]
    plain = [" ".join(line.split()) for line in source]
    found = [plain.index(line) + 1 for line in quoted if len(line) > 2 and line in plain]
    if not found:
        near = [line for line in quoted if len(line) > 8]
        found = [at for line in near for at, text in enumerate(plain, 1) if line in text][:MOST_LINES]
    if not found and not any(quoted):
        raw = entry.get("lines", entry.get("line"))
        numbers = re.findall(r"\d{1,5}", str(raw)) if raw is not None and not isinstance(raw, bool) else []
        found = [int(number) for number in numbers if 1 <= int(number) <= len(source)]
    return sorted(dict.fromkeys(found))[:MOST_LINES]
