"""`evaluations/{suite}-{timestamp}/`: what an evaluation leaves, from its first trial on.

`evaluation.json` says what is tried, `trials.jsonl` holds a line a finished trial, `results.json` and `report.html` are
written when it ends, `runs/` holds the folders of whole runs.
"""

import json
import os
import secrets
from collections.abc import Iterable
from contextlib import AbstractContextManager
from datetime import UTC, datetime
from pathlib import Path

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from evals.contracts import Suite, Trial
from runtime.errors import DiskFull, InputError
from tools.results.lease import hold_lease
from tools.results.writing import DISK_FAULTS, naming_disk_faults, write_atomically

Key = tuple[str, int, str]
"""Of a trial: case, seed, model."""


class Plan(BaseModel):
    """What an evaluation tries: every case of its suite with every seed and model."""

    model_config = ConfigDict(extra="forbid")

    version: int = 1
    suite: Suite
    models: list[str]
    seeds: list[int]
    started: str
    """ISO 8601, UTC."""
    record: str = ""
    replay: str = ""
    stopped: dict[str, str] = Field(default_factory=dict)
    """Why the trials of a model were ended early."""

    @property
    def keys(self) -> list[Key]:
        """Of every trial, a model after the other, so that a table of the first is whole before the second begins."""
        return [(case.id, seed, model) for model in self.models for case in self.suite.cases for seed in self.seeds]


def key_of(trial: Trial) -> Key:
    """What a trial is known by."""
    return trial.case, trial.seed, trial.model


class EvaluationFolder:
    """One evaluation on disk."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.plan_file = path / "evaluation.json"
        self.trials_file = path / "trials.jsonl"
        self.results = path / "results.json"
        self.report = path / "report.html"

    @classmethod
    def create(cls, out: Path, plan: Plan) -> "EvaluationFolder":
        """A new folder with its plan. Raises `InputError` or `DiskFull`."""
        stamp = datetime.now(UTC).strftime("%Y%m%dT%H%M%S")
        folder = cls(out / f"{plan.suite.name}-{stamp}-{secrets.token_hex(2)}")
        try:
            folder.path.mkdir(parents=True)
        except OSError as error:
            advice = DISK_FAULTS.get(error.errno or 0)
            kind = DiskFull if advice else InputError
            raise kind(f"Can't keep results in {out}: {advice or error.strerror}.") from error
        folder.save_plan(plan)
        return folder

    @classmethod
    def find(cls, text: str) -> "EvaluationFolder":
        """The evaluation in a folder, or of one of its files. Raises `InputError`."""
        path = Path(text).expanduser()
        folder = cls(path.parent if path.is_file() else path)
        if not folder.plan_file.is_file():
            raise InputError(f"{text} is no evaluation: name a folder below evaluations/, which holds evaluation.json.")
        return folder

    def lease(self) -> AbstractContextManager[None]:
        """The right to add trials; raises `InputError` when another process is at it."""
        return hold_lease(self.path / ".lease", self.path.name)

    def plan(self) -> Plan:
        """Raises `InputError` when it is damaged."""
        try:
            return Plan.model_validate_json(self.plan_file.read_bytes())
        except (OSError, ValidationError) as error:
            raise InputError(f"{self.plan_file} can't be read: start the evaluation again.") from error

    def save_plan(self, plan: Plan) -> None:
        """Raises `DiskFull`."""
        write_atomically(self.plan_file, (plan.model_dump_json(indent=1) + "\n").encode())

    def add(self, trial: Trial) -> None:
        """One more line, on the disk when this returns; a line that a kill tore is ended first. Raises `DiskFull`."""
        line = trial.model_dump_json().encode() + b"\n"
        with naming_disk_faults(self.trials_file), self.trials_file.open("ab+") as stream:
            if stream.tell():
                stream.seek(-1, os.SEEK_END)
                line = line if stream.read(1) == b"\n" else b"\n" + line
            stream.write(line)
            stream.flush()
            os.fsync(stream.fileno())

    def trials(self) -> list[Trial]:
        """The finished trials in the plan's order, the last line of each; torn lines are left out."""
        found: dict[Key, Trial] = {}
        try:
            lines = self.trials_file.read_bytes().splitlines()
        except FileNotFoundError:
            lines = []
        for line in lines:
            try:
                trial = Trial.model_validate(json.loads(line))
            except (ValueError, ValidationError):
                continue
            found[key_of(trial)] = trial
        return _sorted(found.values(), self.plan())


def _sorted(trials: Iterable[Trial], plan: Plan) -> list[Trial]:
    places = {key: place for place, key in enumerate(plan.keys)}
    return sorted(trials, key=lambda trial: places.get(key_of(trial), len(places)))
