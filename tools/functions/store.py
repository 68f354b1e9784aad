"""The folder of generated training functions: written once, looked up by the data they fit, cleaned by age."""

import re
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ConfigDict

from runtime.data_profile import DataProfile, TaskType
from runtime.errors import InputError
from runtime.events import Emit, ignore_events
from runtime.outcome import Outcome
from runtime.training_function import TrainingFunction
from tools.functions.seed_file import PREFIX, file_name, read_function, write_function
from tools.results.writing import naming_disk_faults

DEFAULT_FOLDER = Path("generated_training_functions")
Paths = list[Path]
DAY_S = 86_400
MAX_NAMESAKES = 10_000
UNFIT = {Outcome.DEBUG_CHANCES_EXHAUSTED, Outcome.REVIEW_REJECTED, Outcome.STOP_PIPELINE, Outcome.CONSTRAINT_UNMET}
"""Outcomes after which a function is not offered again: it did not run, pass, or fit."""


class CachedFunction(BaseModel):
    """One line of the list; the first four fields are the seed's."""

    model_config = ConfigDict(extra="forbid")

    model_name: str
    confidence: float
    filepath: str
    bo_parameters: list[str]
    age_days: float
    data_type: str
    dataset_name: str
    task_type: str
    target: str
    model: str
    """What wrote it: provider:model or expert."""
    outcome: str
    """How the last run with it ended, or empty when that is not known."""
    score: float | None


class FunctionStore:
    """Training functions in one folder, one JSON file each, in exactly the seed's format.

    What arxla adds is inside `metadata`: `fingerprint`, `task_type`, `target`, `model`, `paper` (for code that
    implements one) and, after a run, `outcome`.
    Files are untrusted: they are parsed, never executed, and a function from here is reviewed and boxed like any other.
    """

    def __init__(self, folder: Path = DEFAULT_FOLDER, emit: Emit = ignore_events) -> None:
        self.folder = folder
        self._emit = emit

    def save(self, function: TrainingFunction, *, target: str, model: str, paper: str = "") -> Path:
        """Write a new file, the timestamp moved on when its name is taken; raises `DiskFull`.

        `paper` says which paper's method it implements: an id or hash that changes with the paper's text.
        """
        profile = function.data_profile
        key = _key(profile, profile.task_type, target, model) | ({"paper": paper} if paper else {})
        path, stamped = self._reserve(function.model_copy(update={"metadata": {**function.metadata, **key}}))
        write_function(path, stamped)
        return path

    def load(self, path: Path) -> TrainingFunction:
        """The function of a file; raises `InputError` with a sentence for one that can't be used."""
        return read_function(path)

    def code_of(self, path: Path) -> str | None:
        """The code in a file, None when there is none that can be read."""
        try:
            return self.load(path).training_code
        except InputError:
            return None

    def find(
        self, profile: DataProfile, task_type: TaskType, target: str, model: str, paper: str = ""
    ) -> tuple[Path, TrainingFunction] | None:
        """The function for the same data, task, target, writer and paper: the best SUCCESS, else the newest not unfit.

        Without a paper only what was written without one is found.
        """
        key = _key(profile, task_type, target, model)
        matching = [
            (path, function)
            for path, function in self._readable()
            if all(function.metadata.get(name) == value for name, value in key.items())
            and function.metadata.get("paper", "") == paper
            and _outcome(function).get("outcome", "") not in UNFIT
        ]
        return max(matching, key=lambda found: _rank(found[1]), default=None)

    def list(self) -> list[CachedFunction]:
        """Every readable function, newest first; unreadable files are named in a warning."""
        newest_first = sorted(self._readable(), key=lambda found: found[1].timestamp, reverse=True)
        return [_line(path, function, time.time()) for path, function in newest_first]

    def resolve(self, name: str) -> Path:
        """The file that a path, a file name (`.json` or not) or a model name (the newest of it) means.

        Raises `InputError` when nothing is meant.
        """
        for path in (Path(name), self.folder / Path(name).name, self.folder / f"{Path(name).name}.json"):
            if path.is_file():
                return path
        named = next((line for line in self.list() if line.model_name == name), None)
        if named is None:
            raise InputError(f"No training function is called {name!r} in {self.folder}; see `arxla functions list`.")
        return Path(named.filepath)

    def remember_outcome(
        self, path: Path, outcome: Outcome, score: float | None = None, model_kb: float | None = None
    ) -> None:
        """Note in the file how a run with this function ended."""
        function = read_function(path)
        known = {"outcome": outcome.value, "score": score, "model_kb": model_kb, "at": int(time.time())}
        write_function(path, function.model_copy(update={"metadata": {**function.metadata, "outcome": known}}))

    def clean(self, older_than_days: float, dry_run: bool = False) -> Paths:
        """Delete the functions that are older, by their own timestamp (by the file's when unreadable).

        Returns the paths, which a dry run leaves in place.
        """
        if older_than_days < 0:
            raise InputError("The age must not be negative.")
        limit = time.time() - older_than_days * DAY_S
        old = [path for path in self._paths() if _timestamp(path) < limit]
        if not dry_run:
            for path in old:
                path.unlink(missing_ok=True)
        return old

    def _reserve(self, function: TrainingFunction) -> tuple[Path, TrainingFunction]:
        """An empty file of a name that was free, and the function with the timestamp of that name."""
        with naming_disk_faults(self.folder):
            try:
                self.folder.mkdir(parents=True, exist_ok=True)
            except (FileExistsError, NotADirectoryError) as error:
                raise InputError(f"{self.folder} is not a folder; name another place for the functions.") from error
        for later in range(MAX_NAMESAKES):
            stamped = function.model_copy(update={"timestamp": function.timestamp + later})
            path = self.folder / file_name(stamped)
            try:
                with naming_disk_faults(path):
                    path.open("x").close()
            except FileExistsError:
                continue
            return path, stamped
        raise InputError(f"{self.folder} holds {MAX_NAMESAKES} functions called {function.model_name}; clean it first.")

    def _paths(self) -> Paths:
        return sorted(self.folder.glob(f"{PREFIX}*.json")) if self.folder.is_dir() else []

    def _readable(self) -> Iterator[tuple[Path, TrainingFunction]]:
        for path in self._paths():
            try:
                function = read_function(path)
            except InputError as error:
                self._emit({"kind": "warning", "text": f"Skipped a cached function: {error}"})
            else:
                yield path, function


def _key(profile: DataProfile, task_type: TaskType, target: str, model: str) -> dict[str, str]:
    return {"fingerprint": profile.fingerprint(), "task_type": task_type, "target": target, "model": model}


def _outcome(function: TrainingFunction) -> dict[str, Any]:
    known = function.metadata.get("outcome")
    return known if isinstance(known, dict) else {}


def _rank(function: TrainingFunction) -> tuple[bool, float, int]:
    known = _outcome(function)
    score = known.get("score")
    proven = known.get("outcome") == Outcome.SUCCESS and isinstance(score, int | float)
    return proven, float(score) if proven and isinstance(score, int | float) else 0.0, function.timestamp


def _timestamp(path: Path) -> float:
    try:
        return read_function(path).timestamp
    except InputError:
        stamp = re.search(r"_(\d+)\.json$", path.name)
        return float(stamp[1]) if stamp else path.stat().st_mtime


def _line(path: Path, function: TrainingFunction, now: float) -> CachedFunction:
    known, metadata = _outcome(function), function.metadata
    score = known.get("score")
    return CachedFunction(
        model_name=function.model_name,
        confidence=function.confidence,
        filepath=str(path),
        bo_parameters=list(function.bo_config),
        age_days=round(max(0.0, now - function.timestamp) / DAY_S, 2),
        data_type=function.data_profile.data_type,
        dataset_name=function.data_profile.dataset_name,
        task_type=function.data_profile.task_type,
        target=str(metadata.get("target", "")),
        model=str(metadata.get("model", metadata.get("api_model", ""))),
        outcome=str(known.get("outcome", "")),
        score=float(score) if isinstance(score, int | float) else None,
    )
