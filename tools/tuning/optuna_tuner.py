"""Optuna's Gaussian-process sampler; needs the extra `optuna`."""

import optuna
from optuna.distributions import BaseDistribution, CategoricalDistribution, FloatDistribution, IntDistribution
from optuna.trial import TrialState

from runtime.search_space import CategoricalParameter, Hyperparameters, IntegerParameter, Parameter
from tools.tuning.encoding import is_ordered, ordered_categories
from tools.tuning.objective import log_ratio, over_cost
from tools.tuning.protocol import INITIAL_DESIGN, Suggestion, TunerSpec
from tools.tuning.random_tuner import Open, SobolDesign


class OptunaTuner:
    """`GPSampler` (Matern 2.5, log expected improvement), the size limit as a constraint, after a Sobol design."""

    name = "optuna"

    def __init__(self, spec: TunerSpec) -> None:
        self._space = spec.space
        self._limit_kb = spec.size_limit_kb
        self._design = SobolDesign(spec.space, spec.seed, spec.skip)
        self._distributions = {name: _distribution(parameter) for name, parameter in spec.space.items()}
        sampler = optuna.samplers.GPSampler(seed=spec.seed + spec.skip, n_startup_trials=0)
        optuna.logging.set_verbosity(optuna.logging.ERROR)
        self._study = optuna.create_study(direction="maximize", sampler=sampler)
        self._open = Open()
        self._trials: dict[int, optuna.Trial] = {}

    def ask(self) -> Suggestion:
        if len(self._study.get_trials(deepcopy=False, states=(TrialState.COMPLETE,))) < INITIAL_DESIGN:
            values = self._design.draw()
            trial = self._enter(values)
        else:
            trial = self._study.ask(self._distributions)
            values = {name: self._decode(name, value) for name, value in trial.params.items()}
        suggestion = self._open.add(values)
        self._trials[suggestion.index] = trial
        return suggestion

    def tell(self, index: int, objective: float, size_kb: float | None) -> None:
        self._open.take(index, objective)
        self._complete(self._trials.pop(index), objective, size_kb)

    def abandon(self, index: int, reason: str) -> None:  # noqa: ARG002
        self._open.take(index)
        self._study.tell(self._trials.pop(index), state=TrialState.FAIL)

    def attach(self, hyperparameters: Hyperparameters, objective: float | None, size_kb: float | None) -> None:
        trial = self._enter(hyperparameters)
        if objective is None:
            self._study.tell(trial, state=TrialState.FAIL)
        else:
            self._complete(trial, objective, size_kb)

    def close(self) -> None:
        """The study is in memory alone: nothing is held."""

    def _enter(self, values: Hyperparameters) -> optuna.Trial:
        self._study.enqueue_trial({name: self._encode(name, value) for name, value in values.items()})
        return self._study.ask(self._distributions)

    def _complete(self, trial: optuna.Trial, objective: float, size_kb: float | None) -> None:
        if self._limit_kb is not None:  # Optuna wants it of every trial: an unknown size counts as the limit itself
            trial.set_constraint("size", 0.0 if size_kb is None else log_ratio(size_kb, self._limit_kb))
        self._study.tell(trial, objective + over_cost(size_kb, self._limit_kb))

    def _encode(self, name: str, value: object) -> object:
        parameter = self._space[name]
        if isinstance(parameter, CategoricalParameter) and is_ordered(parameter):
            return ordered_categories(parameter).index(value)  # type: ignore[arg-type]
        return value

    def _decode(self, name: str, value: object) -> bool | int | float | str:
        parameter = self._space[name]
        if isinstance(parameter, CategoricalParameter) and is_ordered(parameter):
            return ordered_categories(parameter)[int(value)]  # type: ignore[call-overload]
        return value  # type: ignore[return-value]


def _distribution(parameter: Parameter) -> BaseDistribution:
    if isinstance(parameter, CategoricalParameter):
        if is_ordered(parameter):
            return IntDistribution(0, len(parameter.categories) - 1)
        return CategoricalDistribution(parameter.categories)
    log = parameter.prior == "log-uniform"
    if isinstance(parameter, IntegerParameter):
        return IntDistribution(parameter.low, parameter.high, log=log)
    return FloatDistribution(parameter.low, parameter.high, log=log)
