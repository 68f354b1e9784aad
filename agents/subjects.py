"""Which kind of data a research request is about: from the profile, else from its words, else from the brief."""

import re

from agents.contracts import ResearchRequest
from runtime.data_profile import DataProfile
from tools.papers.brief import Domain

OF_DOMAIN: dict[Domain, str] = {
    "vision": "image",
    "text": "text",
    "sequence": "sequence",
    "tabular": "table",
    "physics": "physics",
}
SIGNS = {
    "language": r"language.model\w*|next.(?:word|token)|perplexity|wikitext\w*|causal transformer|text generation",
    "text": r"text|nlp|sentiment|sentences?|documents?|imdb|spam|(?:movie|product) reviews?|topics?|tokeni\w+",
    "image": r"images?|vision|visual|pixels?|photos?|pictures?|cifar\S*|\w*mnist|imagenet|handwrit\w+|digits",
    "sequence": r"time.series|ecgs?|eegs?|signals?|sensors?|wave(?:form)?s?|audio|speech|accelerometer|forecast\w*|"
    r"heart ?beats?|arrhythmias?|sequences?|ecg5000|ucr",
    "table": r"tabular|tables?|csv|columns?|spreadsheet|credit|churn|customers?|regression on|iris|wine",
    "physics": r"physics\S*|pdes?|differential equations?|pinns?|navier.stokes|burgers|schr(?:ö|o)dinger|fluid",
}
PATTERNS = {kind: re.compile(rf"\b(?:{signs})\b", re.IGNORECASE) for kind, signs in SIGNS.items()}
TASKS = {
    "table": "tabular",
    "sequence": "time series",
    "image": "image",
    "text": "text",
    "language": "language modelling",
    "physics": "physics-informed neural network",
}
"""How the literature calls work on a kind of data."""


def subject_of(request: ResearchRequest) -> str:
    """table, sequence, image, text, language or physics; empty when nothing tells."""
    if request.profile is not None:
        return _of_profile(request.profile)
    said = kind_in_words(f"{request.question} {request.dataset_name} {request.goal}")
    if said or request.brief is None:
        return said
    said = kind_in_words(f"{request.brief.title} {request.brief.task}")
    return said if said in ("language", "physics") else OF_DOMAIN.get(request.brief.domain, said)


def kind_in_words(text: str) -> str:
    """The kind of data whose words stand most often in a text; empty when none does."""
    counts = {kind: len(pattern.findall(text)) for kind, pattern in PATTERNS.items()}
    best = max(counts, key=lambda kind: counts[kind])
    return best if counts[best] else ""


def describe(request: ResearchRequest, kind: str) -> str:
    """E.g. "sequence classification with 5000 samples of shape (1, 140) in 5 classes"."""
    profile = request.profile
    if profile is None:
        return "language modelling" if kind == "language" else f"{kind or 'unspecified'} data"
    classes = f" in {profile.num_classes} classes" if profile.task_type == "classification" else ""
    task = "modelling" if profile.task_type == "language_modeling" else profile.task_type
    return f"{kind} {task} with {profile.sample_count} samples of shape {profile.input_shape}{classes}"


def _of_profile(profile: DataProfile) -> str:
    if profile.task_type == "language_modeling":
        return "language"
    if profile.is_text:
        return "text"
    if profile.is_image:
        return "image"
    return "sequence" if profile.is_sequence else "table"
