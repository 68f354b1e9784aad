"""Training the engine on profiles: each slot's features by the file alone, then with guesses for its neighbours."""

import gc
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from zlib import crc32

import numpy as np
from numpy.typing import NDArray

from runtime.compiler.inference.calibration import best_temperature, warmed
from runtime.compiler.inference.classes import most_seen
from runtime.compiler.inference.engine import TypeInferenceEngine
from runtime.compiler.inference.evaluation import Evaluation
from runtime.compiler.inference.observed import Observation, source
from runtime.compiler.inference.seen import Place, deep_type, first_look, guesses, second_look

FOLDS = 3
MOST_OF_A_PACKAGE = 4000
"""Slots; a package with more counts as if it had so many."""


@dataclass
class File:
    """One source file with what was seen in it."""

    package: str
    path: str
    first: dict[Place, set[str]]
    """Features of all its slots, seen or not."""
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

    @property
    def weights(self) -> NDArray[np.float64]:
        """So that one large package does not drown the others."""
        sizes = {package: self.packages.count(package) for package in set(self.packages)}
        return np.array([min(1.0, MOST_OF_A_PACKAGE / sizes[package]) for package in self.packages])


def files(observed: Iterable[Observation]) -> list[File]:
    """By source file, with the features of the first look."""
    by_path: dict[tuple[str, str], list[Observation]] = {}
    for one in observed:
        by_path.setdefault((one.package, one.file), []).append(one)
    gc.disable()  # syntax trees are many small objects that all stay
    try:
        found = []
        for (package, path), seen in by_path.items():
            held = source(path, package)
            if held is not None:
                found.append(File(package, path, first_look(held.code), seen))
        return found
    finally:
        gc.enable()


def first_examples(held: Sequence[File]) -> Examples:
    """What the files alone tell."""
    found = Examples()
    for file in held:
        read = source(file.path, file.package)
        if read is not None:
            evaluation = Evaluation(read.code)
            for one in file.seen:
                found.add(one, file.first[one.slot.place], evaluation)
    return found


def second_examples(held: Sequence[File], engines: Sequence[TypeInferenceEngine]) -> Examples:
    """With guesses for the neighbours by an engine that has not seen the file's package: one for each fold."""
    found = Examples()
    for file in held:
        read = source(file.path, file.package)
        if read is None:
            continue
        engine = engines[fold_of(file.package) % len(engines)]
        first = engine.probabilities(list(file.first.values()))
        evaluation = Evaluation(read.code, guesses(file.first, first, engine.kinds))
        for one in file.seen:
            found.add(one, second_look(one.slot, evaluation), evaluation)
    return found


def fold_of(package: str) -> int:
    """Always the same one."""
    return crc32(package.encode()) % FOLDS


def train(held: Sequence[File], name: str = "network", seed: int = 0) -> tuple[TypeInferenceEngine, Examples]:
    """An engine trained on both looks, calibrated on folds of whole packages; and the examples of the second look."""
    first = first_examples(held)
    folds = np.array([fold_of(package) for package in first.packages])
    engines = [_fitted("network", first, folds != fold, seed) for fold in range(FOLDS)]
    second = second_examples(held, engines)
    both = Examples(first.rows + second.rows, first.kinds + second.kinds, first.packages + second.packages)
    twice = np.concatenate([folds, folds])
    engine = TypeInferenceEngine(name, seed)
    targets = np.array([engine.kinds.index(one) for one in second.kinds])
    apart = np.zeros((len(targets), len(engine.kinds)))
    for fold in range(FOLDS):
        fitted = _fitted(name, both, twice != fold, seed)
        rows = [row for row, at in zip(second.rows, folds, strict=True) if at == fold]
        apart[folds == fold] = fitted.probabilities(rows)
    engine = _fitted(name, both, np.ones(len(both.rows), dtype=bool), seed)
    engine.temperature = best_temperature(apart, targets)
    engine.facts = {
        "slots": len(targets),
        "packages": len(set(second.packages)),
        "apart": float((apart.argmax(axis=1) == targets).mean()),
        "apart_confidence": float(warmed(apart, engine.temperature).max(axis=1).mean()),
    }
    return engine, second


def _fitted(name: str, examples: Examples, kept: NDArray[np.bool_], seed: int) -> TypeInferenceEngine:
    engine = TypeInferenceEngine(name, seed)
    rows = [row for row, keep in zip(examples.rows, kept, strict=True) if keep]
    packages = [package for package, keep in zip(examples.packages, kept, strict=True) if keep]
    kinds = np.array([engine.kinds.index(one) for one in examples.kinds])[kept]
    engine.fit_all(rows, kinds, packages, examples.weights[kept])
    return engine
