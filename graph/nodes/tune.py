"""Search the hyperparameters on a subset of the data; the run that `execute` measured is the first trial."""

import json
import threading
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from queue import SimpleQueue

from agents.contracts import DebugRequest
from graph.accelerating import PLAIN, Way, found_way
from graph.nodes.debug import SIZE
from graph.side_by_side import side_by_side
from graph.stage import Stage
from graph.state import Update, ending, failure
from runtime.box.protocol import Runner
from runtime.errors import BudgetExhausted, UnusableAnswer
from runtime.events import Event
from runtime.job import ExecutionResult, Status
from runtime.outcome import Outcome
from runtime.search_space import Hyperparameters, HyperparameterValue, Parameter, defaults
from tools.execution import TrainingRun, train
from tools.results.record import TuningRecord
from tools.tuning.pruner import MedianPruner
from tools.tuning.study import run_study
from tools.tuning.trial import TrialOutcome


def run(stage: Stage) -> Update:
    """The study's record and the best hyperparameters; no trial under the size limit is a failure."""
    function, task = stage.function, stage.task
    trials = Trials(stage)
    workers = min(side_by_side(trials.way.runs_like(task.target), stage.sandbox), max(1, task.trials))
    with trials.warm_boxes(workers):
        record = run_study(
            function.bo_config,
            function.constraints,
            trials.evaluate,
            trials=task.trials,
            state_file=stage.folder.path / "metrics" / f"study_{function.timestamp}_{_version(stage)}.json",
            tuner=task.tuner,
            seed=task.seed,
            size_limit_kb=task.size_limit_kb,
            repair=trials.repair,
            pruner=trials.pruner,
            workers=workers,
            emit=stage.emit,
            cancel=stage.cancel,
            deadline=stage.deadline,
        )
    update = {"tuning": record.model_dump(mode="json"), "warnings": trials.warnings, **_best(stage, record)}
    try:
        stage.check()
    except BudgetExhausted as fault:  # what was found until then is kept
        return update | ending(Outcome.BUDGET_EXHAUSTED, f"tune: {fault}")
    stage.folder.save_json("metrics", record, name="tuning")
    return update


def _best(stage: Stage, record: TuningRecord) -> Update:
    best = next((trial for trial in record.trials if trial.index == record.best_index), None)
    if best is None:
        line = f"no trial met the limit of {stage.task.size_limit_kb:g} KB: {record.note}"
        result = ExecutionResult(status=Status.OK, detail=line)
        return {"failure": failure(SIZE, line, result, stage.state["hyperparameters"]), "note": line}
    completed = sum(trial.state == "completed" for trial in record.trials)
    note = f"best {best.score:.4f} of {completed} completed trials, {best.model_kb or 0:.1f} KB"
    return {"hyperparameters": best.hyperparameters, "failure": {}, "note": note}


def _version(stage: Stage) -> int:
    """Corrections so far: a corrected function has a study of its own."""
    return len(stage.state.get("tried", []))


class Trials:
    """Runs trials in warm boxes and asks the debugger about those that fail."""

    def __init__(self, stage: Stage) -> None:
        self.pruner = MedianPruner()
        self._stage = stage
        self._function = stage.function
        self.way = found_way(stage)
        self.warnings: list[str] = []
        self._boxes: SimpleQueue[Runner] = SimpleQueue()
        self._failed: dict[str, TrainingRun] = {}
        self._repairs = 0

    @contextmanager
    def warm_boxes(self, workers: int) -> Iterator[None]:
        """One warm isolated child a worker, for the study's life."""
        with ExitStack() as stack:
            for _ in range(workers):
                self._boxes.put(stack.enter_context(self._stage.sandbox.session()))
            yield

    def evaluate(self, index: int, hyperparameters: Hyperparameters) -> TrialOutcome:
        """Train with these values and measure; the first trial was already run by `execute`."""
        done = self._stage.state["execution"]
        if index == 0 and hyperparameters == done["hyperparameters"]:
            size = done["size"]["real_bytes"] / 1024
            where = {name: done.get(name, "") for name in ("device", "sandbox", "node")}
            measured = {"score": done["score"], "model_kb": size, "seconds": done["seconds"]}
            return TrialOutcome(state="completed", **measured, **where)
        stop = StopTrial(self._stage.cancel)
        self.pruner.start(index)
        box = self._boxes.get()
        try:
            way = self.way
            run = self._train(box, index, hyperparameters, stop, way)
            if way and run.failed and run.execution.status is not Status.CANCELLED:
                run = self._repeated_plain(index, run, way, stop)
        finally:
            self._boxes.put(box)
        return self._outcome(run, stop)

    def repair(self, hyperparameters: Hyperparameters, outcome: TrialOutcome) -> Hyperparameters | None:
        """Other values from the debugger, as often as the run has debug chances; None gives the trial up."""
        run = self._failed.pop(_key(hyperparameters), None)
        if run is None or self._repairs >= self._stage.task.debug_chances:
            return None
        self._repairs += 1
        values, space = hyperparameters, self._function.bo_config
        tried = {name: _at(parameter, values.get(name)) for name, parameter in space.items()}
        request = DebugRequest(
            function=self._function.model_copy(update={"bo_config": tried}),
            hyperparameters=hyperparameters,
            failure=run.execution,
            target=self._stage.task.target,
            size_limit_kb=self._stage.task.size_limit_kb,
            xla_metrics=run.xla,
        )
        try:
            correction = self._stage.agents.debugger.correct(request)
        except UnusableAnswer as error:
            self._stage.emit({"kind": "note", "text": f"trial failed ({outcome.reason}): {error}"})
            return None
        self._stage.emit({"kind": "note", "text": f"trial failed ({outcome.reason}): {correction.explanation}"})
        return defaults(correction.bo_config) if correction.kind == "bo_config" and correction.bo_config else None

    def _repeated_plain(self, index: int, failed: TrainingRun, way: Way, stop: "StopTrial") -> TrainingRun:
        """Once, in a fresh box; where that works the trials to come are plain too."""
        self.warnings.append(f"Trial {index} failed with {way} and was repeated plain: {failed.failure_line}")
        self._stage.emit({"kind": "warning", "text": self.warnings[-1], "trial": index})
        run = self._train(self._stage.sandbox, index, failed.hyperparameters, stop, PLAIN)
        self.way = self.way if run.failed else PLAIN
        return run

    def _train(
        self, box: Runner, index: int, hyperparameters: Hyperparameters, stop: "StopTrial", way: Way
    ) -> TrainingRun:
        stage = self._stage

        def watch(event: Event) -> None:
            stage.emit(event | {"trial": index})
            value = event.get("val_acc", event.get("val_metric"))
            if event.get("kind") == "epoch" and isinstance(value, int | float):
                stop.pruned |= self.pruner.should_stop(index, int(event["epoch"]), float(value))

        return train(
            box,
            self._function,
            stage.data,
            hyperparameters,
            target=stage.task.target,
            seed=stage.task.seed,
            rows=stage.task.bo_sample,
            scratch=stage.scratch(f"trial-{index}"),
            compiled=way.compiled,
            strategy=way.strategy,
            emit=watch,
            cancel=stop,
        )

    def _outcome(self, run: TrainingRun, stop: "StopTrial") -> TrialOutcome:
        where = {"device": run.device, "sandbox": run.execution.sandbox, "node": run.execution.node}
        outcome = TrialOutcome(
            state="completed", seconds=run.seconds, hyperparameters_used=run.hyperparameters, **where
        )
        if run.execution.status is Status.CANCELLED:
            state, reason = (
                ("stopped_early", "below the median of earlier trials") if stop.pruned else ("cancelled", "")
            )
            return outcome.model_copy(update={"state": state, "reason": reason})
        if run.failed or run.size is None:
            self._failed[_key(run.hyperparameters)] = run
            return outcome.model_copy(update={"state": "failed", "reason": run.failure_line})
        return outcome.model_copy(update={"score": run.score, "model_kb": run.size.real_kb})


class StopTrial(threading.Event):
    """Set when the run is cancelled or this trial was found hopeless."""

    def __init__(self, run: threading.Event) -> None:
        super().__init__()
        self._run = run
        self.pruned = False

    def is_set(self) -> bool:
        return self.pruned or self._run.is_set()


def _key(hyperparameters: Hyperparameters) -> str:
    return json.dumps(hyperparameters, sort_keys=True)


def _at(parameter: Parameter, value: HyperparameterValue | None) -> Parameter:
    """A parameter whose default is what the trial ran with."""
    return parameter if value is None else parameter.model_copy(update={"default": value})
