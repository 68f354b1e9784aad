"""The expert as intake: a small grammar of requests, and one question where it can't tell."""

import re
from typing import Any

from pydantic import ValidationError

from agents.contracts import IntakeAnswer, IntakeRequest
from runtime.task import Task
from tools.datasets import known_datasets

NAMED_BY_THE_SEED = ("imdb", "wikitext2")
"""Datasets that the recommendation knows beside those that `tools.datasets` can read by name."""
PATH = re.compile(
    r"""["'`]([^"'`]+\.(?:npz|csv|tsv|parquet|hea|dat))["'`]|(\S+\.(?:npz|csv|tsv|parquet|hea|dat))\b""", re.IGNORECASE
)
PAPER = re.compile(
    r"""["'`]([^"'`]+\.(?:pdf|tex|md|markdown|txt|html?))["'`]|(\S+\.(?:pdf|tex|md|markdown|txt|html?))(?![\w/])"""
    r"""|\b((?:index|opensearch):[\w./:-]*\w)""",
    re.IGNORECASE,
)
PAPER_FOLDER = re.compile(
    r"(?:paper|latex|tex|article|preprint)(?:'s)?\s+(?:source\s+)?(?:in\s+)?(?:the\s+)?(?:folder|directory|sources?)\s+"
    r"(?:of\s+|in\s+)?[\"'`]?((?:[.~]{0,2}/)?[\w./~-]+)",
    re.IGNORECASE,
)
SPEAKS_OF_PAPERS = re.compile(r"paper|article|preprint|reproduc|replicat|implement|method", re.IGNORECASE)
"""A text file is data as often as it is a paper."""
ASKS_FOR_PAPER = re.compile(
    r"\b(?:reproduce|replicate|re-?implement|implement)\b|\b(?:this|the|a) (?:paper|article)\b", re.I
)
FOLDER = re.compile(r"(?:folder|directory|images in|files in)\s+[\"'`]?((?:[.~]{0,2}/)?[\w./~-]+)", re.IGNORECASE)
NUMBER = r"(\d+(?:\.\d+)?)"
COLUMN = re.compile(
    r"(?:target|label)[ -]column\s*(?:is|=|:)?\s*[\"'`]?([\w.-]+)"
    r"|\bpredict(?:ing|s)?\s+(?:the\s+)?(?:column\s+)?[\"'`]?([\w-]+)",
    re.IGNORECASE,
)
DEVICE = re.compile(
    r"\b(?:on|for|target(?:ing)?|device)\s*[=:]?\s+(?:the\s+)?(xla|cpu|cuda|gpu|tpu|neuron|trainium)\b", re.IGNORECASE
)
FIELDS: tuple[tuple[str, re.Pattern[str]], ...] = (
    ("size_limit_kb", re.compile(NUMBER + r"\s*(?:kb|kib|kilobytes?)\b", re.IGNORECASE)),
    ("trials", re.compile(r"(\d+)\s+(?:tuning\s+)?trials?\b|\btrials?\s*[=:]?\s*(\d+)", re.IGNORECASE)),
    ("max_minutes", re.compile(NUMBER + r"\s*(?:min|mins|minutes?)\b", re.IGNORECASE)),
    ("max_usd", re.compile(r"\$\s*" + NUMBER + r"|" + NUMBER + r"\s*(?:usd|dollars?)\b", re.IGNORECASE)),
    ("max_rows", re.compile(r"(\d[\d,]*)\s+(?:rows?|samples?|images?)\b", re.IGNORECASE)),
    ("seed", re.compile(r"\bseed\s*[=:]?\s*(\d+)", re.IGNORECASE)),
    ("target_column", COLUMN),
    ("target", DEVICE),
)
TARGETS = {"gpu": "cuda", "tpu": "xla", "trainium": "xla"}
MEGABYTES = re.compile(NUMBER + r"\s*(?:mb|megabytes?)\b", re.IGNORECASE)
NO_TUNING = re.compile(r"\b(?:no|without)\s+(?:any\s+)?(?:tuning|trials)\b", re.IGNORECASE)
NOT_COLUMNS = ("the", "a", "an", "from", "with", "which", "whether", "what", "in", "on", "for", "using", "it")
PAPER_QUESTION = (
    "Which paper? Give the path of a PDF, LaTeX, Markdown, text or HTML file or of a LaTeX folder, or index:ID of a "
    "paper that was added with `arxla papers add`."
)
QUESTION = (
    "Which dataset? Name a bundled one (digits, wine, breast_cancer, diabetes, synthetic, …) or give the path of an "
    "NPZ, CSV or Parquet file or of a folder."
)


class ExpertIntake:
    """Reads a request by patterns. It understands no more than the paper, the dataset and the options of a Task."""

    def understand(self, request: IntakeRequest) -> IntakeAnswer:
        """A Task from all that the user said, later words winning; or the one question that is open."""
        said = [text for role, text in request.messages if role in ("user", "human")]
        fields: dict[str, Any] = {}
        for text in said:
            fields |= _read(text)
        if "dataset" not in fields and "paper" not in fields:
            return IntakeAnswer(question=PAPER_QUESTION if ASKS_FOR_PAPER.search(" ".join(said)) else QUESTION)
        fields["goal"] = _goal(said)
        try:
            return IntakeAnswer(task=Task.model_validate(fields))
        except ValidationError as fault:
            first = fault.errors()[0]
            return IntakeAnswer(question=f"What should {first['loc'][0]} be? {first['msg']}.")


def _read(text: str) -> dict[str, Any]:
    """The fields that one message names."""
    fields: dict[str, Any] = {}
    rest = text
    for name, read in (("paper", _paper), ("dataset", _dataset)):
        if (value := read(rest)) is not None:
            fields[name] = value
            rest = rest.replace(value, " ")
    for name, pattern in FIELDS:
        found = pattern.search(rest)
        value = next((group for group in found.groups() if group), None) if found else None
        if value is None or (name == "target_column" and value.lower() in NOT_COLUMNS):
            continue
        fields[name] = TARGETS.get(value.lower(), value.lower()) if name == "target" else value.replace(",", "")
    if (large := MEGABYTES.search(rest)) and "size_limit_kb" not in fields:
        fields["size_limit_kb"] = float(large[1]) * 1024
    if NO_TUNING.search(rest):
        fields["trials"] = 0
    return fields


def _paper(text: str) -> str | None:
    """The path of a paper, its id in an index, or a folder that is said to be LaTeX."""
    for found in PAPER.finditer(text):
        name = found[1] or found[3] or found[2].strip("\"'`,;()")
        if not name.lower().endswith(".txt") or SPEAKS_OF_PAPERS.search(text):
            return name
    folder = PAPER_FOLDER.search(text)
    return folder[1].rstrip(".,;") if folder else None


def _dataset(text: str) -> str | None:
    """A path if one is written, else a bundled name, longest first."""
    path = PATH.search(text)
    if path:
        return path[1] or path[2].strip("\"'`,;()")
    names = [dataset.name for dataset in known_datasets()]
    for name in sorted({*names, *NAMED_BY_THE_SEED}, key=len, reverse=True):
        spelled = re.escape(name).replace("_", r"[\s_-]*")
        if re.search(rf"(?<![\w]){spelled}(?![\w])", text, re.IGNORECASE):
            return name
    folder = FOLDER.search(text)
    return folder[1] if folder else None


def _goal(said: list[str]) -> str:
    return " ".join(" ".join(said).split())[:500]
