"""From a summarizer's answer to a brief whose criteria and settings are those that the chunk readers quoted."""

import re
from collections.abc import Sequence
from typing import Any, TypeVar, get_args

from agents.contracts import BriefRequest
from agents.paper_answers import FIELDS, LONGEST_TEXT, QUOTED, items_of, notes_of, text_of
from agents.salvage import read_fields
from runtime.models.calls import Unreadable
from tools.papers.brief import Criterion, Domain, Hyperparameter, PaperBrief
from tools.papers.quotations import normalise
from tools.papers.summaries import words_of

KEYS = ("method", "criteria", "summary", "algorithm")
SHORTEST_METHOD = 40
FEWEST_CRITERIA = 8
"""A model that picks fewer gets the most specific of the others added."""
DOMAINS: dict[str, Domain] = {
    "image": "vision", "images": "vision", "video": "vision", "nlp": "text", "language": "text", "translation": "text",
    "time": "sequence", "signal": "sequence", "signals": "sequence", "series": "sequence", "audio": "sequence",
    "speech": "sequence", "table": "tabular", "pde": "physics", "simulation": "physics",
}  # fmt: skip
T = TypeVar("T", Criterion, Hyperparameter)


def read_brief(
    answer: str,
    request: BriefRequest,
    settings: Sequence[Hyperparameter],
    criteria: Sequence[Criterion],
    most: int,
) -> PaperBrief:
    """Read a brief; of `settings` and `criteria` it holds what the answer picked, of invented ones only the count.

    Raises `Unreadable` with the reason.
    """
    about = read_fields(answer, KEYS, (*FIELDS, "domain", "task", "settings"))
    notes = notes_of(about)
    method = text_of(about.get("method"), 2 * LONGEST_TEXT) or notes["summary"]
    if len(method) < SHORTEST_METHOD:
        raise Unreadable("give a `method` of 150 to 300 words.")
    del notes["summary"]
    picked, invented = _picked(about.get("criteria"), criteria)
    chosen, unknown = _picked(about.get("settings", about.get("hyperparameters")), settings)
    picked += [one for one in criteria if one not in picked][: max(0, FEWEST_CRITERIA - len(picked))]
    numbered = [one.model_copy(update={"id": f"C{number}"}) for number, one in enumerate(picked[:most], 1)]
    return PaperBrief(
        paper_id=request.paper_id,
        title=request.title,
        domain=_domain(about.get("domain"), text_of(about.get("task"), 200)),
        task=text_of(about.get("task"), 200),
        method=method,
        **notes,
        hyperparameters=chosen or list(settings),
        criteria=numbered,
        dropped_quotations=invented + unknown,
    )


def _picked(raw: Any, offered: Sequence[T]) -> tuple[list[T], int]:
    """The offered parts that an answer names by number, by quotation or by its words; and how many it made up."""
    found: list[T] = []
    invented = 0
    for item in items_of(raw):
        part = _one(item, offered)
        if part is None:
            invented += 1
        elif part not in found:
            found.append(part)
    return found, invented


def _one(item: Any, offered: Sequence[T]) -> T | None:
    about = item if isinstance(item, dict) else {"text": item}
    for name in ("number", "id", "criterion", "text", "name"):
        number = re.fullmatch(r"\W*[CcHhSs]?\s*(\d{1,4})\W*", text_of(about.get(name), 20))
        if number:
            index = int(number[1]) - 1
            return offered[index] if 0 <= index < len(offered) else None
    quotation = next((normalise(text) for name in QUOTED if (text := text_of(about.get(name), 600))), "")
    words = words_of(" ".join(text_of(about.get(name), 600) for name in ("text", "name", "value")))
    for part in offered:
        said = part.text if isinstance(part, Criterion) else f"{part.name} {part.value}"
        if (quotation and quotation == normalise(part.quotation)) or (words and words == words_of(said)):
            return part
    return None


def _domain(raw: Any, task: str) -> Domain:
    for word in re.findall(r"[a-z]+", f"{raw} {task}".lower()):
        for domain in get_args(Domain):
            if word == domain and domain != "other":
                return domain  # type: ignore[no-any-return]
        if word in DOMAINS:
            return DOMAINS[word]
    return "other"
