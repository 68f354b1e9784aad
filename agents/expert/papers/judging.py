"""Whether a program meets a paper's criteria, as far as rules can tell."""

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Literal

from agents.expert.papers.code_features import find_features
from agents.expert.papers.code_values import find_places, find_values, key_of
from agents.expert.papers.features import Feature, features_in, strip_features
from agents.expert.papers.hyperparameters import Reading, find_readings
from agents.expert.papers.notation import ANY_NUMBER, numbers, plain, without_citations
from agents.expert.papers.passages import Passage
from agents.expert.repairs.source import Source
from runtime.search_space import SearchSpace
from tools.papers.brief import NOT_RECOGNISED, Criterion, CriterionVerdict

IMPLIED: dict[str, tuple[str, ...]] = {
    "multi-head attention": ("attention", "self-attention"),
    "self-attention": ("attention",),
    "scaled dot product": ("attention",),
    "1-D convolution": ("convolution",),
    "depthwise convolution": ("convolution",),
    "sinusoidal positions": ("positional encoding", "embedding"),
    "learned positions": ("positional encoding", "embedding"),
    "positional encoding": ("embedding",),
    "tied embeddings": ("embedding", "softmax"),
    "cosine schedule": ("learning rate",),
    "inverse square root schedule": ("learning rate",),
    "warm-up": ("learning rate",),
    "linear decay": ("learning rate",),
    "feed-forward network": ("multilayer perceptron",),
}
"""A feature that is named along with a more particular one asks for nothing of its own."""
EVERYWHERE_BY_SETTING = {"lr": "learning rate", "batch_size": "batch size", "epochs": "epochs"}
EVERYWHERE = frozenset(EVERYWHERE_BY_SETTING.values())
"""Every program has them, so that only their values tell anything."""
PLAIN_WORDS = frozenset({
    "also", "apply", "applied", "applies", "around", "base", "before", "both", "during", "each", "employ", "employed",
    "following", "from", "have", "initial", "layer", "layers", "model", "models", "network", "networks", "number",
    "output", "outputs", "parameter", "parameters", "rate", "same", "sets", "size", "sub-layer", "sub-layers", "their",
    "them", "these", "this", "train", "trained", "training", "used", "uses", "using", "value", "values", "which",
    "with", "work", "into", "between", "after",
})  # fmt: skip
"""They say how a criterion is put, not what it asks."""
MOST_LEFT = 3
"""Words that rules do not know and that still leave a criterion met as a whole."""
MOST_LINES = 6
TOLERANCE = 1e-6


@dataclass
class Evidence:
    """What one program holds."""

    features: dict[str, list[int]]
    values: dict[str, list[float]]
    places: dict[str, list[int]]
    """Where each hyperparameter is read or set."""

    @classmethod
    def of(cls, code: str, space: SearchSpace) -> "Evidence":
        source = Source.read(code)
        return cls(find_features(source), find_values(source, space), find_places(source))


@dataclass
class Findings:
    """What rules recognise in one criterion, and what of it a program holds."""

    readings: list[Reading]
    features: list[str] = field(default_factory=list)
    """Those that the program has."""
    lines: list[int] = field(default_factory=list)
    """Where it has them and the values."""
    found: list[str] = field(default_factory=list)
    missing: list[str] = field(default_factory=list)


def judge(criteria: Sequence[Criterion], evidence: Evidence) -> list[CriterionVerdict]:
    """One verdict for each criterion, in order.

    met: all that rules recognise in it is in the program, with its values, and little is left that they don't know.
    partly: some of it is, or more is left. not: none of it is; or, with the note NOT_RECOGNISED, rules know none of it.
    """
    return [_judge(one, evidence) for one in criteria]


def compare(criterion: Criterion, evidence: Evidence) -> Findings:
    """Hold one criterion against a program: the features that it names, and the values that it gives."""
    text = plain(without_citations(criterion.text))
    readings = [one for one in find_readings([Passage(text, "sentence", "method", 0)]) if numbers(one.value)]
    findings = Findings(readings)
    for feature in wanted(text):
        if feature.name in EVERYWHERE:
            continue
        has = feature.name in evidence.features
        (findings.found if has else findings.missing).append(feature.name)
        if has:
            findings.features.append(feature.name)
            findings.lines += evidence.features[feature.name]
    for reading in readings:
        _compare_value(reading, evidence, findings)
    return findings


def _judge(criterion: Criterion, evidence: Evidence) -> CriterionVerdict:
    findings = compare(criterion, evidence)
    if not findings.found and not findings.missing:
        return CriterionVerdict(id=criterion.id, verdict="not", note=NOT_RECOGNISED)
    if not findings.found:
        return CriterionVerdict(id=criterion.id, verdict="not", note=f"not in the code: {', '.join(findings.missing)}")
    if not findings.lines:
        note = f"only a default that the code never reads: {', '.join(findings.found)}"
        return CriterionVerdict(id=criterion.id, verdict="not", note=note)
    left = _left(plain(without_citations(criterion.text)), findings.readings)
    complete = not findings.missing and len(left) <= MOST_LEFT
    notes = [f"in the code: {', '.join(findings.found)}"]
    if findings.missing:
        notes.append(f"not in it: {', '.join(findings.missing)}")
    if len(left) > MOST_LEFT:
        notes.append("the rest was not judged by rule")
    lines = sorted(set(findings.lines))[:MOST_LINES]
    verdict: Literal["met", "partly"] = "met" if complete else "partly"
    return CriterionVerdict(id=criterion.id, verdict=verdict, lines=lines, note="; ".join(notes))


def wanted(text: str) -> list[Feature]:
    """The features that a text asks for, less those that a more particular one implies."""
    named = [feature for feature, _ in features_in(text)]
    implied = {name for feature in named for name in IMPLIED.get(feature.name, ())}
    return [feature for feature in named if feature.name not in implied]


def _compare_value(reading: Reading, evidence: Evidence, findings: Findings) -> None:
    """Whether one of the values that the paper gives is the program's."""
    key = key_of(reading.name)
    asked, has = numbers(reading.value), evidence.values.get(key, [])
    feature = EVERYWHERE_BY_SETTING.get(reading.name, "")
    places = evidence.features.get(feature) or evidence.places.get(key, [])
    same = any(abs(one - other) <= TOLERANCE * max(abs(one), abs(other)) for one in asked for other in has)
    if same:
        findings.found.append(f"{reading.name} {reading.value}")
        findings.features += [feature] if feature in evidence.features else []
        findings.lines += places
    else:
        instead = f" (the code has {has[0]:g})" if has else ""
        findings.missing.append(f"{reading.name} {reading.value}{instead}")


def _left(text: str, readings: Sequence[Reading]) -> list[str]:
    """Words and numbers of a criterion that rules have not understood."""
    rest = strip_features(text)
    known = {number for one in readings for number in numbers(one.value)}
    strange = [match[0] for match in ANY_NUMBER.finditer(rest) if not set(numbers(match[0])) <= known]
    names = {part for one in readings for part in re.split(r"\W|_", one.name)}
    words = [word for word in re.findall(r"[^\W\d_][\w-]{3,}", rest.lower()) if word not in PLAIN_WORDS | names]
    return [*words, *strange]
