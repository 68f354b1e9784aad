"""Two evaluations side by side: what got worse, beyond noise."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Literal

from evals.contracts import SuiteKind, Trial
from evals.folder import EvaluationFolder, Plan
from evals.scorers import less_is_better
from evals.statistics import Estimate, over_cases
from evals.summary import is_share
from runtime.errors import InputError

Verdict = Literal["worse", "better", "same", "unclear"]
TIMES = frozenset({"seconds"})
"""Say as much of the machine's load as of the code: shown, and never a regression."""
MOST_NAMED = 4
Pair = tuple[str, int, float, float]
"""Case, seed, the score before and now."""


@dataclass(frozen=True)
class Change:
    """One score of one model, over the trials that both evaluations have."""

    model: str
    scorer: str
    before: float
    after: float
    difference: Estimate
    """Of the pairs; an interval from two cases (or seeds of the only case) on."""
    verdict: Verdict
    note: str = ""
    """Which trials flipped, of a yes-or-no score."""
    share: bool = False


@dataclass(frozen=True)
class Comparison:
    """What changed, what can't be compared, and what a reader must know about the pairing."""

    earlier: str
    changes: list[Change] = field(default_factory=list)
    lost: list[str] = field(default_factory=list)
    """Trials that had scores and have none now, with the reason."""
    notices: list[str] = field(default_factory=list)

    @property
    def regressions(self) -> list[str]:
        """What got worse, a sentence each: scores beyond noise, and trials that can't be scored any more."""
        worse = [
            f"{change.scorer} of {change.model} fell from {change.before:.4g} to {change.after:.4g}"
            if not less_is_better(change.scorer)
            else f"{change.scorer} of {change.model} rose from {change.before:.4g} to {change.after:.4g}"
            for change in self.changes
            if change.verdict == "worse" and change.scorer not in TIMES
        ]
        return worse + self.lost


def compare(earlier: EvaluationFolder, plan: Plan, trials: Sequence[Trial]) -> Comparison:
    """The trials of `plan` against those of an earlier evaluation, by case and seed.

    Raises `InputError` when they have no trial in common.
    """
    old, then = earlier.plan(), earlier.trials()
    found = Comparison(str(earlier.path), notices=_notices(old, plan))
    for model, other in _models(old, plan):
        before = {(trial.case, trial.seed): trial for trial in then if trial.model == other and trial.scores}
        after = {(trial.case, trial.seed): trial for trial in trials if trial.model == model}
        planned = {(case.id, seed) for case in plan.suite.cases for seed in plan.seeds}
        for key in sorted(before.keys() & planned):
            now = after.get(key)
            if now is None or not now.scores:
                reason = (now.error or now.skipped) if now else plan.stopped.get(model, "it did not run")
                found.lost.append(f"{key[0]} (seed {key[1]}) of {model} had scores and has none now: {reason}")
        shared = [(key, before[key], after[key]) for key in before if key in after and after[key].scores]
        for name in dict.fromkeys(name for _, trial, _ in shared for name in trial.scores):
            pairs = list(_pairs(name, shared))
            if pairs:
                found.changes.append(_change(plan.suite.kind, model, name, pairs))
    if not found.changes and not found.lost:
        raise InputError(f"{earlier.path} has no scored trial in common with this one: the same cases, seeds, models.")
    return found


def _notices(old: Plan, plan: Plan) -> list[str]:
    said = []
    if old.suite.name != plan.suite.name:
        said.append(f"The earlier evaluation is of the suite {old.suite.name}, this one of {plan.suite.name}.")
    if not set(old.models) & set(plan.models):
        said.append(f"The earlier evaluation is of {', '.join(old.models)}, this one of {', '.join(plan.models)}.")
    cases = {case.id: case for case in old.suite.cases}
    changed = [case.id for case in plan.suite.cases if case.id in cases and case != cases[case.id]]
    if changed:
        said.append(f"Not the same task as then: {_some(changed)}.")
    new = [case.id for case in plan.suite.cases if case.id not in cases]
    if new:
        said.append(f"Without a counterpart then: {_some(new)}.")
    if bool(old.replay) != bool(plan.replay):
        when = ("then", "now") if old.replay else ("now", "then")
        said.append(f"Model answers were replayed {when[0]}, and those of a model {when[1]}.")
    return said


def _models(old: Plan, plan: Plan) -> list[tuple[str, str]]:
    """(model, its counterpart then): the same one, or the only one of each."""
    same = [(model, model) for model in plan.models if model in old.models]
    if not same and len(plan.models) == len(old.models) == 1:
        return [(plan.models[0], old.models[0])]
    return same


def _pairs(name: str, shared: Iterable[tuple[tuple[str, int], Trial, Trial]]) -> Iterable[Pair]:
    for (case, seed), before, after in shared:
        old, new = before.scores.get(name), after.scores.get(name)
        if old is not None and new is not None:
            yield case, seed, old, new


def _change(kind: SuiteKind, model: str, name: str, pairs: list[Pair]) -> Change:
    share = is_share(kind, name, [value for _, _, old, new in pairs for value in (old, new)])
    before = over_cases(_by_case((case, old) for case, _, old, _ in pairs)).mean
    after = over_cases(_by_case((case, new) for case, _, _, new in pairs)).mean
    difference = over_cases(_by_case((case, new - old) for case, _, old, new in pairs))
    if not share:
        return Change(model, name, before, after, difference, _moved(name, difference))
    down = [f"{case} (seed {seed})" for case, seed, old, new in pairs if old > new]
    up = [f"{case} (seed {seed})" for case, seed, old, new in pairs if old < new]
    notes = [f"{word}: {_some(names)}" for word, names in (("lost", down), ("won", up)) if names]
    return Change(model, name, before, after, difference, _flipped(down, up), "; ".join(notes), share)


def _by_case(values: Iterable[tuple[str, float]]) -> dict[str, list[float]]:
    found: dict[str, list[float]] = {}
    for case, value in values:
        found.setdefault(case, []).append(value)
    return found


def _flipped(down: list[str], up: list[str]) -> Verdict:
    """Yes or no: what was reached in more trials before is worse now."""
    if len(down) == len(up):
        return "unclear" if down else "same"
    return "worse" if len(down) > len(up) else "better"


def _moved(name: str, difference: Estimate) -> Verdict:
    """A figure: worse when the interval of the paired differences leaves no doubt."""
    if difference.mean == 0 and difference.low in (None, 0):
        return "same"
    if difference.low is None or difference.high is None or difference.low <= 0 <= difference.high:
        return "unclear"
    return "better" if (difference.mean < 0) == less_is_better(name) else "worse"


def _some(names: Sequence[str]) -> str:
    more = f" and {len(names) - MOST_NAMED} more" if len(names) > MOST_NAMED else ""
    return ", ".join(names[:MOST_NAMED]) + more
