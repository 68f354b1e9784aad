"""The dataset and the paper that a message names."""

import re

from agents.expert.chat.reading import Reading, either
from tools.datasets import known_datasets

NAMED_BY_THE_SEED = ("imdb", "wikitext2")
"""Datasets that the recommendation knows beside those that `tools.datasets` can read by name."""
DATA = r"npz|npy|csv|tsv|tab|parquet|pq|hea|dat|atr|xlsx?|jsonl?|zip|h5|hdf5|mat|arff|edf|wav"
"""Endings of data; what of it can't be read is refused with a sentence by whoever looks for the file."""
PAPERS = r"pdf|tex|md|markdown|txt|html?"
PATH = re.compile(
    rf"""["'`]([^"'`\0\n]+\.(?:{DATA}))["'`]|(?<![^\s\0"'`(])([^\s\0"'`(]+\.(?:{DATA}))\b""", re.IGNORECASE
)
PAPER = re.compile(
    rf"""["'`]([^"'`\0\n]+\.(?:{PAPERS}))["'`]|(?<![^\s\0"'`(])([^\s\0"'`(]+\.(?:{PAPERS}))(?![\w/])"""
    r"""|\b((?:index|opensearch):[\w./:-]*\w)""",
    re.IGNORECASE,
)
PLACE = r"((?:[.~]{0,2}/)?[\w./~-]*[\w/~-])"
PAPER_FOLDER = re.compile(
    r"(?:paper|latex|tex|article|preprint)(?:'s)?\s+(?:source\s+)?(?:in\s+)?(?:the\s+)?(?:folder|directory|sources?)\s+"
    rf"(?:of\s+|in\s+)?[\"'`]?{PLACE}",
    re.IGNORECASE,
)
FOLDER = re.compile(rf"(?:folder|directory|images in|files in)\s+[\"'`]?{PLACE}", re.IGNORECASE)
BARE_PATH = re.compile(r"(?<![\w.:/])[\"'`]?((?:~|\.{1,2})?/[\w./~-]*\w)[\"'`]?")
SPEAKS_OF_PAPERS = re.compile(r"paper|article|preprint|reproduc|replicat|implement|method", re.IGNORECASE)
"""A text file is data as often as it is a paper."""
ASKS_FOR_PAPER = either(r"\b(?:reproduce|replicate)\b", r"\b(?:this|the|that|my) (?:paper|article|preprint)\b")
MAY_ASK_FOR_PAPER = either(ASKS_FOR_PAPER.pattern, r"\b(?:re-?)?implement\b", r"\ba (?:paper|article)\b")
"""Where nothing else was named."""
NOT_THIS = re.compile(
    r"(?:\bnot|n't|\bno|\bexcept|\binstead\s+of|\brather\s+than|\b(?:any|every)thing\s+but|\bwithout)\s+"
    r"(?:use\s+|on\s+|the\s+|with\s+)*$",
    re.IGNORECASE,
)
YES = either(r"^\W*(?:yes|yep|yeah|sure|ok(?:ay)?|right|correct|exactly|please do|that one)\b")
DID_YOU_MEAN = re.compile(r"(?:[Dd]id you mean|Should I train on) ([^?]+?)\?")


def read_subjects(reading: Reading, asked: str = "") -> dict[str, str]:
    """`dataset` and `paper`, as far as the message names them; `asked` is what the user was asked before it."""
    found = {name: value for name, read in (("paper", _paper), ("dataset", _dataset)) if (value := read(reading))}
    meant = DID_YOU_MEAN.search(asked)
    if meant and not found and " or " not in meant[1] and "," not in meant[1] and reading.take(YES):
        name = "paper" if PAPER.search(meant[1]) else "dataset"
        return {name: meant[1].strip("\"'` ")}
    return found


def _paper(reading: Reading) -> str | None:
    """The path of a paper, its id in an index, or a folder that is said to be LaTeX."""
    for found in PAPER.finditer(reading.rest):
        name = found[1] or found[3] or found[2].strip("\"'`,;()")
        if not name.lower().endswith(".txt") or SPEAKS_OF_PAPERS.search(reading.text):
            reading.mark(found)
            return name
    folder = reading.take(PAPER_FOLDER)
    return folder[1] if folder else None


def _dataset(reading: Reading) -> str | None:
    """A path if one is written, else the first known name, else a folder; a second name is left as not understood."""
    if path := reading.take(PATH):
        return path[1] or path[2].strip("\"'`,;()")
    chosen = ""
    for match in re.finditer(_names(), reading.rest, re.IGNORECASE):
        refused = NOT_THIS.search(reading.rest[: match.start()])
        if refused or not chosen:
            reading.mark(match)
        if not refused and not chosen:
            chosen = re.sub(r"[\s_-]+", "_", match[0]).lower()
    if chosen:
        return next(name for name in known_names() if name.replace("_", "") == chosen.replace("_", ""))
    folder = reading.take(FOLDER) or reading.take(BARE_PATH)
    return folder[1] if folder else None


def known_names() -> list[str]:
    """What a message may call a dataset, longest first."""
    return sorted({*(dataset.name for dataset in known_datasets()), *NAMED_BY_THE_SEED}, key=len, reverse=True)


def _names() -> str:
    """A pattern of any of them, spelled with spaces, dashes or nothing between its words."""
    spelled = "|".join(re.escape(name).replace("_", r"[\s_-]*") for name in known_names())
    return rf"(?<![\w/.:])(?:{spelled})(?![\w:])"
