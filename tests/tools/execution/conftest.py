"""Digits, prepared as the datasets folder does, and a training function over it."""

from pathlib import Path

import numpy
import pytest

from runtime.data_profile import DataProfile, PreparedData
from runtime.training_function import TrainingFunction

FUNCTIONS = Path(__file__).parents[2] / "training_functions"
SPACE = {
    "epochs": {"default": 8, "type": "Integer", "low": 1, "high": 20},
    "hidden_size": {"default": 32, "type": "Integer", "low": 8, "high": 64},
    "batch_size": {"default": 64, "type": "Categorical", "categories": [32, 64]},
    "lr": {"default": 0.01, "type": "Real", "low": 1e-5, "high": 0.1, "prior": "log-uniform"},
    "quantization_bits": {"default": 8, "type": "Categorical", "categories": [8, 16, 32]},
}


@pytest.fixture(scope="session")
def digits(tmp_path_factory):
    from sklearn.datasets import load_digits

    folder = tmp_path_factory.mktemp("digits")
    X, y = load_digits(return_X_y=True)
    order = numpy.random.default_rng(0).permutation(len(X))
    X, y = (X[order] / 16).astype(numpy.float32), y[order].astype(numpy.int64)
    (folder / "hidden").mkdir()
    for part, rows in (("train", slice(0, 1200)), ("val", slice(1200, 1500)), ("test", slice(1500, None))):
        numpy.save(folder / f"X_{part}.npy", X[rows])
        numpy.save(folder / ("hidden" if part == "test" else "") / f"y_{part}.npy", y[rows])
    profile = DataProfile(
        dataset_name="digits", shape=X.shape, is_tabular=True, sample_count=1797, feature_count=64, num_classes=10
    )
    return PreparedData(
        folder=str(folder), profile=profile, train_count=1200, val_count=300, test_count=297, normalizer="/16",
        content_hash="",
    )  # fmt: skip


@pytest.fixture(scope="session")
def make_function(digits):
    def make(code=None, space=SPACE, **metadata):
        text = (FUNCTIONS / "mlp.py").read_text() if code is None else code
        return TrainingFunction(
            model_name="MLP", training_code=text, bo_config=space, confidence=0.5, data_profile=digits.profile,
            timestamp=0, metadata=metadata,
        )  # fmt: skip

    return make


@pytest.fixture(scope="session")
def sandbox():
    from runtime.box.registry import open_sandbox
    from runtime.errors import SandboxUnavailable

    try:
        opened = open_sandbox("zygote")
    except SandboxUnavailable:
        opened = open_sandbox("none")
    yield opened
    opened.close()
