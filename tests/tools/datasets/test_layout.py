"""What bare arrays are taken for, and that it is said."""

import numpy as np
import pytest

from tools.datasets.layout import column_correlation, lay_out

RNG = np.random.default_rng(5)
WALK = RNG.normal(size=(200, 40)).cumsum(axis=1)
NOISE = RNG.normal(size=(200, 40))
BLOBS = np.kron(RNG.integers(0, 5, (200, 3, 3)), np.ones((1, 4, 4), int)).reshape(200, 144) * 50


@pytest.mark.parametrize(
    ("X", "hint", "kind", "shape"),
    [
        (NOISE[:, 0], "", "tabular", (200, 1)),
        (NOISE, "", "tabular", (200, 40)),
        (WALK, "", "sequence", (200, 1, 40)),
        (WALK[:, :10], "", "tabular", (200, 10)),
        (WALK + 4 * NOISE, "ECG5000", "sequence", (200, 1, 40)),
        (NOISE, "ecg statistics", "tabular", (200, 40)),
        (NOISE[:, :1] + 0.4 * NOISE, "", "tabular", (200, 40)),
        (BLOBS, "", "image", (200, 1, 12, 12)),
        (np.tile(BLOBS, 3), "", "image", (200, 3, 12, 12)),
        (BLOBS / 3, "", "tabular", (200, 144)),
        (RNG.integers(0, 90, (200, 20)), "", "tokens", (200, 20)),
        (RNG.integers(0, 90, (200, 20), dtype=np.uint8), "", "tabular", (200, 20)),
        (RNG.integers(0, 90, (200, 20)) - 5, "", "tabular", (200, 20)),
        (RNG.integers(0, 2, (200, 20)) * np.arange(1, 21) ** 3, "", "tabular", (200, 20)),
        (NOISE.reshape(200, 2, 20), "", "sequence", (200, 2, 20)),
        (NOISE.reshape(200, 20, 2), "", "sequence", (200, 2, 20)),
        (NOISE.reshape(100, 8, 10), "", "sequence", (100, 8, 10)),
        (RNG.integers(0, 255, (200, 9, 12), dtype=np.uint8), "", "image", (200, 1, 9, 12)),
        (RNG.normal(size=(50, 16, 16)), "", "image", (50, 1, 16, 16)),
        (RNG.normal(size=(50, 16, 16)), "eeg", "sequence", (50, 16, 16)),
        (RNG.normal(size=(50, 9, 11, 3)), "", "image", (50, 3, 9, 11)),
        (RNG.normal(size=(50, 3, 9, 11)), "", "image", (50, 3, 9, 11)),
        (RNG.normal(size=(50, 1, 9, 11)), "", "image", (50, 1, 9, 11)),
        (RNG.normal(size=(50, 20, 21, 6)), "", "image", (50, 6, 20, 21)),
        (RNG.normal(size=(50, 20, 2)) > 0, "", "sequence", (50, 2, 20)),
    ],
)
def test_kind_and_order(X, hint, kind, shape):
    layout = lay_out(X, hint=hint)
    assert (layout.features.kind, layout.features.values.shape) == (kind, shape)
    assert bool(layout.notes) == (kind != "tabular")


def test_channels_last_are_moved_not_reshaped():
    X = RNG.normal(size=(5, 9, 11, 3))
    assert (lay_out(X).features.values[2, 1] == X[2, :, :, 1]).all()
    signals = RNG.normal(size=(5, 30, 2))
    assert (lay_out(signals).features.values[4, 1] == signals[4, :, 1]).all()


def test_the_source_may_name_the_vocabulary():
    layout = lay_out(np.ones((20, 4)), vocabulary_size=9)
    assert (layout.features.kind, layout.features.vocabulary_size, layout.notes) == ("tokens", 9, [])


def test_correlation_ignores_missing_and_constant_columns():
    X = WALK.copy()
    X[::7, 3] = np.nan
    X[:, 9] = 4.0
    X[:, 20] = np.nan
    assert 0.7 < column_correlation(X, 1) < 1
    assert column_correlation(np.ones((9, 5)), 1) == 0
