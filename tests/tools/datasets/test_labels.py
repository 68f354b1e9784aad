"""Which targets are classes and which are numbers to predict."""

import numpy as np
import pytest

from runtime.errors import InputError
from tools.datasets.labels import encode_labels, flatten_target, is_missing


@pytest.mark.parametrize(
    ("target", "names"),
    [
        (np.array(["b", "a", "b"] * 4), ["a", "b"]),
        (np.array([True, False] * 5), ["False", "True"]),
        (np.array([3, -1, 3, 7] * 5), ["-1", "3", "7"]),
        (np.array([1.0, 2.0] * 5), ["1", "2"]),
        (np.array([10, 2, 9] * 5), ["2", "9", "10"]),
        (np.repeat(np.arange(26), 10), [str(index) for index in range(26)]),
        (np.array(["x", 1, None], dtype=object)[[0, 1, 0, 1]], ["1", "x"]),
    ],
)
def test_classes(target, names):
    labels = encode_labels(target, None, "y")
    assert labels.task == "classification"
    assert labels.class_names == names
    assert labels.values.dtype == np.int64
    shown = [labels.class_names[value] for value in labels.values]
    assert shown == [str(int(v)) if target.dtype.kind in "if" else str(v) for v in target]


@pytest.mark.parametrize(
    "target",
    [
        np.linspace(0, 1, 50),
        np.array([0.5, 1.5] * 20),
        np.arange(50),
        np.random.default_rng(0).integers(10, 90, 400),
        np.arange(12) // 2,
    ],
)
def test_regression(target):
    labels = encode_labels(target, None, "y")
    assert labels.task == "regression"
    assert labels.values.dtype == np.float32
    assert labels.values == pytest.approx(target)
    assert labels.class_names == []


def test_names_of_the_source_are_used():
    labels = encode_labels(np.array([2, 0, 2, 0]), ["a", "b", "c"], "y")
    assert labels.class_names == ["a", "c"]
    assert labels.values.tolist() == [1, 0, 1, 0]
    with pytest.raises(InputError, match=r"outside 0\.\.1"):
        encode_labels(np.array([2, 0, 2, 0]), ["a", "b"], "y")


def test_bytes_and_named_booleans():
    assert encode_labels(np.array([b"x", b"\xc3\xa9"] * 5), None, "y").class_names == ["x", "é"]
    assert encode_labels(np.array([True, False] * 5), ["off", "on"], "y").class_names == ["off", "on"]


def test_shapes_of_targets():
    assert flatten_target(np.zeros((4, 1)))[0].shape == (4,)
    values, warnings = flatten_target(np.eye(3)[[0, 2, 1]])
    assert values.tolist() == [0, 2, 1]
    assert warnings[0].startswith("One-hot labels")
    with pytest.raises(InputError, match="one label a row"):
        flatten_target(np.zeros((4, 2)))


def test_missing_labels_of_every_type():
    assert is_missing(np.array([1.0, np.nan])).tolist() == [False, True]
    assert is_missing(np.array(["a", None, float("nan"), ""], dtype=object)).tolist() == [False, True, True, True]
    assert is_missing(np.array(["a", ""])).tolist() == [False, True]
    assert not is_missing(np.array([0, 1])).any()


@pytest.mark.parametrize(
    ("target", "sentence"),
    [
        (np.array([1j, 2j] * 10), "complex128"),
        (np.array([1e300, 2.5] * 10), "float32"),
        (np.array(["a"] * 10), "same in every row"),
        (np.array([f"n{i}" for i in range(50)]), "50 different text values"),
    ],
)
def test_refused(target, sentence):
    with pytest.raises(InputError, match=sentence):
        encode_labels(target, None, "y")
