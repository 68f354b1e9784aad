"""Which available dataset suits a paper, reasoned by rule from its domain, its task and its own data."""

import re
from collections import defaultdict
from collections.abc import Callable

from agents.contracts import DatasetRequest
from agents.expert.identity import GENERATED_BY
from tools.recommend.catalogue import by_name
from tools.recommend.names import find_names
from tools.recommend.recommendation import DatasetAdvice, RankedDataset

ASKED_FOR = 3.0
"""The user's goal names the dataset."""
OWN_DATA = 2.0
"""The paper evaluates on this very dataset."""
NEAR = 1.0
"""What the paper's datasets have in common with it, times its nearness."""
TASK, TOLD, DOMAIN = 0.8, 0.3, 0.4
"""A task in the title or the goal, one that the method's opening speaks of, and the domain."""
OPENING = 600
MOST_ADVISED = 4

TASKS: tuple[tuple[str, str, dict[str, float]], ...] = (
    ("handwriting or small grey images", r"handwrit|digits?\b|gr[ae]y-?scale|character recognition",
     {"mnist": 1.0, "fashion_mnist": 0.7}),
    ("images of many classes", r"image(?:net)?[- ](?:classification|recognition)|fine-grained|image model",
     {"cifar100": 0.9, "cifar10": 0.9, "fashion_mnist": 0.3}),
    ("detection or segmentation, whose backbone is a classifier of images", r"detection|segmentation|image generation",
     {"cifar10": 0.7, "cifar100": 0.6}),
    ("predicting running text", r"language model|translation|perplexity|generation|transduction|autoregress"
                                r"|summari[sz]",
     {"wikitext2": 1.0, "imdb": 0.3}),
    ("classifying texts", r"sentiment|review|text classification|topic|document|sentence|question|entailment"
                          r"|understanding",
     {"imdb": 1.0, "wikitext2": 0.2}),
    ("signals in time", r"time[- ]series|signal|ecg|eeg|sensor|speech|audio|keyword|forecast",
     {"synthetic:sequence": 1.0}),
    ("solving equations: a number is learnt from coordinates", r"differential|pde|ode\b|physics|operator learning",
     {"synthetic:regression": 1.0}),
    ("predicting a number from a table", r"regression|price|tabular regression", {"synthetic:regression": 1.0}),
    ("classifying rows of a table", r"tabular|click|fraud|recommend", {"synthetic:tabular": 1.0}),
)  # fmt: skip
DOMAINS: dict[str, dict[str, float]] = {
    "vision": {"cifar10": 1.0, "cifar100": 0.9, "fashion_mnist": 0.6, "mnist": 0.4, "synthetic:image": 0.1},
    "text": {"imdb": 1.0, "wikitext2": 0.9, "synthetic:tokens": 0.1},
    "sequence": {"synthetic:sequence": 1.0},
    "tabular": {"synthetic:tabular": 1.0},
    "physics": {"synthetic:regression": 1.0},
    "other": {"cifar10": 0.5, "imdb": 0.4, "fashion_mnist": 0.3, "mnist": 0.3, "synthetic:tabular": 0.1},
}


def advise(request: DatasetRequest) -> DatasetAdvice:
    """The best few datasets of `request.available`, with reasons; `synthetic` admits its kinds."""
    points: dict[str, float] = defaultdict(float)
    reasons: dict[str, list[str]] = defaultdict(list)

    def speak_for(name: str, value: float, reason: str) -> None:
        if value > 0 and (
            name in request.available or (name.startswith("synthetic") and "synthetic" in request.available)
        ):
            points[name] += value
            reasons[name].append(reason)

    for found in find_names(request.goal):
        speak_for(found.dataset, ASKED_FOR, "the goal names it")
    _from_data(request, speak_for)
    brief = request.brief
    subject = f"{brief.task}; {brief.title}; {request.goal}"
    for task, words, fits in TASKS:
        worth = TASK if re.search(rf"\b(?:{words})", subject, re.IGNORECASE) else 0.0
        worth = worth or (TOLD if re.search(rf"\b(?:{words})", brief.method[:OPENING], re.IGNORECASE) else 0.0)
        for name, value in fits.items():
            speak_for(name, worth * value, f"it fits the task: {task}")
    if brief.domain != "other" or not points:
        about = "any kind of data would do" if brief.domain == "other" else f"the paper is about {brief.domain} data"
        for name, value in DOMAINS[brief.domain].items():
            speak_for(name, DOMAIN * value, about)
    ranked = sorted(points, key=lambda name: (-points[name], name))[:MOST_ADVISED]
    ranking = [RankedDataset(name=name, score=round(points[name], 3), reasons=reasons[name][:3]) for name in ranked]
    return DatasetAdvice(ranking=ranking, source=GENERATED_BY)


def _from_data(request: DatasetRequest, speak_for: Callable[[str, float, str], None]) -> None:
    """What the paper's own datasets speak for, by their share of what it mentions."""
    shares = {one.name: one.weight for one in request.mentions if one.weight > 0}
    if not shares:
        shares = {
            name: 1.0 for name in request.brief.datasets for name in {f.dataset for f in find_names(name)} or {name}
        }
    total, known = sum(shares.values()), by_name()
    for name, weight in shares.items():
        speak_for(name, OWN_DATA * weight / max(shares.values()), "the paper evaluates on it")
        dataset = known.get(name)
        for stand_in, nearness in (dataset.stand_ins if dataset else {}).items():
            speak_for(stand_in, NEAR * nearness * weight / total, f"it stands in for {name}")
