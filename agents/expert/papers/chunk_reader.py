"""The expert as a chunk reader: picks sentences, formulas and values out; it writes nothing of its own."""

import re

from agents.contracts import ChunkRequest
from agents.expert.identity import GENERATED_BY
from agents.expert.papers.criteria import find_requirements
from agents.expert.papers.equations import algorithm_steps, equations
from agents.expert.papers.hyperparameters import MOST_VALUES, RIVAL, Reading, find_readings
from agents.expert.papers.notation import plain
from agents.expert.papers.passages import Passage, read_passages
from agents.expert.papers.scoring import best
from tools.papers.brief import ArchitectureRow, ChunkSummary, Hyperparameter
from tools.recommend import find_mentions

MOST_EQUATIONS = 12
MOST_CRITERIA = 30
COMPONENTS = (
    ("encoder", r"\bencoder\b"), ("decoder", r"\bdecoder\b"), ("attention", r"\battention\b"),
    ("feed-forward", r"feed-?forward|\bFFN\b"),
    ("convolution", r"\bconv(?:olution\w*|\d?d?s?)\b|\bkernel[\s-]sizes?\b"), ("embedding", r"\bembedding"),
    ("positions", r"\bposition(?:al)?\b"), ("residual connection", r"\bresidual (?:connection|block|link)"
                                                                   r"|skip connection"),
    ("normalization", r"normali[sz]ation|LayerNorm|BatchNorm"), ("pooling", r"\bpool"), ("block", r"\bblocks?\b"),
    ("hidden layers", r"hidden layers?|\bMLPs?\b|perceptron"), ("output layer", r"softmax|classifier|output layer"
                                                                                r"|\bhead\b"),
)  # fmt: skip
COMPONENT_WORDS = r"\b(?:is|are|was|were|has|have|consists?|composed|contains?|use[sd]?|employ\w*|with|followed)\b"
LONGEST_DETAILS = 220


class ExpertChunkReader:
    """Reads by rule: every quotation is a sentence of the chunk, white space aside."""

    author = GENERATED_BY
    version = ""
    """Empty: reading again is as quick as a cache."""
    chunk_characters = 40_000
    side_by_side = None

    def read(self, request: ChunkRequest) -> ChunkSummary:
        passages = read_passages(request.text, request.section)
        readings = strongest(find_readings(passages), MOST_VALUES)
        method = best(passages, "method", 4)
        architecture = best(passages, "architecture", 6)
        training = best(passages, "training", 5)
        evaluation = best(passages, "evaluation", 4)
        told = {one.place: one for one in [*method, *architecture[:3], *training[:2]]}
        return ChunkSummary(
            chunk=request.number,
            section=request.section,
            summary=_joined([told[place] for place in sorted(told)]),
            equations=equations(passages, MOST_EQUATIONS),
            algorithm=algorithm_steps(passages),
            architecture=_architecture(architecture, readings, request.number),
            hyperparameters=[
                Hyperparameter(name=one.name, value=one.value, chunk=request.number, quotation=one.quotation)
                for one in readings
            ],
            datasets=[mention.name for mention in find_mentions(request.text) if mention.weight > 0][:12],
            training_recipe=_joined(training),
            evaluation=_joined(evaluation),
            criteria=[one.criterion for one in find_requirements(passages, request.number, MOST_CRITERIA)],
            generated_by=GENERATED_BY,
        )


def strongest(readings: list[Reading], most: int) -> list[Reading]:
    """For each name the `most` weightiest values, in the order of the text: what comes early is the main experiment's.

    A value that is said twice weighs more.
    """
    weights: dict[tuple[str, str], float] = {}
    first: dict[tuple[str, str], Reading] = {}
    for reading in readings:
        key = (reading.name, reading.value.lower().replace(" ", ""))
        weights[key] = max(weights.get(key, 0.0), reading.weight) + 0.25 * (key in weights)
        if key not in first or reading.weight > first[key].weight:
            first[key] = reading
    kept: list[Reading] = []
    for name in dict.fromkeys(reading.name for reading in readings):
        keys = sorted((key for key in weights if key[0] == name), key=lambda key: -weights[key])
        rivals = [key for key in keys[:most] if weights[key] >= RIVAL * weights[keys[0]]]
        kept += [first[key] for key in first if key in rivals]
    return kept


def _architecture(sentences: list[Passage], readings: list[Reading], chunk: int) -> list[ArchitectureRow]:
    """Sizes first, then what sentences say of a component."""
    rows = [ArchitectureRow(component=one.name, details=one.value, chunk=chunk) for one in readings if one.architecture]
    for sentence in sentences:
        named = next((name for name, words in COMPONENTS if re.search(words, sentence.text, re.IGNORECASE)), None)
        if named and re.search(COMPONENT_WORDS, sentence.text):
            rows.append(ArchitectureRow(component=named, details=plain(sentence.text)[:LONGEST_DETAILS], chunk=chunk))
    return rows


def _joined(passages: list[Passage]) -> str:
    return " ".join(plain(passage.text) for passage in passages)
