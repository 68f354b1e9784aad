"""The searches that every review begins with, made by rule from its request."""

import re
from pathlib import PurePath

from agents.contracts import ResearchRequest
from agents.subjects import TASKS, subject_of
from tools.search.fields import keywords

MOST_QUERIES = 4
MOST_WORDS = 9
NAMES_NOTHING = frozenset({"data", "dataset", "file", "train", "numpy array", "x", "array"})


def first_queries(request: ResearchRequest) -> list[str]:
    """At most four queries, the most telling first: the question, the paper, the dataset by its name, the goal."""
    kind = subject_of(request)
    task = _task(request, kind)
    brief, name = request.brief, dataset_words(request)
    wanted = [
        request.question,
        brief.title if brief else "",
        f"{name} {task}" if name else "",
        f"{brief.task or task} {brief.method[:200]}" if brief else "",
        f"{request.goal} {task}" if request.goal else "",
        f"{task} small efficient neural network" if request.profile or kind else "",
    ]
    queries = {" ".join(words).casefold(): " ".join(words) for text in wanted if (words := keywords(text, MOST_WORDS))}
    return list(queries.values())[:MOST_QUERIES]


def dataset_words(request: ResearchRequest) -> str:
    """What the data is called, as a query can use it: `/data/ecg_5000.npz` becomes "ecg 5000"; "" for no name."""
    given = request.dataset_name or (request.profile.dataset_name if request.profile else "")
    name = " ".join(re.findall(r"[A-Za-z0-9]+", PurePath(given).stem.replace("_", " ")))
    return "" if name.casefold() in NAMES_NOTHING else name


def _task(request: ResearchRequest, kind: str) -> str:
    words = TASKS.get(kind, "")
    profile = request.profile
    if profile is None or kind in ("language", "physics"):
        return words
    return f"{words} {profile.task_type.replace('_', ' ')}"
