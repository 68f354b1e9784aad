"""How near a program comes to the architecture that a paper describes."""

from collections import Counter
from dataclasses import dataclass

from agents.expert.papers.code_features import Lines
from agents.expert.papers.features import features_in
from tools.papers.brief import PaperBrief

TITLE_WEIGHT = 3
MOST_NAMED = 5


@dataclass(frozen=True)
class Nearness:
    """The share of the paper's architecture that a program has, from 0 to 1, and the parts in words."""

    share: float
    has: tuple[str, ...]
    lacks: tuple[str, ...]

    def reason(self) -> str:
        has, lacks = (", ".join(names[:MOST_NAMED]) for names in (self.has, self.lacks))
        return f"of what the paper's architecture names, it has {has or 'nothing'}" + (
            f"; it lacks {lacks}" if lacks else ""
        )


def nearness(brief: PaperBrief, features: Lines) -> Nearness:
    """Parts weigh by how often the brief names them."""
    named = _architecture(brief)
    total = named.total()
    has = tuple(name for name, _ in named.most_common() if name in features)
    lacks = tuple(name for name, _ in named.most_common() if name not in features)
    return Nearness(sum(named[name] for name in has) / total if total else 0.0, has, lacks)


def _architecture(brief: PaperBrief) -> Counter[str]:
    told = [brief.title] * TITLE_WEIGHT + [brief.method, brief.task]
    told += [f"{row.component} {row.details}" for row in brief.architecture]
    told += [criterion.text for criterion in brief.criteria]
    return Counter(feature.name for text in told for feature, _ in features_in(text) if feature.kind == "architecture")
