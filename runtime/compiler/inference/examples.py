"""Profiles' slots as examples to learn from: each with its features, by what the files tell and with guesses."""

import gc
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from runtime.compiler.inference.classes import kind, most_seen
from runtime.compiler.inference.engine import TypeInferenceEngine
from runtime.compiler.inference.evaluation import Evaluation
from runtime.compiler.inference.folds import fold_of
from runtime.compiler.inference.observed import Observation, source
from runtime.compiler.inference.project import MOST_FILES, Project, beside, is_test, readable, root_of
from runtime.compiler.inference.scopes import Code
from runtime.compiler.inference.seen import Place, deep_type, first_look, guesses, second_look

First = dict[Place, set[str]]
"""Features of all slots of the files that were looked at, seen or not."""


@dataclass
class File:
    """One source file with what was seen in it, and what is beside it."""

    package: str
    code: Code
    project: Project
    seen: list[Observation]


@dataclass
class Examples:
    """Rows of features with what was seen, one for each slot."""

    rows: list[set[str]] = field(default_factory=list)
    kinds: list[str] = field(default_factory=list)
    packages: list[str] = field(default_factory=list)
    observed: list[Observation] = field(default_factory=list)
    evaluated: list[str] = field(default_factory=list)
    """What the evaluation of the file has for the kind that was seen, in full."""

    def add(self, one: Observation, row: set[str], evaluation: Evaluation) -> None:
        self.rows.append(row)
        self.kinds.append(most_seen(one.types)[0])
        self.packages.append(one.package)
        self.observed.append(one)
        self.evaluated.append(deep_type(self.kinds[-1], one.slot, evaluation))

    def __add__(self, other: "Examples") -> "Examples":
        return Examples(
            self.rows + other.rows,
            self.kinds + other.kinds,
            self.packages + other.packages,
            self.observed + other.observed,
            self.evaluated + other.evaluated,
        )

    def shares(self, kinds: Sequence[str]) -> NDArray[np.float64]:
        """How often each kind was seen in a slot, one row each."""
        found = np.zeros((len(self.observed), len(kinds)))
        for row, one in zip(found, self.observed, strict=True):
            for name, weight in one.types.items():
                row[kinds.index(kind(name))] += weight
        return np.asarray(found / found.sum(axis=1, keepdims=True))

    @property
    def folds(self) -> NDArray[np.int64]:
        """Whole packages are kept apart."""
        return np.array([fold_of(package) for package in self.packages])


def files(observed: Iterable[Observation], alone: bool = False, tests: bool = True) -> list[File]:
    """By source file, each with the others of its package unless it shall stand `alone`; with or without `tests`."""
    by_path: dict[tuple[str, str], list[Observation]] = {}
    for one in observed:
        if tests or not is_test(Path(one.file)):
            by_path.setdefault((one.package, one.file), []).append(one)
    gc.disable()  # syntax trees are many small objects that all stay
    try:
        held = [(package, Path(path), source(path, package)) for package, path in by_path]
        together: dict[Path, list[Code]] = {}
        for _, path, read in held:
            if read is not None:
                together.setdefault(_root(path, alone), []).append(read.code)
        projects = {root: Project(_with_others(codes, alone, tests)) for root, codes in together.items()}
    finally:
        gc.freeze()
        gc.enable()
    return [
        File(package, read.code, projects[_root(path, alone)], by_path[package, str(path)])
        for package, path, read in held
        if read is not None
    ]


def _root(path: Path, alone: bool) -> Path:
    return path if alone else root_of(path) or path


def _with_others(codes: list[Code], alone: bool, tests: bool) -> list[Code]:
    known = {Path(code.path) for code in codes}
    others = [] if alone else [path for path in beside(Path(codes[0].path), tests) if path not in known]
    return [*codes, *readable(others[: max(MOST_FILES - len(known), 0)])]


def first_examples(held: Sequence[File]) -> tuple[Examples, First]:
    """What the files themselves tell."""
    found, places = Examples(), First()
    evaluations: dict[Project, Evaluation] = {}
    for file in held:
        evaluation = evaluations.setdefault(file.project, Evaluation(file.code, project=file.project))
        first = first_look(file.code, evaluation)
        places |= first
        for one in file.seen:
            found.add(one, first[one.slot.key], evaluation)
    return found, places


def second_examples(held: Sequence[File], places: First, engines: Sequence[TypeInferenceEngine]) -> Examples:
    """With guesses for the neighbours by an engine that has not seen the file's package: one for each fold."""
    found = Examples()
    evaluations: dict[Project, Evaluation] = {}
    fold = {file.code: fold_of(file.package) % len(engines) for file in held}
    thought = {}
    for at, engine in enumerate(engines):
        of_fold = [place for place in places if fold[place[0].code] == at]
        thought[at] = guesses(of_fold, engine.probabilities([places[place] for place in of_fold]), engine.kinds)
    for file in held:
        evaluation = evaluations.setdefault(file.project, Evaluation(file.code, thought[fold[file.code]], file.project))
        for one in file.seen:
            found.add(one, second_look(one.slot, evaluation), evaluation)
    return found


def examples(held: Sequence[File], engine: TypeInferenceEngine) -> Examples:
    """Both looks by one engine, as it would be asked."""
    return second_examples(held, first_examples(held)[1], [engine])
