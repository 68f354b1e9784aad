"""The debug corpus, read: training functions with one seeded fault each, and the small data that they run on.

A file of `evals/debug_corpus/` begins with `# name: value` lines (its README says which), which are no part of the
program. The rest is what a debugger is given. The lines named `mend` turn it into its faultless twin.
"""

import json
import math
import re
from pathlib import Path
from typing import Any

import numpy as np
from pydantic import BaseModel, ConfigDict, Field

from evals.debugging.language import write_language
from runtime.data_profile import PreparedData
from runtime.job import Limits
from runtime.search_space import parse_search_space
from runtime.task import Target
from runtime.training_function import TrainingFunction
from tools.datasets import prepare

CORPUS = Path(__file__).parents[1] / "debug_corpus"
FIELD = re.compile(r"^# ([\w-]+): (.*)$")
CATEGORIES = (
    "shape", "dtype", "device", "memory", "nan", "divergence", "missing import", "wrong key", "time-out", "constraint",
    "leak", "corrupted return",
)  # fmt: skip
WALL_S = 240.0
"""Of a program that does not bound its own time: idle, the longest takes a tenth of it."""


class Program(BaseModel):
    """One file of the corpus."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    name: str
    part: str
    """tuned, or held_out: not looked at while repairs were written."""
    source: str
    category: str
    data: str
    target: Target
    expect: tuple[str, ...]
    """The kinds of correction that are right, the likelier first."""
    cause: str = ""
    """Of the system issue that is expected."""
    fails: str
    """Where, and how: `smoke run, raised in call: RuntimeError`, `execution, timed_out`, `size limit`."""
    says: str = ""
    """What the failure's text holds (a regular expression)."""
    about: str
    mends: tuple[tuple[str, str], ...] = ()
    space: dict[str, Any]
    limits: dict[str, float] = Field(default_factory=dict)
    size_limit_kb: float = 256.0
    twin_score: float | None = None
    """The validation score that the faultless twin was measured with; None where there is no twin."""
    chance_score: float | None = None
    """That of an answer that knows nothing but the training labels."""

    @property
    def has_twin(self) -> bool:
        return bool(self.mends)

    @property
    def learns_from(self) -> float | None:
        """The validation score from which a repaired program still does its task: half of the twin's lead."""
        if self.twin_score is None or self.chance_score is None:
            return None
        return self.chance_score + (self.twin_score - self.chance_score) / 2

    @property
    def bounds(self) -> Limits:
        return Limits(**{"wall_s": WALL_S, **self.limits})

    def function(self, data: PreparedData) -> TrainingFunction:
        return _function(self.name, self.source, self.space, data)

    def twin(self, data: PreparedData) -> TrainingFunction:
        """The same program without its fault. Raises `ValueError` when a mend is not found in it."""
        code, space = self.source, json.dumps(self.space)
        for wrong, right in self.mends:
            if wrong not in code and wrong not in space:
                raise ValueError(f"{self.name}: neither the program nor its space holds {wrong!r}")
            code, space = code.replace(wrong, right), (space if wrong in code else space.replace(wrong, right))
        return _function(self.name, code, json.loads(space), data)


def corpus(*names: str) -> list[Program]:
    """Every program, or those of `names`."""
    paths = sorted(CORPUS.glob("*/*.py"))
    return [read_program(path) for path in paths if not names or path.stem in names]


def read_program(path: Path) -> Program:
    """Raises `pydantic.ValidationError` for a header that lacks something."""
    header: dict[str, Any] = {"mends": []}
    lines = path.read_text(encoding="utf-8").splitlines(keepends=True)
    while lines and (match := FIELD.match(lines[0])):
        name, value = match.group(1), match.group(2).strip()
        if name == "mend":
            header["mends"].append(json.loads(value))
        elif name in ("space", "limits"):
            header[name] = json.loads(value)
        elif name == "expect":
            header[name] = tuple(value.split())
        else:
            header[name.replace("-", "_")] = value
        lines.pop(0)
    source = "".join(lines).lstrip("\n")
    return Program(name=path.stem, part=path.parent.name, source=source, **header)


def prepared(program: Program, folder: Path) -> PreparedData:
    """The program's data in `folder`, the same for every program of that data."""
    name = program.data.replace(":", "-")
    if program.data == "language":
        return write_language(folder / name)
    return prepare(program.data, folder / name)


def chance(data: PreparedData) -> float:
    """The validation score of the training labels' most frequent class, or mean, or of the frequencies of tokens."""
    labels, held = (np.load(Path(data.folder) / f"y_{part}.npy", allow_pickle=False) for part in ("train", "val"))
    if data.profile.task_type == "regression":
        return 0.0
    counts = np.bincount(labels.reshape(-1), minlength=int(held.max()) + 1)
    if data.profile.task_type == "language_modeling":
        return -math.exp(-float(np.log((counts + 1) / (counts + 1).sum())[held].mean()))
    return float((held == counts.argmax()).mean())


def _function(name: str, code: str, space: dict[str, Any], data: PreparedData) -> TrainingFunction:
    return TrainingFunction(
        model_name=name, training_code=code, bo_config=parse_search_space(space), confidence=0.5,
        data_profile=data.profile, timestamp=0,
    )  # fmt: skip
