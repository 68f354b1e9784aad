"""What holds for every dataset, whatever loader it came through."""

import json
import stat
from pathlib import Path

import numpy as np
import pytest

from tools.datasets import apply_normalizer, open_prepared, prepare


def arrays(prepared):
    names = ("X_train", "y_train", "X_val", "y_val", "X_test", "hidden/y_test")
    return {name: np.load(Path(prepared.folder) / f"{name}.npy", mmap_mode="r") for name in names}


def test_arrays_agree_with_the_profile(dataset, tmp_path):
    prepared = prepare(dataset, tmp_path / "out")
    profile, held = prepared.profile, arrays(prepared)
    counts = (prepared.train_count, prepared.val_count, prepared.test_count)
    assert sum(counts) == profile.sample_count == profile.shape[0]
    assert min(counts) > 0
    for part, label, count in zip(("train", "val", "test"), ("y_train", "y_val", "hidden/y_test"), counts, strict=True):
        X, y = held[f"X_{part}"], held[label]
        assert X.shape == (count, *profile.input_shape)
        assert y.shape == (count,)
        assert str(X.dtype) == profile.dtype == ("int64" if profile.is_text else "float32")
        assert y.dtype == (np.float32 if profile.task_type == "regression" else np.int64)
        assert np.isfinite(X).all()
        assert np.isfinite(y).all()
    assert profile.feature_count == int(np.prod(profile.input_shape))
    assert [profile.is_sequence, profile.is_image, profile.is_tabular, profile.is_text].count(True) == 1
    assert profile.value_range == (held["X_train"].min(), held["X_train"].max())


def test_labels_and_target_facts_are_true(dataset, tmp_path):
    prepared = prepare(dataset, tmp_path / "out")
    profile, held = prepared.profile, arrays(prepared)
    y = held["y_train"]
    if profile.task_type == "regression":
        assert profile.num_classes is None
        assert profile.class_names == profile.class_balance == []
        assert profile.target_range == (float(y.min()), float(y.max()))
        return
    assert profile.num_classes == len(profile.class_names) == len(profile.class_balance) >= 2
    assert json.loads((Path(prepared.folder) / "classes.json").read_text()) == profile.class_names
    every = np.concatenate([held["y_train"], held["y_val"], held["hidden/y_test"]])
    assert every.min() == 0
    assert every.max() == profile.num_classes - 1
    assert profile.class_balance == pytest.approx(np.bincount(y, minlength=profile.num_classes) / len(y), abs=1e-5)


def test_hidden_labels_lie_apart(dataset, tmp_path):
    folder = Path(prepare(dataset, tmp_path / "out").folder)
    assert not (folder / "y_test.npy").exists()
    assert stat.S_IMODE((folder / "hidden").stat().st_mode) == 0o700
    assert [file.name for file in (folder / "hidden").iterdir()] == ["y_test.npy"]


def test_no_sample_is_in_two_parts(dataset, tmp_path):
    held = arrays(prepare(dataset, tmp_path / "out"))
    seen = [{row.tobytes() for row in held[name]} for name in ("X_train", "X_val", "X_test")]
    assert not seen[0] & seen[1]
    assert not seen[0] & seen[2]
    assert not seen[1] & seen[2]


def test_the_seed_decides_the_split(dataset, tmp_path):
    first = prepare(dataset, tmp_path / "a", seed=3)
    again = prepare(dataset, tmp_path / "b", seed=3)
    other = prepare(dataset, tmp_path / "c", seed=4)
    assert first.content_hash == again.content_hash
    assert first.profile.fingerprint() == again.profile.fingerprint() == other.profile.fingerprint()
    assert (other.content_hash == first.content_hash) == (first.profile.split_kind == "time")


def test_a_second_call_uses_what_is_there(dataset, tmp_path):
    events = []
    first = prepare(dataset, tmp_path / "out")
    before = (tmp_path / "out" / "X_train.npy").stat().st_mtime_ns
    assert prepare(dataset, tmp_path / "out", emit=events.append) == first
    assert (tmp_path / "out" / "X_train.npy").stat().st_mtime_ns == before
    assert [event["kind"] for event in events] == ["note"]
    assert open_prepared(tmp_path / "out") == first


def test_the_train_part_is_standardised_unless_tokens(dataset, tmp_path):
    prepared = prepare(dataset, tmp_path / "out")
    X = np.asarray(arrays(prepared)["X_train"], dtype=np.float64)
    axes = (0, *range(2, X.ndim))
    if prepared.profile.is_text:
        assert X.min() >= 0
        assert X.max() < prepared.profile.vocabulary_size
    else:
        assert np.abs(X.mean(axis=axes)).max() < 1e-4
        spread = X.std(axis=axes)
        assert np.allclose(spread[spread > 1e-6], 1, atol=1e-3)


def test_saved_parameters_are_plain_json(dataset, tmp_path):
    prepared = prepare(dataset, tmp_path / "out")
    parameters = json.loads((Path(prepared.folder) / "normalizer.json").read_text())
    assert parameters["kind"] in ("per_feature", "per_channel", "tokens", "table")
    if parameters["kind"] != "table":
        ones = np.ones((2, *prepared.profile.input_shape))
        assert apply_normalizer(parameters, ones).shape == ones.shape


@pytest.mark.parametrize("name", ["iris", "synthetic:sequence", "diabetes"])
def test_a_row_limit_is_kept_and_said(name, tmp_path):
    prepared = prepare(name, tmp_path / "out", max_rows=60)
    assert prepared.profile.sample_count == 60
    assert any(warning.startswith("Row limit") for warning in prepared.profile.warnings)


def test_names_given_by_the_caller_reach_the_profile(tmp_path):
    profile = prepare("iris", tmp_path / "out", dataset_name="Iris of Fisher", dataset_source="UCI").profile
    assert (profile.dataset_name, profile.dataset_source) == ("Iris of Fisher", "UCI")
