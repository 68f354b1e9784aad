"""NumPy archives: names, parts, optional arrays, and archives too large to hold."""

import numpy as np
import pytest

from tools.datasets import prepare, raw
from tools.datasets.loaders import npz


@pytest.mark.parametrize(
    "names", [("X", "y"), ("x", "y"), ("data", "labels"), ("data", "target"), ("features", "label")]
)
def test_usual_names(names, builders, tmp_path, rng):
    path = builders["npz"](tmp_path, **{names[0]: rng.normal(size=(40, 4)), names[1]: np.arange(40) % 2})
    assert prepare(path, tmp_path / "out").profile.target_name == names[1].lower()


@pytest.mark.parametrize("form", ["{0}_{1}", "{1}_{0}"])
def test_three_given_parts(form, builders, tmp_path, rng):
    arrays = {}
    for part, count in (("train", 40), ("val", 13), ("test", 17)):
        arrays[form.format("x", part)] = rng.normal(size=(count, 4))
        arrays[form.format("y", part)] = np.arange(count) % 2
    prepared = prepare(builders["npz"](tmp_path, **arrays), tmp_path / "out")
    assert (prepared.train_count, prepared.val_count, prepared.test_count) == (40, 13, 17)
    assert prepared.profile.split_kind == "given"


def test_a_given_validation_part_alone_leaves_test_to_be_taken(builders, tmp_path, rng):
    X, y = rng.normal(size=(60, 4)), np.arange(60) % 2
    path = builders["npz"](tmp_path, X_train=X, y_train=y, X_val=X[:20] + 9, y_val=y[:20])
    prepared = prepare(path, tmp_path / "out")
    assert prepared.val_count == 20
    assert 8 <= prepared.test_count <= 10
    assert prepared.profile.split_kind == "stratified"


def test_rare_classes_of_a_given_test_part_are_kept(builders, tmp_path, rng):
    y = np.array([0, 1] * 29 + [2, 2])
    z = np.array([0, 1, 2] * 10)
    path = builders["npz"](
        tmp_path, X_train=rng.normal(size=(60, 4)), y_train=y, X_test=rng.normal(size=(30, 4)), y_test=z
    )
    prepared = prepare(path, tmp_path / "out")
    assert prepared.test_count == 30
    assert prepared.profile.num_classes == 3


def test_rare_classes_are_left_out_and_named(builders, tmp_path, rng):
    y = np.array(["a", "b"] * 19 + ["c", "d"])
    profile = prepare(builders["npz"](tmp_path, X=rng.normal(size=(40, 4)), y=y), tmp_path / "out").profile
    assert profile.class_names == ["a", "b"]
    assert any("Rare classes" in warning and "c (1), d (1)" in warning for warning in profile.warnings)


def test_a_leak_into_the_given_test_part_is_counted(builders, tmp_path, rng):
    X, y = rng.normal(size=(60, 4)), np.arange(60) % 2
    path = builders["npz"](tmp_path, X_train=X, y_train=y, X_test=X[:30], y_test=y[:30])
    told = " ".join(prepare(path, tmp_path / "out").profile.warnings)
    assert "of the given test part are also in the train part" in told


def test_missing_and_infinite_inputs_and_labels_are_counted(builders, tmp_path, rng):
    X, y = rng.normal(size=(60, 4)), (np.arange(60) % 2).astype(float)
    X[3, 2], X[4, 1], y[5] = np.nan, np.inf, np.nan
    profile = prepare(builders["npz"](tmp_path, X=X, y=y), tmp_path / "out").profile
    told = " ".join(profile.warnings)
    assert profile.missing_values == 1
    assert profile.sample_count == 59
    assert "Missing values: 1" in told
    assert "Infinite values: 1" in told
    assert "Missing labels: 1" in told


def test_names_in_the_archive_are_used(builders, tmp_path, rng):
    path = builders["npz"](
        tmp_path,
        X=rng.normal(size=(40, 3)),
        y=np.arange(40) % 2,
        feature_names=np.array(["p", "q", "r"]),
        class_names=np.array(["bad", "good"]),
    )
    profile = prepare(path, tmp_path / "out").profile
    assert profile.feature_names == ["p", "q", "r"]
    assert profile.class_names == ["bad", "good"]


def test_labels_can_be_named(builders, tmp_path, rng):
    path = builders["npz"](tmp_path, X=rng.normal(size=(40, 3)), y=np.arange(40) % 2, weight=rng.normal(size=40))
    assert prepare(path, tmp_path / "out", target_column="weight").profile.task_type == "regression"
    with pytest.raises(npz.InputError, match="not labels named 'height'"):
        prepare(path, tmp_path / "out", target_column="height")


def test_what_does_not_fit_in_memory_needs_a_row_limit(builders, tmp_path, rng, monkeypatch):
    X = rng.normal(size=(500, 20)).astype(np.float32)
    path = builders["npz"](tmp_path, X=X, y=np.arange(500) % 2, groups=np.arange(500) // 5)
    monkeypatch.setattr(raw, "MAX_BYTES", 30_000)
    monkeypatch.setattr(npz, "MAX_BYTES", 30_000)
    with pytest.raises(npz.InputError, match="at most 375 rows"):
        prepare(path, tmp_path / "out")
    prepared = prepare(path, tmp_path / "out", max_rows=100)
    assert prepared.profile.sample_count == 100
    assert prepared.profile.split_kind == "group"


def test_streamed_rows_are_the_right_ones(builders, tmp_path, rng):
    X = rng.normal(size=(50, 3, 4))
    builders["npz"](tmp_path, "d", X=X)
    archive = npz.open_archive(tmp_path / "d.npz")
    rows = np.array([0, 7, 8, 49])
    assert (archive.read("x", rows) == X[rows]).all()


def test_column_order_arrays_are_read_whole(builders, tmp_path, rng):
    X = np.asfortranarray(rng.normal(size=(40, 4)))
    assert prepare(builders["npz"](tmp_path, X=X, y=np.arange(40) % 2), tmp_path / "out").profile.shape == (40, 4)
