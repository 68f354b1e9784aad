"""What the axes of a bare array mean: table, signal, image or tokens. Every decision is told in a note.

- 2-D: token ids when the source gives a vocabulary size or the integers look like ids; a flattened image when the side
  repeats in the correlations; one signal when its name says so or neighbouring columns move together; else a table.
- 3-D: grey images when the two last sides are alike; else signals, whose smaller side is the channels.
- 4-D: images; a last (or second) side of 1 to 4 is the channels, else the smallest.
"""

import re
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from runtime.errors import InputError
from tools.datasets.array_features import ArrayFeatures

SIGNAL_WORDS = re.compile(
    r"(?<![a-z])(ecg|ekg|eeg|emg|ppg|imu|signals?|series|timeseries|waveforms?|heartbeats?|beats|accelerometer)(?![a-z])"
)
MIN_SIGNAL = 16
SMOOTH = 0.8
"""Mean correlation of neighbouring columns: ECG5000 has 0.95; wine 0.09, breast_cancer 0.50, digits 0.29."""
SMOOTH_IF_NAMED = 0.3
DECAY = 0.1
"""A signal's columns move apart with distance; features that all say the same thing don't."""
PROBE_ROWS = 1000
MAX_VOCABULARY = 1 << 20


@dataclass
class Layout:
    """Features in arxla's layout, and why."""

    features: ArrayFeatures
    notes: list[str] = field(default_factory=list)


def lay_out(
    X: NDArray[Any], *, hint: str = "", vocabulary_size: int | None = None, names: list[str] | None = None
) -> Layout:
    """Decide what an array is and bring it to channels-first order. Raises `InputError` for what can't be features."""
    if X.dtype.kind not in "biuf":
        what = "text" if X.dtype.kind in "US" else f"{X.dtype} values"
        raise InputError(f"X holds {what}; give numbers, or a table (CSV, Parquet) for text columns.")
    if X.ndim == 1:
        X = X[:, None]
    if X.ndim not in (2, 3, 4) or 0 in X.shape[1:]:
        raise InputError(
            f"X has shape {X.shape}; give rows of features, of (channels, length) or of (height, width, channels)."
        )
    if X.ndim == 4:
        return _images(X)
    if X.ndim == 3:
        return _signals_or_grey(X, hint)
    if vocabulary_size is not None or _looks_like_tokens(X, hint):
        return _tokens(X, vocabulary_size)
    return _flat(X, hint, names or [])


def _images(X: NDArray[Any]) -> Layout:
    channels_last = X.shape[3] <= 4 or (X.shape[1] > 4 and X.shape[3] == min(X.shape[1:]))
    order = "(rows, height, width, channels)" if channels_last else "(rows, channels, height, width)"
    images = X.transpose(0, 3, 1, 2) if channels_last else X
    return Layout(ArrayFeatures(images, "image"), [f"Images: X {X.shape} was read as {order}."])


def _signals_or_grey(X: NDArray[Any], hint: str) -> Layout:
    first, second = X.shape[1:]
    alike = min(first, second) >= 8 and max(first, second) <= 2 * min(first, second)
    if alike and (first == second or X.dtype == np.uint8) and not SIGNAL_WORDS.search(hint.lower()):
        return Layout(ArrayFeatures(X[:, None], "image"), [f"Images: X {X.shape} was read as grey images."])
    channels_last = second < first
    order = "(rows, length, channels)" if channels_last else "(rows, channels, length)"
    signals = X.transpose(0, 2, 1) if channels_last else X
    return Layout(
        ArrayFeatures(signals, "sequence"),
        [f"Signals: X {X.shape} was read as {order}; the smaller side is the channels."],
    )


def _looks_like_tokens(X: NDArray[Any], hint: str) -> bool:
    """Non-negative integers, wider than a byte each, whose columns all reach into the same range."""
    if X.dtype.kind not in "iu" or X.dtype.itemsize == 1 or X.shape[1] < 8:
        return False
    if X.min() < 0 or X.max() >= MAX_VOCABULARY or _image_side(X) is not None:
        return False
    named = re.search(r"token|text|words", hint.lower()) is not None
    alike = float(np.median(X.max(axis=0))) >= 0.5 * float(X.max())
    return named or (alike and column_correlation(X, 1) < SMOOTH_IF_NAMED)


def _tokens(X: NDArray[Any], vocabulary_size: int | None) -> Layout:
    if (X.dtype.kind == "f" and (X % 1 != 0).any()) or X.min() < 0:
        raise InputError("X holds token ids that are negative or not whole numbers; give ids from 0.")
    largest = int(X.max())
    notes = []
    if vocabulary_size is None:
        vocabulary_size = largest + 1
        notes.append(
            f"Tokens: X {X.shape} of {X.dtype} was read as token ids below {vocabulary_size}; "
            "store vocabulary_size in the file to say so, or X as float to have numbers."
        )
    if largest >= vocabulary_size:
        raise InputError(f"X holds the token id {largest}, but vocabulary_size is {vocabulary_size}.")
    return Layout(ArrayFeatures(X, "tokens", vocabulary_size=vocabulary_size), notes)


def _flat(X: NDArray[Any], hint: str, names: list[str]) -> Layout:
    image = _image_side(X)
    if image is not None:
        channels, side = image
        note = f"Images: each row of X {X.shape} was read as a flattened {channels} × {side} × {side} image."
        return Layout(ArrayFeatures(X.reshape(-1, channels, side, side), "image"), [note])
    reason = _signal_reason(X, hint)
    if reason:
        note = f"Signals: each row of X {X.shape} was read as one signal of {X.shape[1]} steps, since {reason}."
        return Layout(ArrayFeatures(X[:, None, :], "sequence"), [note])
    names = names if len(names) == X.shape[1] else [f"x{index}" for index in range(X.shape[1])]
    return Layout(ArrayFeatures(X, "tabular", names))


def _signal_reason(X: NDArray[Any], hint: str) -> str:
    """Why rows are signals, or "" when they are not."""
    if X.shape[1] < MIN_SIGNAL or X.dtype.kind != "f":
        return ""
    near = column_correlation(X, 1)
    word = SIGNAL_WORDS.search(hint.lower())
    if word and near >= SMOOTH_IF_NAMED:
        return f"its name says {word.group()!r} and neighbouring columns correlate by {near:.2f}"
    if near >= SMOOTH and near - column_correlation(X, X.shape[1] // 4) >= DECAY:
        return f"neighbouring columns correlate by {near:.2f} and distant ones less"
    return ""


def _image_side(X: NDArray[Any]) -> tuple[int, int] | None:
    """(channels, side) when whole numbers 0..255 correlate more a row of pixels away than half a row away."""
    for channels in (1, 3):
        side = round((X.shape[1] / channels) ** 0.5)
        if side >= 8 and channels * side * side == X.shape[1]:
            probe = X[:PROBE_ROWS]
            if probe.min() < 0 or probe.max() > 255 or (probe % 1 != 0).any():
                return None
            if column_correlation(X, side) > max(0.2, column_correlation(X, side // 2)):
                return channels, side
    return None


def column_correlation(X: NDArray[Any], distance: int) -> float:
    """Mean correlation, over the first rows, of columns that lie `distance` apart; missing values count as the mean."""
    probe = X[:PROBE_ROWS].astype(np.float64)
    probe = np.where(np.isfinite(probe), probe, np.nan)
    seen = np.isfinite(probe).any(axis=0)
    probe = probe[:, seen]
    if probe.shape[1] <= distance:
        return 0.0
    spread = np.nanstd(probe, axis=0)
    varying = spread > 0
    standard = np.where(varying, np.nan_to_num(probe - np.nanmean(probe, axis=0)) / np.where(varying, spread, 1), 0.0)
    both = varying[:-distance] & varying[distance:]
    products = (standard[:, :-distance] * standard[:, distance:]).mean(axis=0)
    return float(products[both].mean()) if both.any() else 0.0
