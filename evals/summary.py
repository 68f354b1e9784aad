"""What an evaluation found: each score of each model, over the suite and a case."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass, field
from itertools import chain
from typing import TYPE_CHECKING, Any

from evals.contracts import SuiteKind, Trial
from evals.folder import EvaluationFolder, Plan
from evals.scorers import figures_of, less_is_better
from evals.statistics import Estimate, estimate, over_cases, yes_or_no
from tools.results.writing import json_bytes, write_atomically

if TYPE_CHECKING:
    from evals.comparison import Comparison


@dataclass(frozen=True)
class ModelSummary:
    """One model's trials: how many there were, and every score over the cases and a case."""

    model: str
    planned: int
    scored: int
    errors: int
    skipped: int
    usd: float | None
    tokens: int
    seconds: float
    replayed: int
    suite: dict[str, Estimate] = field(default_factory=dict)
    cases: dict[str, dict[str, Estimate]] = field(default_factory=dict)


def summarize(plan: Plan, trials: Sequence[Trial]) -> list[ModelSummary]:
    """A summary a model, in the plan's order. Errors and skipped cases have no scores and count nowhere as one."""
    return [_of_model(plan, model, [trial for trial in trials if trial.model == model]) for model in plan.models]


def _of_model(plan: Plan, model: str, trials: Sequence[Trial]) -> ModelSummary:
    names = list(dict.fromkeys(name for trial in trials for name in trial.scores))
    by_case = {name: values for name in names if (values := scores_by_case(trials, name))}
    shares = {
        name: is_share(plan.suite.kind, name, chain.from_iterable(values.values())) for name, values in by_case.items()
    }
    cases: dict[str, dict[str, Estimate]] = {}
    for name, values in by_case.items():
        for case, found in values.items():
            cases.setdefault(case, {})[name] = estimate(found, shares[name])
    costs = [trial.usd for trial in trials]
    return ModelSummary(
        model=model,
        planned=len(plan.suite.cases) * len(plan.seeds),
        scored=sum(1 for trial in trials if trial.scores),
        errors=sum(1 for trial in trials if trial.error),
        skipped=sum(1 for trial in trials if trial.skipped),
        usd=None if None in costs else sum(cost or 0.0 for cost in costs),
        tokens=sum(trial.tokens for trial in trials),
        seconds=sum(trial.seconds for trial in trials),
        replayed=sum(1 for trial in trials if trial.replayed),
        suite={name: over_cases(values, shares[name]) for name, values in by_case.items()},
        cases=cases,
    )


def is_share(kind: SuiteKind, name: str, values: Iterable[float]) -> bool:
    """Whether a score is a yes or no; a figure that happens to be 0 or 1 throughout is not."""
    return name not in figures_of(kind) and not less_is_better(name) and yes_or_no(values)


def scores_by_case(trials: Iterable[Trial], name: str) -> dict[str, list[float]]:
    """The values of one score, where it applies."""
    found: dict[str, list[float]] = defaultdict(list)
    for trial in trials:
        value = trial.scores.get(name)
        if value is not None:
            found[trial.case].append(value)
    return dict(found)


def save_results(
    folder: EvaluationFolder, plan: Plan, trials: Sequence[Trial], comparison: "Comparison | None" = None
) -> None:
    """Write `results.json`: the plan, the summaries, and every trial without its output. Raises `DiskFull`."""
    results: dict[str, Any] = {
        "version": 1,
        "suite": plan.suite.name,
        "kind": plan.suite.kind,
        "models": plan.models,
        "seeds": plan.seeds,
        "started": plan.started,
        "stopped": plan.stopped,
        "summary": [asdict(summary) for summary in summarize(plan, trials)],
        "trials": [trial.model_dump(mode="json", exclude={"output"}) for trial in trials],
    }
    if comparison:
        results["comparison"] = asdict(comparison) | {"regressions": comparison.regressions}
    write_atomically(folder.results, json_bytes(results))
