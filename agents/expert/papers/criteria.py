"""Which sentences are requirements: what code must do to count as the paper's method."""

import re
from dataclasses import dataclass

from agents.expert.papers.features import Feature, features_in, strip_features
from agents.expert.papers.hyperparameters import FEWEST_WORDS, OWN, SIDE_EXPERIMENT, Reading, find_readings, names_data
from agents.expert.papers.notation import ANY_NUMBER
from agents.expert.papers.passages import Passage, SectionKind, is_prose
from agents.expert.papers.scoring import FOREIGN, LONGEST, NOISE, word_overlap, words_of
from tools.papers.brief import Criterion, CriterionKind

REQUIRES = re.compile(
    r"\bwe (?:\w+ly |also |then |further )?(?:us(?:e|ed)|employ(?:ed)?|appl(?:y|ied)|train(?:ed)?|set|add(?:ed)?"
    r"|initiali[sz]ed?|optimi[sz]ed?|normali[sz]ed?|"
    r"insert|stack|replace|share|mask|concatenate|project|compute|minimi[sz]e|adopt|choose|chose|perform|scale"
    r"|multiply|pre-?train(?:ed)?|fine-?tun\w+|sample|randomly|"
    r"propose to|feed|predict|divide|split|quantize|run|ran|clip|decay|warm)\b"
    r"|\b(?:is|are|was|were) (?:\w+ly |also |then )?(?:set|trained|used|applied|composed|optimi[sz]ed|initiali[sz]ed"
    r"|followed|added|computed|defined|normali[sz]ed|"
    r"multiplied|masked|employed|divided|fed|concatenated|shared|replaced|stacked|decayed|fixed|warmed|augmented"
    r"|clipped|formulated|quantized)\b"
    r"|\b(?:our [\w-]+|the (?:block|network|model|architecture|encoder|decoder))"
    r" (?:uses|employs|applies|contains|stacks)\b|\bit is an? [\w-]+-layer\b"
    r"|\b(?:the|each|a|an) (?:[\w-]+ ){0,2}(?:network|model|block|encoder|decoder|layer|head|pooling|classifier)"
    r" (?:has|applies|maps|reduces|contains)\b|\bpooling reduces\b|\blearning rate (?:follows|decays)\b"
    r"|\bconsists? of\b|\bhas dimensionality\b|\bis the \w+ loss\b|\b(?:learning rate|batch size|weight decay"
    r"|dropout)\b[^.]{0,30}\b(?:of|is|=)\b",
    re.IGNORECASE,
)  # fmt: skip
RESULTS = re.compile(
    r"\b(?:outperform\w*|achiev\w+|improv\w+|better|worse|state[\s-]of[\s-]the[\s-]art|surpass\w*|accuracy of"
    r"|compared (?:to|with)|results? (?:show|in|are)|"
    r"observe|we (?:find|found|see|show|note|compare|report|conjecture|hypothesi[sz]e|suspect|believe|hope|plan"
    r"|provide|list|summari[sz]e|prove)|"
    r"shows? that|indicat\w+|demonstrat\w+|suggest\w*|table \d|may|might|could|would|performance)\b", re.IGNORECASE,
)  # fmt: skip
VARIATIONS = re.compile(
    r"\b(?:in row|instead\b|following the|ablation|vary|varied|experiment(?:ed)? with|without|baselines?"
    r"|we also (?:tried|tested)"
    r"|for comparison|variants?)\b",
    re.IGNORECASE,
)
MOTIVATION = re.compile(
    r"\b(?:to avoid|easy to|can be|leads? to|because|to study|no matter|would|if we)\b", re.IGNORECASE
)
ARGUES = re.compile(r"(?:if we|this leads|unlike)\b", re.IGNORECASE)
"""How a sentence begins that argues for the method and asks for nothing."""
DATA = re.compile(
    r"\b(?:augment\w*|tokeni[sz]\w*|resized?|crop\w*|normali[sz]ed? (?:the )?(?:data|input|images)|byte-pair"
    r"|pre-?process\w*|sampled? from)\b",
    re.IGNORECASE,
)
EVALUATES = re.compile(
    r"\b(?:evaluat\w+|metrics?|beam search|test set|validation set|averag\w+ (?:the )?(?:last|checkpoints)"
    r"|random seeds)\b",
    re.IGNORECASE,
)
PROPOSES = re.compile(r"\b[Ww]e (?:propose|introduce|present|call)\b[^.]{0,80}\(([A-Z][\w-]+)\)")
"""Names the paper's own method."""
LABEL = re.compile(r"[\w-]+(?:\s?\+\s?[\w-]+)+")
ENDS = '.:!?)"”'
LEAST = 1.0
"""Specificity below which a sentence is no requirement."""
SHORTEST = 20
LONGEST_TEXT = 300
SECTIONS: dict[SectionKind, float] = {
    "training": 1.3, "method": 1.3, "appendix": 0.7, "experiments": 0.8, "introduction": 0.3, "conclusion": 0.3,
    "abstract": 0.7,
}  # fmt: skip
ELSEWHERE = 0.7
SAME = 0.55
"""Jaccard index of the longer words from which on two criteria are one."""


@dataclass(frozen=True)
class Requirement:
    """A criterion with how specific it is."""

    criterion: Criterion
    specificity: float


def find_requirements(passages: list[Passage], chunk: int, most: int) -> list[Requirement]:
    """The most specific requirements of a chunk, none nearly twice; texts lose their citations, quotations don't."""
    found: list[Requirement] = []
    own = _what_own_uses(passages)
    for passage in passages:
        if passage.form != "sentence" or passage.broken or passage.section in ("references", "related", "theory"):
            continue
        text = passage.plain
        section = SECTIONS.get(passage.section, ELSEWHERE)
        by_name = own is not None and own.search(text) is not None
        specificity = _specificity(text, by_name) * (max(section, ELSEWHERE) if by_name else section)
        if passage.section == "method" and _is_label(text):
            specificity = SECTIONS["method"] * len(features_in(text))
        if specificity >= LEAST:
            criterion = Criterion(text=_readable(text), kind=_kind(text), chunk=chunk, quotation=passage.text)
            found.append(Requirement(criterion, specificity))
    return distinct(found, most)


def _what_own_uses(passages: list[Passage]) -> re.Pattern[str] | None:
    """How a chunk says what the method uses that it proposes by name: "the OS-block uses"."""
    names = {name for passage in passages for name in PROPOSES.findall(passage.plain)}
    if not names:
        return None
    return re.compile(rf"\b(?:{'|'.join(map(re.escape, sorted(names)))}) (?:uses|employs|applies|contains|stacks)\b")


def _is_label(text: str) -> bool:
    """Whether it is a figure's label that names parts in their order: "BatchNorm+ReLU"."""
    only_features = LABEL.fullmatch(text) is not None and not re.search(r"\w", strip_features(text))
    return only_features and len(features_in(text)) > 1


def distinct(requirements: list[Requirement], most: int) -> list[Requirement]:
    """The `most` specific first, less those that say nearly the same as one before, or set again what one has set."""
    kept: list[Requirement] = []
    words: list[set[str]] = []
    settled: set[str] = set()
    for one in sorted(requirements, key=lambda requirement: -requirement.specificity):
        if len(kept) == most:
            break
        told, sets = words_of(one.criterion.text), settings_alone(one.criterion.text)
        if (sets and sets <= settled) or any(word_overlap(told, others) > SAME for others in words):
            continue
        kept.append(one)
        words.append(told)
        if not names_data(one.criterion.text):
            settled |= {reading.name for reading in _readings(one.criterion.text)}
    return kept


def settings_alone(text: str) -> set[str]:
    """The hyperparameters that a sentence sets, if it asks for nothing else."""
    readings = _readings(text)
    others = [feature for feature, _ in features_in(text) if not feature.setting]
    return set() if others else {reading.name for reading in readings}


def _readings(text: str) -> list[Reading]:
    return find_readings([Passage(text, "sentence", "method", 0)])


def _readable(text: str) -> str:
    """Without Markdown's emphasis and a dangling "similar to"."""
    text = re.sub(r"\*\*|(?<!\w)_(?=\w)|(?<=\w)_(?!\w)", "", text)
    text = re.sub(r"^Following (?:the \w+ of ?)?, ?|^(?:As|Similar to|Inspired by) in ?, ?", "", text)
    text = text[:1].upper() + text[1:]
    return re.sub(r",? (?:similar to|following|as in|see)\s*\.$", ".", text)[:LONGEST_TEXT]


def specificity_of(criterion: Criterion) -> float:
    """How specific a criterion is by its words alone, whoever wrote it; a model's count as they come."""
    return _specificity(criterion.text) or 1.0


def _specificity(text: str, requires: bool = False) -> float:
    """Numbers and recognisable parts make a requirement specific; results and other people's work make it none.

    `requires` says that it is known to be about what the method does.
    """
    whole = text[-1:] in ENDS and SHORTEST <= len(text) <= LONGEST
    if not whole or ARGUES.match(text) or NOISE.search(text) or not is_prose(text, FEWEST_WORDS):
        return 0.0
    if not (requires or REQUIRES.search(text)):
        return 0.0
    features = features_in(text)
    numbers = len(ANY_NUMBER.findall(text))
    settings = len({one.name for one in _readings(text)})
    if not (features or settings or numbers > 1):
        return 0.0
    value = 1.0 + 0.8 * min(4, len(features)) + 0.9 * min(4, settings) + 0.2 * min(4, numbers)
    value *= 1.3 if OWN.search(text) else 1.0
    value *= 0.35 if RESULTS.search(text) else 1.0
    value *= 0.5 if VARIATIONS.search(text) else 1.0
    value *= SIDE_EXPERIMENT if names_data(text) else 1.0
    value *= 0.5 if FOREIGN.search(text) else 1.0
    value *= 0.5 if MOTIVATION.search(text) or text[0].islower() else 1.0
    return value * (0.7 if len(text) > 260 else 1.0)


def _kind(text: str) -> CriterionKind:
    """The kind of the features that it names first; else what its words point to."""
    named: list[Feature] = [feature for feature, _ in features_in(text)]
    if any(feature.kind == "loss" for feature in named):
        return "loss"
    if DATA.search(text):
        return "data"
    if EVALUATES.search(text):
        return "evaluation"
    kinds = [feature.kind for feature in named]
    return max(dict.fromkeys(kinds), key=kinds.count) if kinds else "other"
