"""Chunk summaries by rule: renumber, join, rank what they ask of code, drop what they say twice."""

import math
import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from itertools import chain

from tools.papers.brief import ChunkSummary, Criterion, CriterionKind, Hyperparameter
from tools.papers.quotations import normalise

MOST_LINES = 40
"""Of one kind in a joined summary: equations, steps, rows, datasets."""
LONGEST_TEXT = 8_000
SAME_WORDS = 0.75
"""Jaccard index of the words of two criteria from which on they are one."""
WEIGHTS: dict[CriterionKind, float] = {
    "architecture": 1.0, "loss": 1.0, "training": 0.8, "data": 0.6, "evaluation": 0.3, "other": 0.2,
}  # fmt: skip
"""How much a criterion of a kind says about code."""
MOST_VALUES = 3
"""Of one hyperparameter: a paper has several experiments."""


def numbered(summary: ChunkSummary, number: int, section: str) -> ChunkSummary:
    """The summary, everything in it being of chunk `number`."""
    parts = ("architecture", "hyperparameters", "criteria")
    moved = {name: [part.model_copy(update={"chunk": number}) for part in getattr(summary, name)] for name in parts}
    return summary.model_copy(update={**moved, "chunk": number, "section": section})


def join(summaries: Sequence[ChunkSummary]) -> ChunkSummary:
    """Several summaries, in order, as one; nothing is reworded, what is said twice is said once, long lists are cut."""
    first = summaries[0]
    if len(summaries) == 1:
        return first
    texts = {
        name: "\n".join(dict.fromkeys(text for s in summaries if (text := getattr(s, name))))[:LONGEST_TEXT]
        for name in ("summary", "training_recipe", "evaluation")
    }
    lines = {
        name: list(dict.fromkeys(chain.from_iterable(getattr(s, name) for s in summaries)))[:MOST_LINES]
        for name in ("equations", "algorithm", "datasets")
    }
    parts = {
        name: list(chain.from_iterable(getattr(s, name) for s in summaries)) for name in ("hyperparameters", "criteria")
    }
    rows = {(row.component.casefold(), row.details): row for s in summaries for row in s.architecture}
    dropped = sum(s.dropped_quotations for s in summaries)
    joined = {**texts, **lines, **parts, "architecture": list(rows.values())[:MOST_LINES]}
    return first.model_copy(update={**joined, "dropped_quotations": dropped})


def best_criteria(criteria: Iterable[Criterion], limit: int) -> list[Criterion]:
    """The most specific first, each once: the same words or quotation are one; what several chunks say counts more."""
    alike: dict[str, list[Criterion]] = defaultdict(list)
    for criterion in criteria:
        alike[normalise(criterion.text)].append(criterion)
    ranked = sorted(alike.values(), key=lambda group: -specificity(group[0]) - math.log2(len(group)) / 2)
    taken: list[tuple[set[str], str, Criterion]] = []
    for group in ranked:
        words, quotation = words_of(group[0].text), normalise(group[0].quotation)
        if not any(quotation == other or _alike(words, others) for others, other, _ in taken):
            taken.append((words, quotation, group[0]))
        if len(taken) == limit:
            break
    return [criterion for _, _, criterion in taken]


def specificity(criterion: Criterion) -> float:
    """How well code can be held against a criterion: its kind, numbers, and how much it says."""
    words = words_of(criterion.text)
    numbers = bool(re.search(r"\d", criterion.text)) + bool(re.search(r"\d", criterion.quotation)) / 2
    return WEIGHTS[criterion.kind] + numbers / 2 + min(len(words), 20) / 20


def main_settings(hyperparameters: Iterable[Hyperparameter], limit: int) -> list[Hyperparameter]:
    """Each name with its most frequent values, the names that come up most often first."""
    names: Counter[str] = Counter()
    values: dict[str, Counter[str]] = defaultdict(Counter)
    first: dict[tuple[str, str], Hyperparameter] = {}
    for setting in hyperparameters:
        name, value = re.sub(r"[\W_]+", "_", setting.name.casefold()).strip("_"), normalise(setting.value)
        names[name] += 1
        values[name][value] += 1
        first.setdefault((name, value), setting)
    kept = [first[name, value] for name, _ in names.most_common() for value, _ in values[name].most_common(MOST_VALUES)]
    return kept[:limit]


def words_of(text: str) -> set[str]:
    """The words and numbers of a text."""
    return set(re.findall(r"\w+(?:\.\d+)?", normalise(text)))


def _alike(one: set[str], other: set[str]) -> bool:
    numbers = {word for word in one ^ other if word[0].isdigit()}
    return not numbers and len(one & other) >= SAME_WORDS * len(one | other) > 0
