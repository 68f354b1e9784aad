"""Types of variables, on packages that were never learned from: the engine beside heuristics, the majority and mypy.

`python -m evals.compiler.type_corpus --out TRACES` first, then `python -m evals.benchmarks.type_inference TRACES`.
A slot is an argument (but `self` and `cls`), a local variable, a module's variable or a return value that was seen
while a program ran. Its kind is the one that was seen most often in it; of equals a value rather than None. All
answers count, whatever was asked for: a list that is called an object is wrong.
"""

import argparse
import gc
import json
from collections import Counter
from collections.abc import Callable, Sequence
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from evals.compiler.mypy_types import Key, inferred
from evals.compiler.type_corpus import HELD_OUT
from runtime.compiler.inference.calibration import calibration_error
from runtime.compiler.inference.classes import PLAIN, kind, most_seen
from runtime.compiler.inference.classifiers import NAMES
from runtime.compiler.inference.engine import TypeInferenceEngine
from runtime.compiler.inference.examples import Examples, examples, files
from runtime.compiler.inference.heuristics import guess
from runtime.compiler.inference.learning import fitted, taught
from runtime.compiler.inference.observed import Observation, loaded, observations
from runtime.compiler.value_types import parts

Measures = dict[str, Any]


def observed(traces: Path, wanted: Callable[[str], bool]) -> list[Observation]:
    """Slots of the packages that are wanted."""
    gc.disable()  # syntax trees are many small objects that all stay
    return observations(loaded(sorted(traces.glob("*.json"))), wanted)


def measures(examples: Examples, engine: TypeInferenceEngine) -> Measures:
    """Accuracies and calibration of an engine, by what was asked for."""
    probabilities = engine.probabilities(examples.rows)
    truth = np.array([engine.kinds.index(one) for one in examples.kinds])
    order = np.argsort(-probabilities, axis=1)
    right, among = order[:, 0] == truth, (order[:, :3] == truth[:, None]).any(axis=1)
    sure = probabilities.max(axis=1)

    def over(rows: NDArray[np.bool_]) -> Measures:
        error = calibration_error(sure[rows], right[rows])
        shares = {"top1": right[rows].mean(), "top3": among[rows].mean(), "calibration_error": error}
        return {"slots": int(rows.sum()), **{name: round(float(value), 4) for name, value in shares.items()}}

    plain = np.array([one in PLAIN for one in examples.kinds])
    single = np.array([len({kind(name) for name in one.types}) == 1 for one in examples.observed])
    roles = np.array([one.slot.role for one in examples.observed])
    packages = np.array(examples.packages)
    found = {"scalars and containers": over(plain), "of these, always of one kind": over(plain & single)}
    found |= {f"of these, {role}": over(plain & (roles == role)) for role in ("argument", "local", "return")}
    found |= {"objects, functions, arrays": over(~plain), "everything": over(plain | ~plain)}
    by_package = {name: over(plain & (packages == name)) for name in HELD_OUT if (plain & (packages == name)).any()}
    mean = sum(one["top1"] for one in by_package.values()) / max(len(by_package), 1)
    seen = {name: over(truth == engine.kinds.index(name)) for name in engine.kinds if name in set(examples.kinds)}
    return {**found, "mean over packages": round(mean, 4), "packages": by_package, "kinds": seen}


def deep(examples: Examples, engine: TypeInferenceEngine) -> Measures:
    """Containers that were seen with something in them: is the whole type right, `list[int]`?"""
    probabilities = engine.probabilities(examples.rows).argmax(axis=1)
    rows = [
        at for at, one in enumerate(examples.observed) if "[" in most_seen(one.types)[1] and examples.kinds[at] in PLAIN
    ]
    right = kind_right = 0
    for at in rows:
        if engine.kinds[probabilities[at]] == examples.kinds[at]:
            kind_right += 1
            right += examples.evaluated[at] in {part for name in examples.observed[at].types for part in parts(name)}
    return {"slots": len(rows), "kind": round(kind_right / len(rows), 4), "whole type": round(right / len(rows), 4)}


def others(examples: Examples, majority: str, by_mypy: dict[Key, str], engine: TypeInferenceEngine) -> Measures:
    """Heuristics and the majority kind on all slots; mypy, and the engine beside it, where mypy has a kind."""
    ours = engine.probabilities(examples.rows).argmax(axis=1)
    counts: Counter[str] = Counter()
    for at, (one, truth) in enumerate(zip(examples.observed, examples.kinds, strict=True)):
        if truth not in PLAIN:
            continue
        counts["slots"] += 1
        counts["heuristics"] += guess(one.slot).predicted_type == truth
        counts["majority"] += majority == truth
        line = getattr(one.slot.scope.node, "lineno", 0)
        said = by_mypy.get((one.file, line, one.slot.name))
        if said:
            counts["mypy says"] += 1
            counts["mypy"] += said == truth
            counts["engine there"] += engine.kinds[ours[at]] == truth
    slots, said_of = counts["slots"], max(counts["mypy says"], 1)
    return {
        "slots": slots,
        "heuristics": round(counts["heuristics"] / slots, 4),
        "majority": {"kind": majority, "top1": round(counts["majority"] / slots, 4)},
        "mypy": {
            "says of": round(counts["mypy says"] / slots, 4),
            "right where it does": round(counts["mypy"] / said_of, 4),
        },
        "engine where mypy says": round(counts["engine there"] / said_of, 4),
        "mypy, right of all": round(counts["mypy"] / slots, 4),
    }


def mypy_kinds(packages: Sequence[str]) -> dict[Key, str]:
    found: dict[Key, str] = {}
    for package in packages:
        spec = find_spec(package)
        if spec and spec.origin:
            found |= inferred(package, Path(spec.origin).parent)
    return found


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("traces", type=Path)
    parser.add_argument("--model", type=Path, help="Default: the one that ships.")
    parser.add_argument(
        "--compare", action="store_true", help="Train all three classifiers on the other packages, too."
    )
    parser.add_argument("--short", action="store_true", help="Not without tests, and not each file alone.")
    parser.add_argument("--no-mypy", action="store_true")
    parser.add_argument("--json", action="store_true")
    wish = parser.parse_args()
    engine = TypeInferenceEngine.shipped()
    if wish.model:
        engine.load_model(wish.model)
    held = observed(wish.traces, lambda package: package in HELD_OUT)
    seen = examples(files(held), engine)
    found: Measures = {"engine, each file beside its package": measures(seen, engine), "deep types": deep(seen, engine)}
    if not wish.short:
        for name, read in (("no tests beside", {"tests": False}), ("each file alone", {"alone": True})):
            found[f"engine, {name}"] = measures(examples(files(held, **read), engine), engine)
    by_mypy = {} if wish.no_mypy else mypy_kinds(HELD_OUT)
    found["others"] = others(seen, engine.facts.get("majority", "str"), by_mypy, engine)
    if wish.compare:
        known = taught(observed(wish.traces, lambda package: package not in HELD_OUT))
        for name in NAMES:
            again = fitted(name, known, np.ones(len(known.rows), dtype=bool))
            found[f"retrained {name}"] = measures(seen, again)["scalars and containers"]
    print(json.dumps(found, indent=None if wish.json else 2))


if __name__ == "__main__":
    main()
