"""From what a paper names and what was advised to one available dataset, with reasons."""

from collections import defaultdict
from dataclasses import dataclass, field

from runtime.errors import InputError
from tools.recommend.catalogue import by_name
from tools.recommend.recommendation import DatasetAdvice, Mention, RankedDataset, Recommendation

SYNTHETIC = "synthetic"
NAMED_HERE = 1.0
"""Added to the score of the available dataset that the paper itself names most."""
ADVISED = 0.5
"""The most that advice adds: it decides between stand-ins, and never against a dataset that the paper uses."""
LAST_RESORT = 0.01
MOST_REASONS = 4


@dataclass
class _Candidate:
    score: float = 0.0
    reasons: list[str] = field(default_factory=list)

    def add(self, score: float, reason: str) -> None:
        self.score += score
        if reason not in self.reasons and len(self.reasons) < MOST_REASONS:
            self.reasons.append(reason)


def recommend(
    mentions: list[Mention], advice: DatasetAdvice | None, available: list[str], users_file: str | None = None
) -> Recommendation:
    """The available dataset to train on, the others behind it, and why.

    A user's file goes before all. Then come datasets that the paper names, then what stands in for those it names, both
    joined with the advice; generated data comes last. `synthetic` in `available` admits its kinds, such as
    synthetic:sequence. Raises InputError when nothing at all is available.
    """
    if not available and not users_file:
        raise InputError("No dataset is available; name one with --dataset.")
    candidates: dict[str, _Candidate] = defaultdict(_Candidate)
    _from_mentions(mentions, available, candidates)
    _from_advice(advice, available, candidates)
    _against_denied(mentions, candidates)
    for name in available:
        resort = "generated data, the last resort" if name == SYNTHETIC else "available, but nothing speaks for it"
        if name not in candidates and not (name == SYNTHETIC and any(map(_is_synthetic, candidates))):
            candidates[name].add(LAST_RESORT if name == SYNTHETIC else 0.0, resort)
    ranked = [
        RankedDataset(name=name, score=round(candidate.score, 3), reasons=candidate.reasons)
        for name, candidate in sorted(candidates.items(), key=lambda item: (-item[1].score, item[0]))
    ]
    source = f"patterns and {advice.source}" if advice and advice.ranking else "patterns alone"
    if users_file:
        first = RankedDataset(name=users_file, score=1 + max([0.0, *(one.score for one in ranked)]),
                              reasons=["you named it, which goes before every recommendation"])  # fmt: skip
        ranked, source = [first, *ranked], "the user's own data"
    return Recommendation(
        primary=ranked[0].name,
        ranked=ranked,
        mentions=mentions,
        source=source,
        warnings=_warnings(ranked[0], mentions, users_file),
    )


def _from_mentions(mentions: list[Mention], available: list[str], candidates: dict[str, _Candidate]) -> None:
    heaviest = max((mention.weight for mention in mentions), default=0.0)
    total = sum(mention.weight for mention in mentions)
    known = by_name()
    here = [one for one in mentions if one.name in available and one.weight > 0]
    for mention in (one for one in mentions if one.weight > 0):
        share = mention.weight / total
        if mention.name in available:
            bonus = (
                NAMED_HERE * mention.weight / max(one.weight for one in here) * min(1, 3 * mention.weight / heaviest)
            )
            times = f"{mention.count} time{'s' if mention.count > 1 else ''}"
            candidates[mention.name].add(share + bonus, f"the paper names it {times}")
        dataset = known.get(mention.name)
        for name, nearness in (dataset.stand_ins if dataset else {}).items():
            if _admitted(name, available) and dataset:
                reason = f"stands in for {mention.name} ({dataset.task}), which the paper names"
                candidates[name].add(share * nearness, reason)


def _from_advice(advice: DatasetAdvice | None, available: list[str], candidates: dict[str, _Candidate]) -> None:
    """Ranks count, not the advisers' own scores: models give numbers that can't be compared."""
    ranking = [one for one in advice.ranking if _admitted(one.name, available)] if advice else []
    for place, one in enumerate(ranking):
        reason = "; ".join(one.reasons[:2]) or "no reason given"
        candidates[one.name].add(ADVISED / 2**place, f"advised ({advice.source if advice else ''}): {reason}")


def _against_denied(mentions: list[Mention], candidates: dict[str, _Candidate]) -> None:
    for mention in mentions:
        if mention.negated and not mention.weight and mention.name in candidates:
            candidates[mention.name].score *= 0.1
            candidates[mention.name].reasons.insert(0, "the paper says that it does not use it")


def _admitted(name: str, available: list[str]) -> bool:
    return name in available or (_is_synthetic(name) and SYNTHETIC in available)


def _is_synthetic(name: str) -> bool:
    return name.partition(":")[0] == SYNTHETIC


def _warnings(first: RankedDataset, mentions: list[Mention], users_file: str | None) -> list[str]:
    named = [mention.name for mention in mentions if mention.weight > 0]
    if users_file or first.name in named:
        return []
    wanted = (
        f"The paper's own data ({', '.join(named[:3])}) is not available" if named else "The paper names no dataset"
    )
    if _is_synthetic(first.name):
        return [f"{wanted}; {first.name} is generated, so results on it say only that the code trains."]
    return [f"{wanted}; {first.name} stands in, so results can't be compared with the paper's."]
