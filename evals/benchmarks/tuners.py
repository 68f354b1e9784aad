"""Tuners side by side: the best score after 30 trials on three real search spaces, five seeds each.

`python -m evals.benchmarks.tuners [--quick] [--trials N] [--seeds N] [--tuners ax,random,tpe]`. Everyone measures the
defaults first. arxla's tuners run as they do in a run, through a study, one suggestion ahead; Optuna's TPE is driven
directly. Scores are deterministic; the rank of a tuner is over (space, seed), ties shared.
"""

import argparse
import statistics
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from evals.benchmarks.tuner_spaces import SPACES, Problem
from runtime.search_space import CategoricalParameter, Hyperparameters, IntegerParameter, Parameter, defaults
from tools.tuning.encoding import same_point
from tools.tuning.study import run_study
from tools.tuning.trial import TrialOutcome

if TYPE_CHECKING:
    from optuna.trial import Trial

Score = Callable[[Hyperparameters], float]
QUICK = {"trials": 12, "seeds": 2}
TUNERS = ("ax", "optuna", "tpe", "tpe-multivariate", "random")


@dataclass
class Remembered:
    """A problem's score, computed once a point."""

    problem: Problem
    scores: dict[str, float] = field(default_factory=dict)

    def __call__(self, values: Hyperparameters) -> float:
        key = same_point(values)
        if key not in self.scores:
            self.scores[key] = self.problem.score(values)
        return self.scores[key]


def best_of_study(tuner: str, problem: Problem, score: Score, trials: int, seed: int) -> float:
    """The best score of one of arxla's tuners after `trials` trials."""

    def evaluate(_index: int, values: Hyperparameters) -> TrialOutcome:
        return TrialOutcome(state="completed", score=score(values), model_kb=problem.size_kb(values))

    with tempfile.TemporaryDirectory() as folder:
        record = run_study(
            problem.space,
            [],
            evaluate,
            trials=trials,
            state_file=Path(folder) / "study.json",
            tuner=tuner,
            seed=seed,
            size_limit_kb=problem.size_limit_kb,
        )
    return record.trials[record.best_index].objective or 0.0 if record.best_index is not None else float("-inf")


def best_of_tpe(multivariate: bool, problem: Problem, score: Score, trials: int, seed: int) -> float:
    """The best score of Optuna's TPE sampler, which is given the same penalised objective."""
    import optuna

    optuna.logging.set_verbosity(optuna.logging.ERROR)
    sampler = optuna.samplers.TPESampler(seed=seed, multivariate=multivariate)
    study = optuna.create_study(direction="maximize", sampler=sampler)
    study.enqueue_trial(defaults(problem.space))
    found = float("-inf")
    for _ in range(trials):
        trial = study.ask()
        values = {name: _suggest(trial, name, parameter) for name, parameter in problem.space.items()}
        objective = problem.objective(values, score(values))
        study.tell(trial, objective)
        if problem.is_small_enough(values):
            found = max(found, objective)
    return found


def main() -> None:
    """Run and print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true", help="12 trials, 2 seeds")
    parser.add_argument("--trials", type=int, default=30)
    parser.add_argument("--seeds", type=int, default=5)
    parser.add_argument("--tuners", default=",".join(name for name in TUNERS if name != "optuna"))
    parser.add_argument("--spaces", default=",".join(problem.name for problem in SPACES))
    arguments = parser.parse_args()
    trials = QUICK["trials"] if arguments.quick else arguments.trials
    seeds = QUICK["seeds"] if arguments.quick else arguments.seeds
    names = arguments.tuners.split(",")
    begun = time.monotonic()
    best: dict[str, dict[str, list[float]]] = {name: {} for name in names}
    for problem in (problem for problem in SPACES if problem.name in arguments.spaces.split(",")):
        score = Remembered(problem)
        for seed in range(seeds):
            for name in names:
                best[name].setdefault(problem.name, []).append(_best(name, problem, score, trials, seed))
            shown = "  ".join(f"{name} {best[name][problem.name][-1]:.4f}" for name in names)
            print(f"{time.monotonic() - begun:5.0f} s  {problem.name} seed {seed}: {shown}", flush=True)
    print(f"\nMean best after {trials} trials, {seeds} seeds ({time.monotonic() - begun:.0f} s)")
    for line in table(best):
        print(line)


def table(best: dict[str, dict[str, list[float]]]) -> list[str]:
    """One line a tuner: its mean best on each space, and its mean rank over all (space, seed); best rank first."""
    spaces = list(next(iter(best.values())))
    ranks = mean_ranks(best)
    lines = [f"{'tuner':18}" + "".join(f"{space:>18}" for space in spaces) + f"{'mean rank':>12}"]
    for name in sorted(best, key=ranks.__getitem__):
        means = "".join(f"{statistics.fmean(best[name][space]):18.4f}" for space in spaces)
        lines.append(f"{name:18}{means}{ranks[name]:12.2f}")
    return lines


def mean_ranks(best: dict[str, dict[str, list[float]]]) -> dict[str, float]:
    """The mean place of each tuner, 1 the best; tied tuners share the mean of their places."""
    places: dict[str, list[float]] = {name: [] for name in best}
    for space, runs in next(iter(best.values())).items():
        for seed in range(len(runs)):
            values = {name: round(best[name][space][seed], 9) for name in best}
            for name, value in values.items():
                above = sum(other > value for other in values.values())
                level = sum(other == value for other in values.values())
                places[name].append(above + (level + 1) / 2)
    return {name: statistics.fmean(found) for name, found in places.items()}


def _best(name: str, problem: Problem, score: Score, trials: int, seed: int) -> float:
    if name.startswith("tpe"):
        return best_of_tpe(name == "tpe-multivariate", problem, score, trials, seed)
    return best_of_study(name, problem, score, trials, seed)


def _suggest(trial: "Trial", name: str, parameter: Parameter) -> bool | int | float | str:
    if isinstance(parameter, CategoricalParameter):
        chosen = trial.suggest_categorical(name, parameter.categories)
        assert chosen is not None  # no category is None
        return chosen
    log = parameter.prior == "log-uniform"
    if isinstance(parameter, IntegerParameter):
        return int(trial.suggest_int(name, parameter.low, parameter.high, log=log))
    return float(trial.suggest_float(name, parameter.low, parameter.high, log=log))


if __name__ == "__main__":
    main()
