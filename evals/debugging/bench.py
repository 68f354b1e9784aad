"""The bench: one version of a program, mended by the static rules, run in the box, and measured."""

import re
import threading
from pathlib import Path

from pydantic import BaseModel, Field

from evals.debugging.programs import Program
from graph.nodes.debug import SIZE
from runtime.box.protocol import Sandbox
from runtime.data_profile import PreparedData
from runtime.errors import Cancelled
from runtime.job import ExecutionResult, Status
from runtime.search_space import Hyperparameters, defaults
from runtime.training_function import TrainingFunction
from tools.execution import TrainingRun, smoke_run, train
from tools.review import Severity, fix_code, review_code


class Version(BaseModel):
    """One version of a program, and what became of it in the box."""

    function: TrainingFunction
    """After the static rules' fixes."""
    rules: list[str] = Field(default_factory=list)
    """Those that still find an error in it."""
    mended: list[str] = Field(default_factory=list)
    stage: str = ""
    """Of its failure; empty when it works."""
    line: str = ""
    execution: ExecutionResult
    hyperparameters: Hyperparameters
    xla: dict[str, float] = Field(default_factory=dict)
    score: float | None = None
    size_kb: float | None = None

    @property
    def works(self) -> bool:
        return not self.stage

    def learns(self, program: Program) -> bool:
        """Whether it still does its task (`Program.learns_from`)."""
        bar = program.learns_from
        return bar is None or (self.score is not None and self.score >= bar)


class Bench:
    """Where the versions of one program are run."""

    def __init__(
        self, program: Program, data: PreparedData, sandbox: Sandbox, seed: int, cancel: threading.Event, scratch: Path
    ) -> None:
        self.program, self.data, self.sandbox, self.seed = program, data, sandbox, seed
        self.cancel, self.scratch = cancel, scratch

    def run(self, function: TrainingFunction) -> Version:
        """Mended by the rules, then a smoke run, the real one, and a look at the size. Raises `Cancelled`."""
        fixed = fix_code(function.training_code, self.program.target, function.bo_config, function.constraints)
        function = function.model_copy(update={"training_code": fixed.source})
        found = review_code(
            fixed.source, self.program.target, function.bo_config, function.constraints, heed_comments=False
        )
        errors = sorted({finding.rule for finding in found if finding.severity is Severity.ERROR})
        stage, done = "smoke run", self._smoke(function)
        if not done.failed:
            stage, done = "execution", self._real(function)
        line = done.failure_line
        if not done.failed:
            stage = ""
            if done.size is not None and done.size.real_kb > self.program.size_limit_kb:
                stage = SIZE
                limit = self.program.size_limit_kb
                line = f"the model takes {done.size.real_kb:.1f} KB, and {limit:g} KB is the limit"
                done.execution.detail = line
        return Version(
            function=function, rules=errors, mended=sorted(set(fixed.applied)), stage=stage, line=line,
            execution=done.execution, hyperparameters=done.hyperparameters, xla=done.xla,
            score=None if done.failed else done.score, size_kb=done.size.real_kb if done.size else None,
        )  # fmt: skip

    def _smoke(self, function: TrainingFunction) -> TrainingRun:
        return self._unless_cancelled(
            smoke_run(
                self.sandbox, function, self.data, self.program.target, self.seed, self.scratch / "smoke",
                cancel=self.cancel, limits=self.program.bounds,
            )
        )  # fmt: skip

    def _real(self, function: TrainingFunction) -> TrainingRun:
        return self._unless_cancelled(
            train(
                self.sandbox, function, self.data, defaults(function.bo_config), target=self.program.target,
                seed=self.seed, scratch=self.scratch / "execute", limits=self.program.bounds, cancel=self.cancel,
            )
        )  # fmt: skip

    def _unless_cancelled(self, done: TrainingRun) -> TrainingRun:
        if done.execution.status is Status.CANCELLED:
            raise Cancelled("The evaluation was interrupted.")
        return done


def as_described(program: Program, version: Version) -> bool:
    """Whether a run failed where and how the program's header says."""
    if program.fails == SIZE:
        return version.stage == SIZE
    stage, _, how = program.fails.partition(", ")
    status, _, where = how.partition(" in ")
    phase, _, kind = where.partition(": ")
    result, error = version.execution, version.execution.error
    if version.stage != stage or status not in ("any", result.status.value):
        return False
    if where and (phase, kind) != ((error.phase, error.type) if error else ("", "")):
        return False
    text = f"{error.message if error else ''} {result.detail} {result.stderr}"
    return re.search(program.says, text, re.IGNORECASE) is not None
