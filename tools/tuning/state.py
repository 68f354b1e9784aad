"""What a study has done, on disk before and after each trial."""

import hashlib
import json
from pathlib import Path

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from runtime.errors import InputError
from runtime.search_space import SEARCH_SPACE, Hyperparameters, SearchSpace
from tools.results.record import TrialRecord
from tools.results.writing import json_bytes, naming_disk_faults, write_atomically


class Pending(BaseModel):
    """A trial that is to run, or was running when the process ended."""

    model_config = ConfigDict(extra="forbid")

    hyperparameters: Hyperparameters
    starts: int = 0
    """How often it was started without coming to an end."""
    repaired_from: int | None = None
    note: str = ""


class StudyState(BaseModel):
    """The state file. Finished trials are in the order of their end; a trial's index is never used again."""

    model_config = ConfigDict(extra="forbid")

    version: int = 1
    problem: str
    """Hash of the search space, the constraints, the fixed values and the size limit."""
    trials: list[TrialRecord] = Field(default_factory=list)
    pending: dict[int, Pending] = Field(default_factory=dict)
    """By index: running now, or next in line."""
    repairing: list[int] = Field(default_factory=list)
    """Failed trials whose repair is being thought of."""
    curves: dict[int, list[tuple[int, float]]] = Field(default_factory=dict)
    """(epoch, reported value) by completed trial, for the pruner."""

    @property
    def next_index(self) -> int:
        return max([trial.index for trial in self.trials] + list(self.pending), default=-1) + 1

    def save(self, path: Path) -> None:
        """Write atomically; raises `DiskFull` when the place can't be written."""
        with naming_disk_faults(path):
            path.parent.mkdir(parents=True, exist_ok=True)
        write_atomically(path, json_bytes(self))


def problem_key(space: SearchSpace, constraints: list[str], fixed: Hyperparameters, limit_kb: float | None) -> str:
    """What a recorded trial depends on: equal keys mean that its score still counts."""
    facts = [SEARCH_SPACE.dump_python(space, mode="json"), constraints, fixed, limit_kb]
    return hashlib.sha256(json.dumps(facts, sort_keys=True).encode()).hexdigest()[:16]


def load_state(path: Path, problem: str) -> StudyState:
    """The recorded state, or a new one when there is no file.

    Raises `InputError` when the file is not a study, or is one of another problem.
    """
    if not path.exists():
        return StudyState(problem=problem)
    try:
        state = StudyState.model_validate_json(path.read_text(encoding="utf-8"))
    except (ValidationError, UnicodeDecodeError) as error:
        raise InputError(f"{path} is not the state of a tuning study; move it away to start anew.") from error
    if state.problem != problem:
        raise InputError(f"{path} holds a study of another search space or size limit; move it away to start anew.")
    return state
