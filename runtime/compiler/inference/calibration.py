"""Confidence that means what it says: one temperature, chosen on packages that were not trained on."""

import numpy as np
from numpy.typing import NDArray

TEMPERATURES = np.geomspace(0.4, 4.0, 60)
BINS = 10
LEAST = 1e-12
Rows = NDArray[np.float64]


def warmed(probabilities: Rows, temperature: float) -> Rows:
    """Flatter for temperatures above 1, sharper below."""
    powered = np.power(np.maximum(probabilities, LEAST), 1 / temperature)
    return np.asarray(powered / powered.sum(axis=1, keepdims=True))


def best_temperature(probabilities: Rows, targets: NDArray[np.int64]) -> float:
    """The one of the least negative log-likelihood."""

    def loss(temperature: float) -> float:
        chosen = warmed(probabilities, temperature)[np.arange(len(targets)), targets]
        return float(-np.log(np.maximum(chosen, LEAST)).mean())

    return float(min(TEMPERATURES, key=loss))


def calibration_error(confidence: NDArray[np.float64], right: NDArray[np.bool_]) -> float:
    """Expected calibration error: the mean distance between confidence and accuracy over ten bins, by their size."""
    bins = np.minimum((confidence * BINS).astype(int), BINS - 1)
    error = 0.0
    for one in range(BINS):
        inside = bins == one
        if inside.any():
            error += float(inside.mean() * abs(confidence[inside].mean() - right[inside].mean()))
    return error
