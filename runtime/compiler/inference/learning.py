"""Training the engine on profiles: files alone and beside those of their package, without and with guesses."""

from collections.abc import Sequence
from zlib import crc32

import numpy as np
from numpy.typing import NDArray

from runtime.compiler.inference.calibration import best_temperature
from runtime.compiler.inference.engine import TypeInferenceEngine
from runtime.compiler.inference.examples import Examples, files, first_examples, second_examples
from runtime.compiler.inference.folds import FOLDS
from runtime.compiler.inference.network import SmallNetwork
from runtime.compiler.inference.observed import Observation

MOST_OF_A_PACKAGE = 1500
"""Slots; of a larger package files are left out, so that it does not drown the others."""
APART = 0
"""The fold that is kept apart to calibrate and to say how good the engine is."""


def train(
    observed: Sequence[Observation], name: str = "network", seed: int = 0
) -> tuple[TypeInferenceEngine, Examples]:
    """An engine that knows files alone and beside others, calibrated on whole packages; and what it learned from."""
    known = taught(observed, seed)
    apart = known.folds == APART
    first = fitted(name, known, ~apart, seed)
    rows = [row for row, at in zip(known.rows, apart, strict=True) if at and "looked twice" in row]
    kinds = [kind for kind, row, at in zip(known.kinds, known.rows, apart, strict=True) if at and "looked twice" in row]
    targets = np.array([first.kinds.index(kind) for kind in kinds])
    said = first.probabilities(rows)
    engine = fitted(name, known, np.ones(len(known.rows), dtype=bool), seed)
    engine.temperature = best_temperature(said, targets)
    engine.facts = {
        "slots": len({(id(one.slot.scope), one.slot.name) for one in known.observed}),
        "packages": len(set(known.packages)),
        "apart": float((said.argmax(axis=1) == targets).mean()),
    }
    return engine, known


def taught(observed: Sequence[Observation], seed: int = 0) -> Examples:
    """Examples of both looks, of files alone and beside others; guesses come from packages that are not their own."""
    chosen = sampled(observed)
    alone, together = files(chosen, alone=True), files(chosen)
    first_alone, places_alone = first_examples(alone)
    first, places = first_examples(together)
    known = first_alone + first
    engines = [fitted(SmallNetwork(members=1, seed=seed), known, known.folds != fold, seed) for fold in range(FOLDS)]
    return known + second_examples(alone, places_alone, engines) + second_examples(together, places, engines)


def sampled(observed: Sequence[Observation]) -> list[Observation]:
    """Whole files, always the same ones, until a package has enough slots."""
    counts: dict[str, int] = {}
    chosen: set[str] = set()
    by_file: dict[tuple[str, str], int] = {}
    for one in observed:
        by_file[one.package, one.file] = by_file.get((one.package, one.file), 0) + 1
    for package, file in sorted(by_file, key=lambda place: crc32("/".join(place[1].rsplit("/", 3)[1:]).encode())):
        if counts.get(package, 0) < MOST_OF_A_PACKAGE:
            counts[package] = counts.get(package, 0) + by_file[package, file]
            chosen.add(file)
    return [one for one in observed if one.file in chosen]


def fitted(name: str | SmallNetwork, examples: Examples, kept: NDArray[np.bool_], seed: int = 0) -> TypeInferenceEngine:
    """An engine that has learned from those of the examples that are kept, not calibrated."""
    engine = TypeInferenceEngine(name, seed)
    rows = [row for row, keep in zip(examples.rows, kept, strict=True) if keep]
    packages = [package for package, keep in zip(examples.packages, kept, strict=True) if keep]
    kinds = np.array([engine.kinds.index(one) for one in examples.kinds])[kept]
    engine.fit_all(rows, kinds, packages, examples.shares(engine.kinds)[kept])
    return engine
