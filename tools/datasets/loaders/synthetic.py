"""Generated data of every kind: seeded, learnable, and not trivial."""

import numpy as np
from numpy.typing import NDArray

from tools.datasets.array_features import ArrayFeatures
from tools.datasets.raw import LoadRequest, RawDataset

Floats = NDArray[np.float64]
Codes = NDArray[np.int64]


def load_synthetic(request: LoadRequest) -> RawDataset:
    """`synthetic` or `synthetic:tabular|regression|sequence|image|tokens`; the same seed gives the same rows."""
    variant = request.name.partition(":")[2] or "tabular"
    rng = np.random.default_rng(request.seed)
    makers = {"tabular": _tabular, "regression": _regression, "sequence": _sequence, "image": _image, "tokens": _tokens}
    features, target = makers[variant](rng)
    return RawDataset(features, target, "synthetic", "label")


def _tabular(rng: np.random.Generator) -> tuple[ArrayFeatures, Codes]:
    """Three classes, two clusters each, in the first 6 of 12 features."""
    y = rng.integers(0, 3, 800)
    centers = rng.normal(scale=2.0, size=(3, 2, 6))
    X = rng.normal(size=(800, 12))
    X[:, :6] += centers[y, rng.integers(0, 2, 800)]
    return ArrayFeatures(X, "tabular", [f"x{index}" for index in range(12)]), y


def _regression(rng: np.random.Generator) -> tuple[ArrayFeatures, Floats]:
    """A smooth non-linear function of 4 of 8 features, with noise."""
    X = rng.uniform(-2, 2, size=(600, 8))
    y = 10 * np.sin(X[:, 0] * X[:, 1]) + 5 * X[:, 2] ** 2 + 3 * X[:, 3] + rng.normal(scale=0.5, size=600)
    return ArrayFeatures(X, "tabular", [f"x{index}" for index in range(8)]), y


def _sequence(rng: np.random.Generator) -> tuple[ArrayFeatures, Codes]:
    """Two channels of 64 steps: the class is the frequency, phase and amplitude vary, noise is added."""
    y = rng.integers(0, 3, 600)
    step = np.linspace(0, 2 * np.pi, 64)
    frequency = np.array([2.0, 3.0, 4.5])[y][:, None, None]
    phase = rng.uniform(0, 2 * np.pi, (600, 2, 1))
    X = rng.uniform(0.5, 1.5, (600, 2, 1)) * np.sin(frequency * step + phase) + rng.normal(scale=0.5, size=(600, 2, 64))
    return ArrayFeatures(X, "sequence"), y


def _image(rng: np.random.Generator) -> tuple[ArrayFeatures, Codes]:
    """12 × 12 grey images of a horizontal bar, a vertical bar, a cross or a square, anywhere, with noise."""
    y = rng.integers(0, 4, 600)
    X = rng.normal(scale=0.4, size=(600, 1, 12, 12))
    for image, label in zip(X[:, 0], y, strict=True):
        row, column = rng.integers(0, 7, 2)
        if label in (0, 2):
            image[row + 2, column : column + 5] += 1.5
        if label in (1, 2):
            image[row : row + 5, column + 2] += 1.5
        if label == 3:
            image[row + 1 : row + 4, column + 1 : column + 4] += 1.5
    return ArrayFeatures(X, "image"), y


def _tokens(rng: np.random.Generator) -> tuple[ArrayFeatures, Codes]:
    """24 ids below 50; the class is whether id 7 comes before id 11, each present once."""
    X = rng.integers(12, 50, size=(800, 24))
    places = np.stack([rng.choice(24, size=2, replace=False) for _ in range(800)])
    X[np.arange(800), places[:, 0]] = 7
    X[np.arange(800), places[:, 1]] = 11
    return ArrayFeatures(X, "tokens", vocabulary_size=50), (places[:, 0] < places[:, 1]).astype(np.int64)
