"""What a paper is about: its domain and its task, from words and from the datasets it names."""

import re
from collections import Counter

from tools.papers.brief import Domain
from tools.recommend.catalogue import by_name

WORDS: dict[Domain, str] = {
    "vision": r"\bimages?\b|\bvision\b|\bpixels?\b|\bvisual\b|object detection|segmentation|\bvideos?\b|\bImageNet\b",
    "text": r"\blanguage\b|\btranslation\b|\bsentences?\b|\bwords?\b|\btext(?:s|ual)?\b|\bNLP\b|\bcorpus\b"
    r"|\btokens?\b|\bdocuments?\b",
    "sequence": r"\btime[\s-]series\b|\bsignals?\b|\bECGs?\b|\belectrocardiogra\w+"
    r"|\bEEG\b|\bsensors?\b|\bspeech\b|\baudio\b|\bforecast\w*"
    r"|\bUCR\b",
    "tabular": r"\btabular\b|\btables? data\b|\bstructured data\b|\btable of\b|\bregression (?:network|model|task)"
    r"|\bgradient boosting\b|\bcategorical features?\b"
    r"|\bXGBoost\b",
    "physics": r"\bPDEs?\b|\bODEs?\b|partial differential|physics-informed|\bPINNs?\b|\bNavier"
    r"|\bboundary conditions?\b|\bFourier neural operator",
}
TASKS: tuple[tuple[str, Domain, str], ...] = (
    ("solving differential equations", "physics", r"physics-informed|\bPINNs?\b|\bsolv\w+ (?:partial )?differential"
                                                  r"|\bPDEs?\b"),
    ("machine translation", "text", r"machine translation|\bWMT\b|English-to-\w+"),
    ("document representation", "text", r"document(?:-level)? (?:representations?|embeddings?)|paper embeddings?"),
    ("language modelling", "text", r"language model(?:l?ing|s)\b|perplexity|next[\s-]token"),
    ("text classification", "text", r"(?:text|document|sentiment|topic|sentence) (?:classification|analysis)"),
    ("question answering", "text", r"question answering|reading comprehension"),
    ("masked image modelling", "vision", r"masked image model\w*"),
    ("image classification", "vision", r"image (?:classification|recognition)|\bImageNet\b|\bCIFAR\b|\bMNIST\b"),
    ("object detection", "vision", r"object detect\w+"),
    ("semantic segmentation", "vision", r"semantic segmentation"),
    ("image generation", "vision", r"image (?:generation|synthesis)|generative adversarial"),
    ("time series classification", "sequence", r"time[\s-]series classification|\bTSC\b"),
    ("time series forecasting", "sequence", r"forecast\w*"),
    ("speech recognition", "sequence", r"speech recognition|keyword spotting"),
    ("tabular classification", "tabular", r"tabular (?:data|classification|learning)"),
    ("regression", "tabular", r"tabular regression|regression (?:task|problem)s?"),
    ("optimisation", "other", r"\b\d+-bit optimi[sz]ers?|\bstateful optimi[sz]ers?|optimi[sz]er states?"),
    ("graph learning", "other", r"graph neural|node classification|\bGNNs?\b"),
    ("reinforcement learning", "other", r"reinforcement learning|\bpolicy gradient"),
)  # fmt: skip
TITLE_WEIGHT, ABSTRACT_WEIGHT = 6, 3
DATASET_WEIGHT = 4
SUBJECT = 2
"""Times that an abstract speaks of a task of no domain, where there is no title, for it to be the subject."""
OVERWHELMING = 1.3
"""A domain must have this many times the points of the next, else a task of no domain in the title decides."""


def detect(title: str, abstract: str, body: str, datasets: list[str]) -> tuple[Domain, str]:
    """(domain, task) of a paper; ("other", "") when nothing speaks for any."""
    texts = ((title, TITLE_WEIGHT), (abstract, ABSTRACT_WEIGHT), (body, 1))
    points: Counter[Domain] = Counter()
    for domain, words in WORDS.items():
        points[domain] = sum(weight * min(8, _count(words, text)) for text, weight in texts)
    known = by_name()
    for name in dict.fromkeys(datasets):
        if name in known:
            points[known[name].domain] += DATASET_WEIGHT
    tasks = {task: sum(weight * min(6, _count(words, text)) for text, weight in texts) for task, _, words in TASKS}
    domain = max(points, key=lambda one: points[one]) if points.total() else "other"
    titled = [(task, of) for task, of, words in TASKS if _count(words, title)]
    if not title:
        titled = [(task, of) for task, of, words in TASKS if of == "other" and _count(words, abstract) >= SUBJECT]
    if titled and titled[0][1] == "other":
        return "other", titled[0][0]
    within = [task for task, of, _ in TASKS if of == domain and tasks[task]]
    return domain, titled[0][0] if titled and titled[0][1] == domain else max(
        within, key=lambda one: tasks[one], default=""
    )


def _count(words: str, text: str) -> int:
    return len(re.findall(words, text, re.IGNORECASE))
