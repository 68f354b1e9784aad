"""From a model's answer about a part of a paper to a typed summary whose quotations were looked up in that part."""

import math
import re
from typing import Any

from agents.salvage import read_fields
from runtime.models.calls import Unreadable
from tools.papers.brief import ArchitectureRow, ChunkSummary, Criterion, CriterionKind, Hyperparameter
from tools.papers.quotations import Passage

MOST_ITEMS = 30
LONGEST_TEXT = 4_000
LONGEST_ITEM = 600
SHORTEST_SUMMARY = 15
"""Characters; less says nothing."""
KEYS = ("summary", "criteria", "hyperparameters", "algorithm", "method")
FIELDS = (
    "summary", "method", "equations", "algorithm", "architecture", "hyperparameters", "datasets", "training_recipe",
    "evaluation", "criteria",
)  # fmt: skip
KINDS: dict[str, CriterionKind] = {
    "architecture": "architecture", "model": "architecture", "layer": "architecture",
    "training": "training", "optimization": "training", "optimisation": "training", "hyperparameter": "training",
    "loss": "loss", "objective": "loss",
    "data": "data", "dataset": "data", "preprocessing": "data",
    "evaluation": "evaluation", "metric": "evaluation", "metrics": "evaluation",
}  # fmt: skip
NO_METHOD = re.compile(
    r"\b(?:ignore|disregard|forget)\b.{0,40}\b(?:above|previous|prior|earlier|instructions?|rules)\b"
    r"|os\.system|subprocess|__import__|\b(?:eval|exec)\(|rm -rf|\b(?:api[_ ]?key|password)\b",
    re.IGNORECASE | re.DOTALL,
)
"""What a text says to its reader, or asks of a machine; no method of a paper needs it."""
ECHOES = (
    "optimizer, schedule, loss, augmentation, epochs",
    "metrics and results",
    "metrics and main results",
    "sizes, activation, normalisation, how it connects",
    "name of a layer or block",
    "one step each, in order",
    "each dataset that is trained or tested on",
    "what code must do to count as this method",
)
"""Words of the prompts' own examples, which small models repeat instead of an answer."""
QUOTED = ("quotation", "quote", "source", "evidence")
WORDY = re.compile(r"[^\W_]")


def read_summary(answer: str, text: str, author: str) -> ChunkSummary:
    """Read what a chunk reader noted of `text`; statements whose quotation does not stand there are left out, counted.

    Raises `Unreadable` with the reason.
    """
    about = read_fields(answer, KEYS, FIELDS)
    passage = Passage(text)
    hyperparameters, unfounded = _hyperparameters(about.get("hyperparameters"), passage)
    criteria, invented = _criteria(about.get("criteria"), passage)
    notes = notes_of(about)
    if len(notes["summary"]) < SHORTEST_SUMMARY:
        told = "; ".join([*notes["algorithm"], *(criterion.text for criterion in criteria)])[:LONGEST_TEXT]
        if not (told or hyperparameters):
            raise Unreadable("give a `summary` of 3 to 8 sentences about what the part says.")
        notes["summary"] = told or "This part gives hyperparameters."
    found = {"hyperparameters": hyperparameters, "criteria": criteria, "dropped_quotations": unfounded + invented}
    return ChunkSummary(chunk=0, **notes, **found, generated_by=author)


def read_merge(answer: str, first: ChunkSummary, author: str) -> ChunkSummary:
    """Read one summary made of several, the `first` of which says where it stands; what was quoted is not in it."""
    notes = notes_of(read_fields(answer, KEYS, FIELDS))
    if len(notes["summary"]) < SHORTEST_SUMMARY:
        raise Unreadable("give a `summary` of the notes in up to 12 sentences.")
    return ChunkSummary(chunk=first.chunk, section=first.section, **notes, generated_by=author)


def notes_of(about: dict[str, Any]) -> dict[str, Any]:
    """What a summary says in its own words."""
    return {
        "summary": text_of(about.get("summary") or about.get("method"), LONGEST_TEXT),
        "equations": texts_of(about.get("equations")),
        "algorithm": texts_of(about.get("algorithm")),
        "architecture": rows_of(about.get("architecture")),
        "datasets": texts_of(about.get("datasets")),
        "training_recipe": text_of(about.get("training_recipe"), LONGEST_TEXT),
        "evaluation": text_of(about.get("evaluation"), LONGEST_TEXT),
    }


def _hyperparameters(raw: Any, passage: Passage) -> tuple[list[Hyperparameter], int]:
    """The settings that stand in the text; a list of objects, or one object from name to value."""
    items = [{"name": name, "value": value} for name, value in raw.items()] if _is_table(raw) else items_of(raw)
    found, dropped = [], 0
    for item in items:
        if isinstance(item, str) and re.search(r"\w\s*[=:]\s*\S", item):
            name, value = re.split(r"\s*[=:]\s*", item, maxsplit=1)
            item = {"name": name, "value": value}
        if not isinstance(item, dict):
            continue
        given = item.get("value")
        nested = given if isinstance(given, dict) else item
        name, value = text_of(item.get("name"), 80), text_of(nested.get("value"), 200)
        if not name or not WORDY.search(value):
            continue
        quotation = _quotation(nested) or _quotation(item)
        stands = quotation if passage.holds(quotation) else passage.sentence_with(name, value)
        if stands:
            found.append(Hyperparameter(name=name, value=value, quotation=stands))
        else:
            dropped += 1
    return found, dropped


def _is_table(raw: Any) -> bool:
    return isinstance(raw, dict) and not {"name", "value"} <= raw.keys()


def _criteria(raw: Any, passage: Passage) -> tuple[list[Criterion], int]:
    found, dropped = [], 0
    for item in items_of(raw):
        about = item if isinstance(item, dict) else {"text": item}
        text = text_of(about.get("text") or about.get("criterion") or about.get("description"), LONGEST_ITEM)
        quotation = _quotation(about)
        if not WORDY.search(text):
            continue
        if not passage.holds(quotation) or NO_METHOD.search(f"{text} {quotation}"):
            dropped += 1
            continue
        found.append(Criterion(text=text, kind=kind_of(about.get("kind")), quotation=quotation))
    return found, dropped


def _quotation(item: dict[str, Any]) -> str:
    return next((text for name in QUOTED if (text := text_of(item.get(name), LONGEST_ITEM))), "")


def kind_of(raw: Any) -> CriterionKind:
    """The kind of a criterion, by its first known word."""
    words = re.findall(r"[a-z]+", str(raw).lower())
    return next((KINDS[word] for word in words if word in KINDS), "other")


def rows_of(raw: Any) -> list[ArchitectureRow]:
    """An architecture table from a list of objects or texts, or from one object."""
    items = [{"component": name, "details": text} for name, text in raw.items()] if _is_list(raw) else items_of(raw)
    rows = []
    for item in items:
        if isinstance(item, dict):
            texts = [text_of(value, LONGEST_ITEM) for value in item.values()]
            name = text_of(item.get("component") or item.get("name") or item.get("layer"), 120) or (texts or [""])[0]
            details = text_of(item.get("details"), LONGEST_ITEM) or "; ".join(text for text in texts if text != name)
        else:
            name, _, details = text_of(item, LONGEST_ITEM).partition(":")
        if WORDY.search(name):
            rows.append(ArchitectureRow(component=name[:120].strip(), details=details.strip()))
    return rows


def _is_list(raw: Any) -> bool:
    return isinstance(raw, dict) and not {"component", "name", "layer", "details"} & raw.keys()


def items_of(raw: Any) -> list[Any]:
    """A list of at most `MOST_ITEMS`; one thing is a list of one, nothing an empty one."""
    if isinstance(raw, list | tuple):
        return list(raw[:MOST_ITEMS])
    return [] if raw is None or raw == "" else [raw]


def texts_of(raw: Any) -> list[str]:
    """The texts of a list that say something, each once."""
    found = (text_of(item, LONGEST_ITEM) for item in items_of(raw))
    return list(dict.fromkeys(text for text in found if WORDY.search(text)))


def text_of(raw: Any, limit: int) -> str:
    """A text of at most `limit` characters from whatever a model wrote for one."""
    if isinstance(raw, list | tuple):
        raw = " ".join(part for item in raw[:MOST_ITEMS] if (part := text_of(item, limit)))
    if isinstance(raw, dict):
        raw = ": ".join(part for value in list(raw.values())[:MOST_ITEMS] if (part := text_of(value, limit)))
    if isinstance(raw, bool) or not isinstance(raw, str | int | float):
        return ""
    if isinstance(raw, float) and not math.isfinite(raw):
        return ""
    text = str(raw)[: 4 * limit].encode("utf-8", "replace").decode().replace("\x00", "").strip()[:limit]
    return "" if text in ECHOES else text
