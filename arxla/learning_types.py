"""`arxla learn types` and `arxla learn report`: train the type-inference engine, and say what it knows."""

from collections import Counter
from pathlib import Path

import numpy as np

from arxla.written import writable
from runtime.compiler.inference.calibration import calibration_error
from runtime.compiler.inference.classes import PLAIN
from runtime.compiler.inference.classifiers import NAMES
from runtime.compiler.inference.engine import SHIPPED, TypeInferenceEngine, engine_in_use, own_file
from runtime.compiler.inference.examples import Examples, examples, files
from runtime.compiler.inference.heuristics import guess
from runtime.compiler.inference.learning import train
from runtime.compiler.inference.observed import Observation, loaded, observations, packages
from runtime.errors import InputError
from runtime.settings import load_settings

FEWEST_FROM_SCRATCH = 2000
"""Slots; with fewer the shipped engine, tuned further, is the better one."""
TRIED = (
    ("count", "for count in range(10): pass"),
    ("name", "name = 'Alice'"),
    ("total", "def f(numbers):\n    total = sum(numbers)\n    return total / len(numbers)"),
    ("f.return", "def f(numbers):\n    total = sum(numbers)\n    return total / len(numbers)"),
    ("is_valid", "def f(is_valid):\n    if is_valid: pass"),
)


def learn_types(
    profiles: list[Path], from_scratch: bool, hold_out: list[str], classifier: str, seed: int, out: Path | None
) -> None:
    """Raises `InputError` when the profiles hold nothing to learn, or nothing can be written."""
    if classifier not in NAMES or (classifier != "network" and not from_scratch):
        raise InputError(f"--classifier is one of {', '.join(NAMES)}; others than network need --from-scratch.")
    seen = _seen(profiles)
    learned = [one for one in seen if one.package not in hold_out]
    kept = [one for one in seen if one.package in hold_out]
    if not learned:
        raise InputError("Nothing to learn: no source file that the profiles name was found, or all is held out.")
    folder = load_settings().arxla_cache_dir
    out = out or own_file(folder)
    writable(out)
    engine = _from_scratch(learned, classifier, seed) if from_scratch else _tuned(learned, engine_in_use(folder))
    if kept:
        _show(examples(files(kept), engine), engine, "packages held out")
    if classifier != "network":
        print("Not saved: only a network is, the others are there to compare with.")
        return
    engine.save_model(out, **engine.facts)
    for name, code in TRIED:
        found = engine.infer_type(code, name)
        print(f"  {name:10} → {found.predicted_type:8} ({found.confidence:.1%} confidence)")
    print(f"Saved as {out}.")


def report_types(profiles: list[Path]) -> None:
    """What the engine in use was trained on; on profiles, how often it is right there."""
    folder = load_settings().arxla_cache_dir
    own = own_file(folder)
    engine = engine_in_use(folder)
    print(f"Type inference: {own if own.exists() else SHIPPED}")
    for name, value in engine.facts.items():
        print(f"  {name.replace('_', ' ')}: {value}")
    print(f"  features: {len(engine.vocabulary)}, temperature {engine.temperature:.2f}")
    if profiles:
        _show(examples(files(_seen(profiles)), engine), engine, "these profiles")


def _seen(profiles: list[Path]) -> list[Observation]:
    return observations(loaded(profiles))


def _from_scratch(learned: list[Observation], classifier: str, seed: int) -> TypeInferenceEngine:
    if len(learned) < FEWEST_FROM_SCRATCH:
        raise InputError(
            f"{len(learned)} slots were seen: from scratch at least {FEWEST_FROM_SCRATCH} are needed. Leave "
            "--from-scratch out to tune the engine that is there."
        )
    engine, known = train(learned, classifier, seed)
    engine.facts["majority"] = Counter(kind for kind in known.kinds if kind in PLAIN).most_common(1)[0][0]
    print(f"Learned from {engine.facts['slots']} slots of {engine.facts['packages']} packages.")
    print(f"On whole packages that were kept apart at first: {engine.facts['apart']:.1%} right.")
    return engine


def _tuned(learned: list[Observation], engine: TypeInferenceEngine) -> TypeInferenceEngine:
    seen = examples(files(learned), engine)
    before = engine.probabilities(seen.rows).argmax(axis=1)
    known = np.mean([engine.kinds[at] == kind for at, kind in zip(before, seen.kinds, strict=True)])
    places = [one.file for one in seen.observed] if len(packages(learned)) < 3 else seen.packages
    accuracy = engine.train(seen.rows, seen.kinds, places, fine_tune=True)
    print(f"Tuned on {len(seen.rows)} slots; before, {known:.1%} of them were right.")
    print(f"On a part of them that was kept apart at first: {accuracy:.1%} right.")
    return engine


def _show(seen: Examples, engine: TypeInferenceEngine, where: str) -> None:
    """The seed's comparison: heuristics before, the engine after."""
    probabilities = engine.probabilities(seen.rows)
    truth = np.array([engine.kinds.index(one) for one in seen.kinds])
    plain = np.array([one in PLAIN for one in seen.kinds])
    if not plain.any():
        raise InputError(f"In {where} no scalar or container was seen.")
    right = probabilities.argmax(axis=1) == truth
    order = np.argsort(-probabilities, axis=1)[:, :3]
    guessed = np.mean([guess(one.slot).predicted_type == kind for one, kind in _plain(seen)])
    among = (order == truth[:, None]).any(axis=1)[plain].mean()
    error = calibration_error(probabilities.max(axis=1)[plain], right[plain])
    print(f"On {where}, {plain.sum()} slots that held a scalar or a container:")
    print(f"  heuristics {guessed:.1%} right; engine {right[plain].mean():.1%}, among its first three {among:.1%}")
    print(f"  expected calibration error {error:.3f}; all {len(truth)} slots: {right.mean():.1%} right")


def _plain(seen: Examples) -> list[tuple[Observation, str]]:
    pairs = zip(seen.observed, seen.kinds, strict=True)
    return [(one, kind) for one, kind in pairs if kind in PLAIN]
