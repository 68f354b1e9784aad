"""The engine as its user meets it: the shipped one, training, tuning, saving."""

from pathlib import Path

import numpy as np
import pytest

from runtime.compiler.inference.calibration import best_temperature, calibration_error, warmed
from runtime.compiler.inference.engine import SHIPPED, TypeInferenceEngine, engine_in_use, own_file
from runtime.compiler.inference.heuristics import guess
from runtime.compiler.inference.reading import read
from runtime.compiler.inference.slots import find
from runtime.errors import InputError

SIMPLE = "def f(numbers):\n    total = sum(numbers)\n    return total / len(numbers)\n"
NAMES = {"int": ("count", "index", "size"), "str": ("name", "text", "title"), "bool": ("is_ready", "has_more", "is_on")}


@pytest.fixture(scope="module")
def shipped() -> TypeInferenceEngine:
    return TypeInferenceEngine.shipped()


def rows(engine: TypeInferenceEngine) -> tuple[list[set[str]], list[str]]:
    found = [
        (
            engine.extract_features(
                f"def f({name}_{at % 4}, other):\n    return g({name}_{at % 4})\n", f"{name}_{at % 4}"
            ),
            kind,
        )
        for kind, names in NAMES.items()
        for name in names
        for at in range(12)
    ]
    return [row for row, _ in found], [kind for _, kind in found]


@pytest.mark.parametrize(
    ("code", "variable", "expected"),
    [
        ("for count in range(10): pass", "count", "int"),
        ("name = 'Alice'", "name", "str"),
        ("total = sum(numbers)", "total", "int"),
        ("def f(is_valid):\n    if is_valid: pass", "is_valid", "bool"),
        (SIMPLE, "f.return", "float"),
        ("def f(x):\n    found = []\n    found.append(len(x))\n    return found", "f.return", "list"),
        (
            "def f(path):\n    with open(path) as file:\n        for line in file:\n            yield line.strip()",
            "line",
            "str",
        ),
    ],
)
def test_the_shipped_engine_knows_simple_code(
    shipped: TypeInferenceEngine, code: str, variable: str, expected: str
) -> None:
    found = shipped.infer_type(code, variable)
    assert found.predicted_type.partition("[")[0] == expected
    assert found.confidence >= found.alternatives[0][1] >= found.alternatives[-1][1]


def test_the_whole_type_where_the_file_tells_it(shipped: TypeInferenceEngine) -> None:
    assert (
        shipped.infer_type("def f(n):\n    squares = [i * i for i in range(n)]\n", "squares").predicted_type
        == "list[int]"
    )


def test_bad_input_is_one_sentence(shipped: TypeInferenceEngine) -> None:
    with pytest.raises(InputError, match="can't be read"):
        shipped.infer_type("def f(:", "x")
    with pytest.raises(InputError, match="no variable"):
        shipped.infer_type("x = 1", "y")
    with pytest.raises(InputError, match="untrained"):
        TypeInferenceEngine().infer_type("x = 1", "x")
    with pytest.raises(InputError, match="No kinds"):
        shipped.train([{"a"}, {"b"}], ["int", "list[int]"])


def test_it_learns() -> None:
    engine = TypeInferenceEngine()
    accuracy = engine.train(*rows(engine))
    assert accuracy > 0.9
    assert (
        engine.infer_type("def f(has_more_9, other):\n    return g(has_more_9)\n", "has_more_9").predicted_type
        == "bool"
    )


def test_a_classifier_of_ones_own() -> None:
    from sklearn.naive_bayes import BernoulliNB

    engine = TypeInferenceEngine(BernoulliNB())
    assert engine.train(*rows(engine)) > 0.9
    with pytest.raises(InputError, match="Only a trained network"):
        engine.save_model(Path("unwritten"))


def test_it_comes_back_as_it_was_saved(tmp_path: Path) -> None:
    engine = TypeInferenceEngine()
    held, kinds = rows(engine)
    engine.train(held, kinds)
    engine.save_model(own_file(tmp_path), slots=len(held))
    again = engine_in_use(tmp_path)
    assert again.facts == {"slots": len(held)}
    assert np.abs(again.probabilities(held) - engine.probabilities(held)).max() < 0.02


def test_tuning_learns_new_habits(tmp_path: Path) -> None:
    engine = engine_in_use(tmp_path)  # nothing there: the shipped one
    code = "def f(count, x):\n    return g(count, {})\n"
    row = engine.extract_features(code, "count")
    before = engine.probabilities([row])[0][engine.kinds.index("str")]
    engine.train([row] * 200 + [{"is return"}] * 50, ["str"] * 200 + ["None"] * 50, fine_tune=True)
    assert engine.probabilities([row])[0][engine.kinds.index("str")] > max(before, 0.5)


def test_a_damaged_or_foreign_file_is_refused(tmp_path: Path) -> None:
    path = own_file(tmp_path)
    for content in (b"", b"no model", b"PK\x03\x04broken"):
        path.write_bytes(content)
        with pytest.raises(InputError, match="no type-inference model"):
            engine_in_use(tmp_path)
    np.savez(path, facts=np.array([{"a": 1}], dtype=object))  # a pickle inside
    with pytest.raises(InputError, match="no type-inference model"):
        engine_in_use(tmp_path)


@pytest.mark.parametrize("damage", ["shape", "missing", "nan"])
def test_a_model_that_does_not_fit_together_is_refused(damage: str, tmp_path: Path) -> None:
    with np.load(SHIPPED) as file:
        held = {name: file[name] for name in file.files}
    if damage == "missing":
        del held["out_bias"]
    else:
        held["bias"] = held["bias"][1:] if damage == "shape" else np.full_like(held["bias"], np.nan)
    np.savez(own_file(tmp_path), **held)
    with pytest.raises(InputError, match="does not fit together"):
        engine_in_use(tmp_path)


def test_temperature_makes_confidence_mean_what_it_says() -> None:
    chance = np.random.default_rng(0)
    truth = chance.random(4000) < 0.7
    sure = np.tile([0.95, 0.05], (4000, 1))
    targets = np.where(truth, 0, 1)
    warm = warmed(sure, best_temperature(sure, targets))
    assert calibration_error(sure.max(axis=1), truth) > 0.2
    assert calibration_error(warm.max(axis=1), truth) < 0.03


@pytest.mark.parametrize(
    ("code", "name", "kind"), [("count = 0", "count", "int"), ("def f(user_name): pass", "user_name", "str")]
)
def test_heuristics(code: str, name: str, kind: str) -> None:
    slot = find(read(code), name)
    assert slot is not None
    assert guess(slot).predicted_type == kind
