"""How much a sentence tells of the method, its architecture, its training or its evaluation."""

import re
from typing import Literal

from agents.expert.papers.hyperparameters import OWN
from agents.expert.papers.notation import ANY_NUMBER
from agents.expert.papers.passages import Passage, SectionKind, is_prose

Aspect = Literal["method", "architecture", "training", "evaluation"]

CUES: dict[Aspect, re.Pattern[str]] = {
    "method": re.compile(
        r"\bwe (?:\w+ly )?(?:propose|introduce|present|develop|design|call)\b|\bour (?:method|model|approach|system"
        r"|framework|"
        r"architecture|network|optimi[sz]ers?|block)\b|\bin this (?:paper|work)\b|\bnovel\b|\bconsists? of\b"
        r"|\bbased on\b|\bkey (?:idea|component)\b|"
        r"\bis (?:defined|computed|composed|formulated)\b|\bcontributions?\b|\bcombin\w+\b|\bobjective\b"
        r"|\bformulat\w+\b", re.IGNORECASE
    ),
    "architecture": re.compile(
        r"\b(?:layers?|encoders?|decoders?|attention|convolution\w*|kernels?|blocks?|embeddings?|hidden|dimension\w*"
        r"|residual|"
        r"normali[sz]ation|activations?|relu|gelu|tanh|heads?|pool(?:ing)?|fully[\s-]connected|mlps?|feed-?forward"
        r"|stack|positional|softmax|"
        r"width|channels|filters|backbone|patch(?:es)?)\b", re.IGNORECASE
    ),
    "training": re.compile(
        r"\b(?:train(?:ed|ing)?|optimi[sz]er?s?|adam\w?|sgd|l-?bfgs|learning rate|batch(?:es)?|epochs?|steps"
        r"|iterations|warm-?up|schedule\w*|"
        r"dropout|weight decay|regulari[sz]\w+|label smoothing|augment\w+|initiali[sz]\w+|fine-?tun\w+|pre-?train\w*"
        r"|loss|momentum|seeds?|gpus?)\b",
        re.IGNORECASE,
    ),
    "evaluation": re.compile(
        r"\b(?:accuracy|bleu|f1|map|miou|ndcg|perplexity|top-1|test set|validation set|evaluat\w+|metrics?"
        r"|baselines?|benchmarks?|"
        r"state[\s-]of[\s-]the[\s-]art|outperform\w*|error rate|relative error|l2re|results?|rank|compare[sd]?"
        r"|splits?)\b", re.IGNORECASE
    ),
}  # fmt: skip
FAVOURED: dict[Aspect, dict[SectionKind, float]] = {
    "method": {"abstract": 1.6, "method": 1.5, "introduction": 1.0},
    "architecture": {"method": 1.6, "training": 1.2, "abstract": 0.9},
    "training": {
        "abstract": 0.2,
        "introduction": 0.2,
        "training": 1.8,
        "appendix": 1.2,
        "method": 1.0,
        "experiments": 1.2,
    },
    "evaluation": {"experiments": 1.6, "training": 1.0, "abstract": 0.8, "introduction": 0.3},
}
ELSEWHERE = 0.5
CONCRETE = re.compile(
    r"learning rate|batch size|\bepochs\b|weight decay|dropout|warm-?up|\bAdam|\bSGD\b|momentum|label smoothing"
    r"|schedule"
)
FOREIGN = re.compile(
    r"\bet al\b|\b(?:previous|prior|recent|existing|earlier|other) (?:works?|methods?|approaches|models?|research"
    r"|studies)\b"
    r"|\bhas been (?:shown|proposed)\b|\bthey\b|\bin contrast\b|\bproposed by\b|\bsuch as\b", re.IGNORECASE,
)  # fmt: skip
NOISE = re.compile(
    r"https?://|@|©|\bequal contribution|\bwas responsible\b|\bour initial codebase|\barXiv\b|\bcopyright\b"
    r"|\bproceedings\b|\bthank\b|\bconference\b|\bproof\b",
    re.IGNORECASE,
)
SHORTEST, LONGEST = 30, 420
SAME = 0.6
DISTINCT_CUES = 4
"""More distinct cues than this add nothing."""


def score(passage: Passage, aspect: Aspect) -> float:
    """0 when a sentence tells nothing of the aspect."""
    if passage.form != "sentence" or passage.section == "references":
        return 0.0
    text = passage.plain
    if not SHORTEST <= len(text) <= LONGEST or NOISE.search(text) or not is_prose(text):
        return 0.0
    cues = {match.lower() for match in CUES[aspect].findall(text)}
    if not cues:
        return 0.0
    value = min(len(cues), DISTINCT_CUES) * FAVOURED[aspect].get(passage.section, ELSEWHERE)
    value *= 1.5 if OWN.search(text) else 1.0
    value *= 0.4 if FOREIGN.search(text) else 1.0
    value *= 0.5 if passage.broken or text[0].islower() else 1.0
    value *= 2.0 if aspect == "training" and CONCRETE.search(text) and ANY_NUMBER.search(text) else 1.0
    if aspect in ("architecture", "training"):
        value *= 1 + 0.25 * min(4, len(ANY_NUMBER.findall(text)))
    return value


def best(passages: list[Passage], aspect: Aspect, most: int, *, by_score: bool = False) -> list[Passage]:
    """The `most` sentences that tell the most of an aspect, none nearly twice, in the order of the text or"
    " `by_score`."""
    ranked = sorted(
        ((score(one, aspect), -one.place, one) for one in passages), key=lambda entry: entry[:2], reverse=True
    )
    chosen: list[Passage] = []
    words: list[set[str]] = []
    for value, _, passage in ranked:
        if value <= 0 or len(chosen) == most:
            break
        if not any(word_overlap(words_of(passage.text), others) > SAME for others in words):
            chosen.append(passage)
            words.append(words_of(passage.text))
    return chosen if by_score else sorted(chosen, key=lambda one: one.place)


def words_of(text: str) -> set[str]:
    """A sentence's longer words and its numbers."""
    return {word.lower() for word in re.findall(r"\w{4,}|\d+(?:\.\d+)?", text)}


def word_overlap(left: set[str], right: set[str]) -> float:
    """The Jaccard index of two sets of words."""
    return len(left & right) / len(left | right) if left | right else 1.0
