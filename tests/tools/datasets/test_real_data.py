"""Real datasets, where `ARXLA_DATA_DIR` has them."""

import os
from pathlib import Path

import numpy as np
import pytest

from tools.datasets import prepare

pytestmark = pytest.mark.service


@pytest.fixture
def data_dir():
    folder = os.environ.get("ARXLA_DATA_DIR")
    if not folder:
        pytest.skip("ARXLA_DATA_DIR is not set")
    return Path(folder)


def have(data_dir: Path, name: str) -> None:
    if not (data_dir / name).exists():
        pytest.skip(f"{name} is not in ARXLA_DATA_DIR")


def test_ecg5000(data_dir, tmp_path):
    have(data_dir, "ecg5000")
    prepared = prepare("ecg5000", tmp_path / "out", data_dir=data_dir)
    profile = prepared.profile
    assert (profile.shape, profile.num_classes, profile.split_kind) == ((5000, 1, 140), 5, "given")
    assert (prepared.train_count + prepared.val_count, prepared.test_count) == (500, 4500)
    assert profile.is_sequence


def test_mitdb(data_dir, tmp_path):
    have(data_dir, "mitdb")
    profile = prepare("mitdb/100", tmp_path / "out", data_dir=data_dir).profile
    assert profile.class_names == ["N", "S"]
    assert any(warning.startswith("Rare classes") and "V (1)" in warning for warning in profile.warnings)
    assert profile.split_kind == "time"


@pytest.mark.parametrize(
    ("name", "shape"), [("mnist", (1, 28, 28)), ("fashion_mnist", (1, 28, 28)), ("cifar10", (3, 32, 32))]
)
def test_hub_images(name, shape, data_dir, tmp_path):
    have(data_dir, name)
    prepared = prepare(name, tmp_path / "out", data_dir=data_dir, max_rows=500)
    assert prepared.profile.input_shape == shape
    assert prepared.profile.num_classes == 10
    assert prepared.train_count + prepared.val_count == 500
    assert prepared.profile.split_kind == "given"
    assert np.load(tmp_path / "out" / "X_train.npy").std() == pytest.approx(1, abs=0.01)


def test_reviews(data_dir, tmp_path):
    have(data_dir, "imdb")
    prepared = prepare("imdb", tmp_path / "out", data_dir=data_dir, max_rows=500)
    profile = prepared.profile
    assert (prepared.train_count + prepared.val_count, prepared.test_count) == (500, 25000)
    assert (profile.is_text, profile.class_names, profile.split_kind) == (True, ["neg", "pos"], "given")
    assert profile.input_shape == (384,)


def test_running_text(data_dir, tmp_path):
    have(data_dir, "wikitext2")
    prepared = prepare("wikitext2", tmp_path / "out", data_dir=data_dir, max_rows=500)
    assert prepared.train_count + prepared.val_count == 500
    assert prepared.profile.task_type == "language_modeling"
    assert prepared.profile.vocabulary_size == 1024
    assert 2 < prepared.profile.bytes_per_token < 4
