"""Ax (Gaussian process, log noisy expected improvement) in a process of its own: the default tuner."""

from dataclasses import dataclass
from typing import Any

from runtime.search_space import (
    CategoricalParameter,
    Hyperparameters,
    HyperparameterValue,
    IntegerParameter,
    Parameter,
)
from tools.tuning.encoding import is_inside, is_ordered, ordered_categories
from tools.tuning.linear import linear_inequalities
from tools.tuning.objective import log_ratio, over_cost
from tools.tuning.protocol import INITIAL_DESIGN, Suggestion, TunerError, TunerSpec
from tools.tuning.random_tuner import Open, SobolDesign
from tools.tuning.worker_process import WorkerProcess

START_TIMEOUT_S = 300.0
"""Importing Ax takes 6-8 s on an idle machine, ten times that on a busy one."""
SUGGEST_TIMEOUT_S = 300.0
RESTARTS = 2
WORKER = "tools.tuning.ax_worker"


@dataclass
class _Point:
    values: Hyperparameters
    state: str = "open"
    objective: float | None = None
    over: float | None = None


class AxTuner:
    """Suggests a Sobol design first, which needs no Ax, so that Ax's import hides behind the first trials.

    The worker's process keeps no state that matters: all points are held here and sent again to a new one.
    """

    name = "ax"

    def __init__(self, spec: TunerSpec) -> None:
        self._spec = spec
        self._linear = linear_inequalities(spec.constraints, spec.space)
        self._design = SobolDesign(spec.space, spec.seed, spec.skip)
        self._open = Open()
        self._points: dict[str, _Point] = {}
        self._attached = 0
        self._unsent: list[str] = []
        self._unready = 0
        """Descriptions that the worker has not confirmed yet."""
        self._limited = False
        self._restarts = 0
        self._closed = False
        self._worker = WorkerProcess(WORKER)
        self._describe()

    def ask(self) -> Suggestion:
        """The next point of the design until enough of it is measured, then Ax's.

        Raises `TunerError` when Ax can't suggest or its process failed after bounded restarts.
        """
        if sum(point.state == "done" for point in self._points.values()) < INITIAL_DESIGN:
            suggestion = self._open.add(self._design.draw())
            self._enter(f"s{suggestion.index}", _Point(suggestion.hyperparameters))
            return suggestion
        number = self._open.next_index
        values = self._from_ax(self._suggest(f"s{number}"))
        suggestion = self._open.add(values)
        self._points[f"s{number}"] = _Point(values)
        return suggestion

    def tell(self, index: int, objective: float, size_kb: float | None) -> None:
        self._enter(f"s{index}", self._measured(self._open.take(index, objective), objective, size_kb))

    def abandon(self, index: int, reason: str) -> None:  # noqa: ARG002
        self._enter(f"s{index}", _Point(self._open.take(index), "abandoned"))

    def attach(self, hyperparameters: Hyperparameters, objective: float | None, size_kb: float | None) -> None:
        failed = _Point(hyperparameters, "abandoned")
        point = failed if objective is None else self._measured(hyperparameters, objective, size_kb)
        self._enter(f"a{self._attached}", point)
        self._attached += 1

    def close(self) -> None:
        self._closed = True
        self._worker.close()

    @property
    def worker_pid(self) -> int:
        """The process that holds Ax."""
        return self._worker.pid

    def _measured(self, values: Hyperparameters, objective: float, size_kb: float | None) -> _Point:
        """A measured point as Ax gets it: the cliff at the size limit goes into the constraint, not the objective."""
        limit = self._spec.size_limit_kb
        over = None if limit is None or size_kb is None else log_ratio(size_kb, limit)
        return _Point(values, "done", objective + over_cost(size_kb, limit), over)

    def _enter(self, key: str, point: _Point) -> None:
        """Note what is new of a point; Ax refuses points outside the space or its constraints: they are left out."""
        if not is_inside(self._spec.space, point.values) or not all(one.holds(point.values) for one in self._linear):
            return
        self._points[key] = point
        self._unsent.append(key)

    def _suggest(self, key: str) -> dict[str, Any]:
        """Ask the worker, starting it anew when it has died or hangs."""
        while True:
            try:
                self._notice_limit()
                while self._unready:
                    self._worker.receive(START_TIMEOUT_S)
                    self._unready -= 1
                self._worker.send({"news": [self._news(sent) for sent in self._unsent], "index": key})
                reply = self._worker.receive(SUGGEST_TIMEOUT_S)
            except TunerError:
                if self._closed or self._restarts >= RESTARTS:
                    raise
                self._restarts += 1
                self._restart()
            else:
                self._unsent.clear()
                values: dict[str, Any] = reply["values"]
                return values

    def _notice_limit(self) -> None:
        """Model the size once a model broke the limit, not before: it makes a suggestion several times as slow."""
        if not self._limited and any(point.over is not None and point.over > 0 for point in self._points.values()):
            self._limited = True
            self._describe()

    def _restart(self) -> None:
        self._worker.close()
        self._worker = WorkerProcess(WORKER)
        self._unready = 0
        self._describe()

    def _describe(self) -> None:
        """Have the worker model the problem anew, from all points."""
        space = self._spec.space
        self._unready += 1
        self._unsent = list(self._points)
        self._worker.send(
            {
                "parameters": [_ax_parameter(name, parameter) for name, parameter in space.items()],
                "constraints": [str(inequality) for inequality in self._linear],
                "size_limited": self._limited,
                "seed": self._spec.seed + self._spec.skip,
            }
        )

    def _news(self, key: str) -> dict[str, Any]:
        point = self._points[key]
        values = {name: self._to_ax(name, value) for name, value in point.values.items()}
        over = point.over if self._limited else None
        return {"index": key, "values": values, "state": point.state, "objective": point.objective, "over": over}

    def _to_ax(self, name: str, value: HyperparameterValue) -> HyperparameterValue:
        parameter = self._spec.space[name]
        if isinstance(parameter, CategoricalParameter):
            number = ordered_categories(parameter).index(value)
            return number if is_ordered(parameter) else f"c{number}"
        return value

    def _from_ax(self, values: dict[str, Any]) -> Hyperparameters:
        return {name: _from_ax(parameter, values[name]) for name, parameter in self._spec.space.items()}


def _from_ax(parameter: Parameter, value: Any) -> HyperparameterValue:
    if isinstance(parameter, CategoricalParameter):
        number = int(str(value).removeprefix("c"))
        return ordered_categories(parameter)[number]
    if isinstance(parameter, IntegerParameter):
        return min(max(round(float(value)), parameter.low), parameter.high)
    return min(max(float(value), parameter.low), parameter.high)


def _ax_parameter(name: str, parameter: Parameter) -> dict[str, Any]:
    """A parameter as the keyword arguments of Ax's config classes; categories go by their number."""
    if isinstance(parameter, CategoricalParameter):
        numbers = range(len(parameter.categories))
        if is_ordered(parameter):
            return {
                "kind": "choice",
                "name": name,
                "values": list(numbers),
                "parameter_type": "int",
                "is_ordered": True,
            }
        names = [f"c{number}" for number in numbers]
        return {"kind": "choice", "name": name, "values": names, "parameter_type": "str", "is_ordered": False}
    return {
        "kind": "range",
        "name": name,
        "bounds": [parameter.low, parameter.high],
        "parameter_type": "int" if isinstance(parameter, IntegerParameter) else "float",
        "scaling": "log" if parameter.prior == "log-uniform" else "linear",
    }
