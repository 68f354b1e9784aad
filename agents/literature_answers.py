"""From a model's text to a literature review or a ranking of datasets. Raises `Unreadable` and nothing else."""

import re
from collections.abc import Sequence
from typing import Any

from agents.answers import read_confidence
from agents.contracts import LiteratureReview
from agents.loose_json import read_object
from agents.paper_answers import items_of, text_of, texts_of
from runtime.models.calls import Unreadable
from tools.recommend.names import find_names
from tools.recommend.recommendation import DatasetAdvice, RankedDataset

TEXTS = ("review_text", "review", "text", "summary")
FINDINGS = ("key_findings", "findings")
APPROACHES = ("recommended_approaches", "recommendations", "recommended_approach", "approaches")
PAPERS = ("recent_papers", "papers", "references", "citations", "cited_papers")
RANKINGS = ("ranking", "datasets", "recommendations", "recommended_datasets", "dataset", "recommended_dataset")
LONGEST_REVIEW = 8_000
LONGEST_FIELD = 500
MOST_FIELDS = 10
FEWEST_WORDS = 20
"""Of an answer in prose that is taken for a review."""
NUMBERED = re.compile(r"^\s*\[?(\d{1,3})[\]:.)]+\s*(.*)$", re.DOTALL)


def read_literature(answer: str, source: str, now: int) -> LiteratureReview:
    """Read a review; one in prose is kept as it is, with no recommendation."""
    try:
        about = read_object(answer, (*TEXTS[:2], *APPROACHES, *FINDINGS))
    except Unreadable:
        if len(answer.split()) < FEWEST_WORDS:
            raise
        about = {"review_text": answer}
    findings = texts_of(_first(about, FINDINGS))
    review = LiteratureReview(
        query=_said(text_of(about.get("query"), LONGEST_FIELD)),
        review_text=_said(text_of(_first(about, TEXTS), LONGEST_REVIEW)) or " ".join(findings),
        key_findings=findings,
        recommended_approaches=texts_of(_first(about, APPROACHES)),
        recent_papers=[_paper(item) for item in items_of(_first(about, PAPERS))],
        confidence=read_confidence(about.get("confidence")),
        timestamp=now,
        source=source,
    )
    if not (review.review_text or review.key_findings or review.recommended_approaches):
        raise Unreadable("the review is empty: write review_text, key_findings and recommended_approaches.")
    return review


def read_advice(answer: str, available: Sequence[str], source: str) -> DatasetAdvice:
    """Read a ranking; only available datasets stay, each once, as `available` spells them."""
    about = read_object(answer, RANKINGS)
    ranked: dict[str, RankedDataset] = {}
    items = items_of(_first(about, RANKINGS))
    for place, item in enumerate(items):
        name = _dataset(item, available)
        if name and name not in ranked:
            score = 1.0 - place / (len(items) + 1)
            ranked[name] = RankedDataset(name=name, score=score, reasons=_reasons(item))
    if not ranked:
        raise Unreadable(f"rank at least one of these datasets, spelled like this: {', '.join(available)}.")
    return DatasetAdvice(ranking=list(ranked.values()), source=source)


def _said(text: str) -> str:
    """A text, unless it is the dots of the form that was to be filled in."""
    return "" if text.strip(" .…") == "" else text


def _first(about: dict[str, Any], names: Sequence[str]) -> Any:
    return next((about[name] for name in names if about.get(name)), None)


def _paper(item: Any) -> dict[str, str]:
    if isinstance(item, dict):
        fields = list(item.items())[:MOST_FIELDS]
        return {str(key)[:40]: said for key, value in fields if (said := _said(text_of(value, LONGEST_FIELD)))}
    text = text_of(item, LONGEST_FIELD)
    numbered = NUMBERED.match(text)
    if numbered:
        return {"number": numbered[1], **({"title": numbered[2]} if numbered[2] else {})}
    return {"number": text} if text.isdigit() else {"title": text}


def _dataset(item: Any, available: Sequence[str]) -> str:
    """The available dataset that an item names, "" for none."""
    said = item.get("name") or item.get("dataset") if isinstance(item, dict) else item
    text = text_of(said, LONGEST_FIELD)
    spelled = _letters(text.partition(":")[0])
    exact = next((name for name in available if _letters(name) == spelled), "")
    return exact or next((found.dataset for found in find_names(text) if found.dataset in available), "")


def _reasons(item: Any) -> list[str]:
    if isinstance(item, dict):
        return texts_of(item.get("reasons") or item.get("reason") or item.get("why"))[:4]
    return texts_of(text_of(item, LONGEST_FIELD).partition(":")[2].strip())


def _letters(name: str) -> str:
    return "".join(character for character in name.casefold() if character.isalnum())
