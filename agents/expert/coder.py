"""The expert as a coder: a blueprint, chosen and parameterised from the data profile, with its reasons."""

import re
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from agents.contracts import CodeRequest
from agents.expert.families import FAMILIES, Family
from agents.expert.identity import signature
from agents.expert.papers.adoption import adopt_values
from agents.expert.papers.citing import cite
from agents.expert.papers.code_features import find_features
from agents.expert.papers.nearness import nearness
from agents.expert.papers.reckoning import criteria_reasons
from agents.expert.recipe import patience_for, recipe
from agents.expert.rendering import render
from agents.expert.repairs.source import Source
from agents.expert.sizing import Sizing, size_for, smallest_kb, with_precision
from runtime.data_profile import DataProfile
from runtime.errors import InputError
from runtime.search_space import SearchSpace, defaults
from runtime.training_function import TrainingFunction
from tools.papers.brief import PaperBrief

TINY_WORDS = ("tiny", "smallest", "minimal", "microcontroller")
FAST_WORDS = ("fast", "quick", "quickly")
ASKED_FOR = 1.0
"""Added to the suitability of a family that the user or the literature names: it then goes before any other."""
AS_THE_PAPER = 1.0
"""Added to the suitability of a family that has all parts of the paper's architecture."""
RECOMMENDED = 0.12
RECURRENT_WORDS = ("lstm", "gru", "rnn", "recurrent", "bilstm")
NOT_A_HYPERPARAMETER = "quantization_bits"
"""The harness quantizes; the module never sees it as a default."""


@dataclass
class Candidate:
    """A family that can read the data and fits the limit."""

    family: Family
    sizing: Sizing
    score: float
    rank: float
    reasons: list[str] = field(default_factory=list)


class ExpertCoder:
    """Writes training functions by rule; no model, no key, no network."""

    def write(self, request: CodeRequest) -> TrainingFunction:
        """The best blueprint that was not sent back yet; for a later candidate one of the next best.

        Raises InputError when no family can read the data, or when none fits the size limit.
        """
        tried = families_tried(request.previous)
        goal = request.goal
        tiny, fast = _mentions(goal, TINY_WORDS), _mentions(goal, FAST_WORDS)
        candidates = rank(request, shrink=1 if tiny else 0)
        left = [candidate for candidate in candidates if candidate.family.name not in tried]
        choice = left or candidates
        chosen = choice[request.candidate % len(choice)]
        if request.candidate:
            chosen.reasons.append(f"candidate {request.candidate + 1} tries another family than the one before it")
        if tried:
            chosen.reasons.append(_why_another(tried, bool(left), request.feedback))
        if tiny:
            chosen.reasons.append("a tiny model was asked for, so every size begins one step lower")
        if fast:
            chosen.reasons.append("speed was asked for, so training takes half the usual epochs")
        return write_family(chosen, request, tried, fast)


def rank(request: CodeRequest, shrink: int = 0) -> list[Candidate]:
    """Every family that fits the data and the limit, best first."""
    profile, limit = request.profile, request.size_limit_kb
    readable = [(family, suits) for family in FAMILIES if (suits := family.suits(profile))]
    if not readable:
        raise InputError(
            f"The expert has no network for samples of shape {profile.input_shape}; reshape them to features, "
            "(channels, length), (channels, height, width) or token ids."
        )
    candidates = []
    for family, suits in readable:
        sizing = size_for(family, profile, limit, shrink)
        if sizing is None:
            continue
        candidates.append(Candidate(family, sizing, suits.score, suits.score, [suits.reason]))
    _heed(candidates, request.goal, ASKED_FOR, "the goal asks for")
    _heed(candidates, request.recommended_approach, RECOMMENDED, "the literature review recommends")
    if request.brief:
        _heed_paper(candidates, request.brief, profile)
    if not candidates:
        least = min(smallest_kb(family, profile) for family, _ in readable)
        raise InputError(
            f"No model for this data fits in {limit:g} KB; the smallest that the expert can write takes about "
            f"{least:.1f} KB, so set the size limit to at least {least + 0.1:.1f}."
        )
    return sorted(candidates, key=lambda candidate: -candidate.rank)


def _heed(candidates: list[Candidate], text: str, bonus: float, source: str) -> None:
    """Move up the family that a text names first, saying so."""
    named = [
        (place, word, candidate)
        for candidate in candidates
        for word in candidate.family.words
        if (place := _place(text, word)) is not None
    ]
    for place, word, candidate in named:
        if place > min(named, key=lambda found: found[0])[0]:
            continue
        reason = f'{source} "{word}", which this is'
        if word in RECURRENT_WORDS:
            reason = (
                f'{source} "{word}"; convolutions with attention stand in for a recurrence, which compiles badly on XLA'
            )
        candidate.rank += bonus
        candidate.reasons.append(reason)


def _heed_paper(candidates: list[Candidate], brief: PaperBrief, profile: DataProfile) -> None:
    """Move up whatever comes near to the paper's architecture, saying what it has of it."""
    for candidate in candidates:
        draft = render(candidate.family.name, profile.task_type, candidate.family.constants(profile), {})
        near = nearness(brief, find_features(Source.read(draft)))
        candidate.rank += AS_THE_PAPER * near.share
        candidate.reasons.append(near.reason())


def _place(text: str, word: str) -> int | None:
    """Where a whole word (or its plural) begins in a text."""
    found = re.search(rf"(?<![\w-]){re.escape(word)}s?(?![\w-])", text, re.IGNORECASE)
    return found.start() if found else None


def _mentions(text: str, words: tuple[str, ...]) -> bool:
    return any(_place(text, word) is not None for word in words)


def families_tried(previous: TrainingFunction | None) -> list[str]:
    """The families that wrote the previous function and those before it."""
    if previous is None:
        return []
    tried = previous.metadata.get("families_tried", [])
    return [str(name) for name in tried] if isinstance(tried, list) else []


def _why_another(tried: list[str], another: bool, feedback: list[str]) -> str:
    because = f" ({feedback[0].splitlines()[0][:160]})" if feedback and feedback[0].strip() else ""
    if another:
        return f"{', '.join(tried)} was sent back{because}, so this is the next best family"
    return f"every family that fits was sent back{because}; this is the best of them again"


def confidence(profile: DataProfile, candidate: Candidate, sent_back: int) -> float:
    """How likely the choice is to do well: the family's suitability, less for what makes the data hard."""
    value = candidate.score
    classes = profile.num_classes or 1
    if profile.sample_count < 30 * classes:
        value *= 0.8
    if profile.class_balance and min(profile.class_balance) * profile.sample_count < 10:
        value *= 0.9
    if profile.task_type == "regression":
        value *= 0.85
    if not (profile.is_tabular or profile.is_sequence or profile.is_image or profile.is_text):
        value *= 0.7
    return round(max(0.05, value * 0.8**sent_back), 2)


def write_family(
    chosen: Candidate, request: CodeRequest, tried: Sequence[str] = (), fast: bool = False
) -> TrainingFunction:
    """The training function of one candidate; `tried` are the families that wrote for this data before."""
    family, profile = chosen.family, request.profile
    training, patience = recipe(family, profile, fast)
    sizing, space = chosen.sizing, {**training, **chosen.sizing.space}
    paper: dict[str, Any] = {}
    told: list[str] = []
    if request.brief:
        adopted = adopt_values(space, request.brief.hyperparameters, family, profile)
        sizing = _resized(adopted.space, chosen, request)
        space = {**adopted.space, **sizing.space}
        patience = patience_for(space)
        paper, told = adopted.as_metadata(), adopted.reasons()
    values = {name: value for name, value in defaults(space).items() if name != NOT_A_HYPERPARAMETER}
    code = render(family.name, profile.task_type, family.constants(profile), {**values, "patience": patience})
    if request.brief:
        code, verdicts = cite(code, space, request.brief.criteria)
        paper["criteria"] = [one.model_dump() for one in verdicts]
        told += criteria_reasons(request.brief.criteria, verdicts)
    reasons = [*chosen.reasons, *told, *_size_reasons(sizing, request.size_limit_kb), *_data_reasons(profile)]
    return TrainingFunction(
        model_name=family.name,
        training_code=code,
        bo_config=space,
        confidence=confidence(profile, chosen, len(tried)),
        data_profile=profile,
        timestamp=int(time.time()),
        metadata={
            **signature(),
            "family": family.name,
            "families_tried": [*(name for name in tried if name != family.name), family.name],
            "constraints": [],
            "target": request.target,
            "reasons": [f"{family.title}: {reasons[0]}", *reasons[1:]],
            **paper,
        },
    )


def _resized(space: SearchSpace, chosen: Candidate, request: CodeRequest) -> Sizing:
    """The sizing of the paper's sizes, which are among those that fit at 8 bits."""
    sizes = {name: space[name] for name in chosen.sizing.space if name != NOT_A_HYPERPARAMETER}
    values = chosen.family.stored_values(request.profile, defaults(sizes))
    return with_precision(sizes, values, request.size_limit_kb, chosen.sizing.largest_kb_at_8_bits)


def _size_reasons(sizing: Sizing, limit_kb: float) -> list[str]:
    bits = sizing.space["quantization_bits"].default
    return [
        f"about {sizing.default_kb:.1f} KB at {bits} bits, and at most {sizing.largest_kb_at_8_bits:.1f} KB at 8 bits "
        f"anywhere in the search space; the limit is {limit_kb:g} KB"
    ]


def _data_reasons(profile: DataProfile) -> list[str]:
    reasons = []
    balance = [share for share in profile.class_balance if share > 0]
    if balance and max(balance) > 4 * min(balance):
        reasons.append("the classes are uneven, so rare ones weigh more in the loss, at most four times")
    if profile.task_type == "regression":
        reasons.append("the target is standardised while training, and the model answers in its own units")
    if profile.sample_count < 30 * (profile.num_classes or 1):
        reasons.append("few samples a class: expect the score to vary with the split")
    return reasons
