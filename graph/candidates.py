"""Several programs for one request: written, checked by rule, tried in the box; the best measured one goes on."""

import contextlib
import time
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from functools import partial

from agents.contracts import CodeRequest, ReviewRequest
from graph.criteria import count_met, worth
from graph.side_by_side import side_by_side
from graph.stage import BOX_RETRIES, Stage
from graph.state import Json
from runtime.errors import ArxlaError, BudgetExhausted, InputError, ModelUnavailable, SandboxFailure, UnusableAnswer
from runtime.events import Event
from runtime.job import Limits
from runtime.search_space import defaults
from runtime.training_function import TrainingFunction
from tools.execution import TrainingRun, smoke_run, train
from tools.papers.brief import CriterionVerdict
from tools.review import blocks, fix_code, review_code
from tools.review.finding import Finding, Severity

WRITERS = 4
"""Models that are asked at once."""
SHORT_EPOCHS = 6
"""Epochs of the training that compares candidates."""
TIME_SHARE = 0.4
"""Of the run's time that is left, what writing them all may take before no further one is begun; then trying them."""
TRIAL_LIMITS = Limits(wall_s=240.0, cpu_s=480.0)
PLACE = "code-generation"


@dataclass
class Candidate:
    """One program and what became of it."""

    number: int
    model: str
    request: CodeRequest
    function: TrainingFunction | None = None
    """As it was written."""
    fault: ArxlaError | None = None
    findings: list[Finding] = field(default_factory=list)
    criteria: list[CriterionVerdict] = field(default_factory=list)
    outcome: str = ""
    """ran, too large, failed, blocked, same as another, not written, or not tried."""
    reason: str = ""
    score: float | None = None
    size_kb: float | None = None
    seconds: float = 0.0

    @property
    def name(self) -> str:
        """As its files are called."""
        return f"candidate-{self.number + 1}"

    def rank(self) -> tuple[object, ...]:
        """Higher is better: it ran, it fits, its score, its criteria; without a score, how it was reviewed."""
        errors = sum(finding.severity is Severity.ERROR for finding in self.findings)
        measured = self.score if self.score is not None else float("-inf")
        tried = self.outcome in ("ran", "too large")
        return tried, self.outcome == "ran", measured, -errors, worth(self.criteria), -len(self.findings), -self.number

    def as_record(self, chosen: bool) -> Json:
        """For `run.json`."""
        heat = self.function.metadata.get("temperature") if self.function else None
        return {
            "number": self.number,
            "model": self.model,
            "temperature": heat,
            "model_name": self.function.model_name if self.function else "",
            "outcome": self.outcome,
            "reason": self.reason,
            "score": self.score,
            "size_kb": self.size_kb,
            "seconds": round(self.seconds, 2),
            "criteria_met": count_met(self.criteria) if self.criteria else None,
            "criteria": len(self.criteria),
            "chosen": chosen,
        }


Program = tuple[Candidate, TrainingFunction]


def best_candidate(stage: Stage, request: CodeRequest) -> tuple[TrainingFunction, str, list[Json]]:
    """The program that goes on, the model that wrote it, and a record of all of them.

    A candidate that can't be written or fails is data; raises the first one's fault when none could be written.
    """
    asked = _requests(stage, request)
    with _threads(WRITERS) as pool:
        _all(pool.map(partial(_write, stage, _end(stage)), asked))
    written = [(one, one.function) for one in asked if one.function is not None]
    if not written:
        raise next(one.fault for one in asked if one.fault is not None)
    checked = _check(stage, written)
    runnable = [(one, function) for one, function in checked if not one.outcome]
    with _threads(side_by_side(stage.task.target, stage.sandbox)) as pool:
        _all(pool.map(partial(_try, stage, _end(stage)), *zip(*runnable, strict=True)) if runnable else [])
    stage.check()
    if request.brief is not None and stage.task.review_rounds > 0 and runnable:
        with _threads(WRITERS) as pool:
            _all(pool.map(partial(_judge, stage, _end(stage)), *zip(*runnable, strict=True)))
    best, function = max(written, key=lambda pair: pair[0].rank())
    stage.emit({"kind": "note", "text": f"candidate {best.number + 1} of {len(asked)} goes on"})
    return function, best.model, [one.as_record(one is best) for one in asked]


def _requests(stage: Stage, request: CodeRequest) -> list[Candidate]:
    """One for each candidate, the models in turn; each counts its own candidates, so that temperatures rise."""
    names = stage.task.candidate_models or [stage.task.model_for("coder")]
    turns: dict[str, int] = {}
    candidates = []
    for number in range(stage.task.candidates):
        name = names[number % len(names)]
        turn = turns.setdefault(name, 0)
        turns[name] += 1
        candidates.append(Candidate(number, name, request.model_copy(update={"candidate": turn})))
    return candidates


def _end(stage: Stage) -> float:
    """When nothing further is begun of what comes now, on `time.monotonic()`'s clock."""
    deadline = stage.deadline
    return float("inf") if deadline is None else time.monotonic() + TIME_SHARE * (deadline - time.monotonic())


def _write(stage: Stage, end: float, one: Candidate) -> None:
    if kept := _kept(stage, one):
        one.function = kept
        return
    if one.number and time.monotonic() >= end:
        one.outcome, one.reason = "not written", "no time was left for it"
        return
    started = time.monotonic()
    try:
        one.function = stage.agents_with(coder=one.model).coder.write(one.request)
    except (UnusableAnswer, ModelUnavailable, BudgetExhausted) as fault:
        one.fault, one.outcome, one.reason = fault, "not written", str(fault)
        stage.emit({"kind": "note", "text": f"candidate {one.number + 1} by {one.model}: {fault}"})
        return
    one.seconds += time.monotonic() - started
    stage.folder.save_code(PLACE, one.function.training_code, name=one.name)
    stage.folder.save_json(PLACE, one.function, name=one.name)


def _kept(stage: Stage, one: Candidate) -> TrainingFunction | None:
    """What an interrupted visit of this stage has paid for; a file that was torn is written anew."""
    for path in (stage.folder.path / PLACE).glob(f"*_{one.name}.json"):
        with contextlib.suppress(InputError):
            return stage.services.functions.load(path)
    return None


def _check(stage: Stage, written: list[Program]) -> list[Program]:
    """Each program with the static fixes, and what the rules say of it; the same text twice is tried once."""
    target, seen, checked = stage.task.target, set(), []
    for one, function in written:
        fixed = function.model_copy(update={"training_code": fix_code(function.training_code, target).source})
        code = fixed.training_code.strip()
        one.findings = review_code(code, target, fixed.bo_config, fixed.constraints, heed_comments=False)
        if code in seen:
            one.outcome, one.reason = "same as another", "its code is an earlier candidate's"
        elif blocks(one.findings):
            worst = next(finding for finding in one.findings if finding.severity is Severity.ERROR)
            one.outcome, one.reason = "blocked", f"{worst.rule} line {worst.line}: {worst.message}"
        seen.add(code)
        checked.append((one, fixed))
    return checked


def _try(stage: Stage, end: float, one: Candidate, fixed: TrainingFunction) -> None:
    """A smoke run and a short training on the tuning subset, measured outside of the box."""
    if time.monotonic() >= end:
        one.outcome, one.reason = "not tried", "no time was left for it"
        return
    started = time.monotonic()
    try:
        run = BOX_RETRIES(_run, stage, one, fixed)
    except SandboxFailure as fault:
        one.outcome, one.reason = "not tried", str(fault)
        return
    finally:
        one.seconds += time.monotonic() - started
    if run.failed or run.size is None:
        one.outcome, one.reason = "failed", run.failure_line
    else:
        one.score, one.size_kb = run.score, run.size.real_kb
        one.outcome = "ran" if one.size_kb <= stage.task.size_limit_kb else "too large"
    told = f"validation {one.score:.4f}" if one.score is not None else f"{one.outcome}: {one.reason}"
    stage.emit({"kind": "note", "text": f"candidate {one.number + 1} by {one.model}: {told}"})


def _run(stage: Stage, one: Candidate, fixed: TrainingFunction) -> TrainingRun:
    def watch(event: Event) -> None:
        stage.emit(event | {"candidate": one.number})

    task, place = stage.task, one.name
    smoke = smoke_run(
        stage.sandbox, fixed, stage.data, target=task.target, seed=task.seed, scratch=stage.scratch(f"{place}-smoke"),
        emit=watch, cancel=stage.cancel,
    )  # fmt: skip
    if smoke.failed:
        return smoke
    return train(
        stage.sandbox, fixed, stage.data, defaults(fixed.bo_config), target=task.target, seed=task.seed,
        rows=task.bo_sample, limits=TRIAL_LIMITS, max_epochs=SHORT_EPOCHS, scratch=stage.scratch(place),
        emit=watch, cancel=stage.cancel,
    )  # fmt: skip


def _judge(stage: Stage, end: float, one: Candidate, fixed: TrainingFunction) -> None:
    """What the reviewer says of the paper's criteria."""
    if time.monotonic() >= end:
        return
    request = ReviewRequest(function=fixed, target=stage.task.target, findings=one.findings, brief=one.request.brief)
    try:
        one.criteria = stage.agents.reviewer.review(request).criteria
    except (ModelUnavailable, BudgetExhausted) as fault:
        stage.emit({"kind": "note", "text": f"candidate {one.number + 1} was not judged: {fault}"})


def _threads(most: int) -> ThreadPoolExecutor:
    return ThreadPoolExecutor(most, thread_name_prefix="candidate")


def _all(results: Iterable[None]) -> None:
    """Wait for every thread, and raise what one of them raised."""
    for _ in results:
        pass
