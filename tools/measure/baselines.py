"""What a trivial model reaches on the same test rows, so that a reader sees whether anything was learnt.

Rows, features and iterations are bounded, so that this takes seconds on any data; `notes` say what was left out.
"""

import warnings
from pathlib import Path
from typing import Any

import numpy
from numpy.typing import NDArray
from pydantic import BaseModel, Field

from runtime.data_profile import PreparedData

Array = NDArray[Any]
MAX_FEATURES = 2000
MAX_CELLS = 4_000_000
"""Rows times features that a linear model is fitted on."""
ITERATIONS = 100
TEST_CHUNK = 4096


class Baselines(BaseModel):
    """Scores by the name of the model, on the scale of `Measurement.score` (higher is better)."""

    scores: dict[str, float]
    notes: list[str] = Field(default_factory=list)


def measure_baselines(data: PreparedData, test_labels: Array, seed: int = 0) -> Baselines:
    """Fit on train rows, score on all test rows: majority class or mean, and logistic or ridge regression.

    For language modelling: the unigram distribution, as a negative perplexity.
    """
    folder = Path(data.folder)
    labels = numpy.load(folder / "y_train.npy", mmap_mode="r", allow_pickle=False)
    if data.profile.task_type == "language_modeling":
        return Baselines(scores={"unigram": _unigram(numpy.asarray(labels), test_labels)})
    train = numpy.load(folder / "X_train.npy", mmap_mode="r", allow_pickle=False)
    test = numpy.load(folder / "X_test.npy", mmap_mode="r", allow_pickle=False)[: len(test_labels)]
    random = numpy.random.default_rng(seed)
    notes: list[str] = []
    columns = _columns(data, notes, random)
    rows = _rows(len(train), len(columns), notes, random)
    vocabulary = data.profile.vocabulary_size if data.profile.is_text else None
    features = _features(train[rows], columns, vocabulary)
    chunks = [_features(test[at : at + TEST_CHUNK], columns, vocabulary) for at in range(0, len(test), TEST_CHUNK)]
    if data.profile.task_type == "classification":
        scores = _classifiers(features, labels, labels[rows], chunks, test_labels, notes)
    else:
        scores = _regressors(features, labels, labels[rows], chunks, test_labels)
    return Baselines(scores=scores, notes=notes)


def _classifiers(
    features: Array, all_labels: Array, labels: Array, chunks: list[Array], test_labels: Array, notes: list[str]
) -> dict[str, float]:
    from sklearn.exceptions import ConvergenceWarning
    from sklearn.linear_model import LogisticRegression

    majority = numpy.bincount(all_labels).argmax()
    scores = {"majority class": float((test_labels == majority).mean())}
    if len(set(labels.tolist())) < 2:
        notes.append("logistic regression was left out: the rows it could see are of one class")
        return scores
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ConvergenceWarning)
        model = LogisticRegression(max_iter=ITERATIONS).fit(features, labels)
    predicted = numpy.concatenate([model.predict(chunk) for chunk in chunks])
    scores["logistic regression"] = float((predicted == test_labels).mean())
    return scores


def _regressors(
    features: Array, all_labels: Array, labels: Array, chunks: list[Array], test_labels: Array
) -> dict[str, float]:
    from sklearn.linear_model import Ridge
    from sklearn.metrics import r2_score

    model = Ridge(alpha=1.0).fit(features, labels)
    predicted = numpy.concatenate([model.predict(chunk) for chunk in chunks])
    mean = numpy.full(len(test_labels), float(all_labels.mean()))
    return {"mean": float(r2_score(test_labels, mean)), "ridge regression": float(r2_score(test_labels, predicted))}


def _unigram(labels: Array, test_labels: Array) -> float:
    """Negative perplexity of the train tokens' frequencies, with one added to each count (Laplace)."""
    size = int(max(labels.max(), test_labels.max())) + 1
    counts = numpy.bincount(labels.reshape(-1), minlength=size) + 1.0
    return -float(numpy.exp(-numpy.log(counts / counts.sum())[test_labels.reshape(-1)].mean()))


def _columns(data: PreparedData, notes: list[str], random: numpy.random.Generator) -> Array:
    profile = data.profile
    total = (profile.vocabulary_size or 0) if profile.is_text else int(numpy.prod(profile.input_shape))
    if total <= MAX_FEATURES:
        return numpy.arange(total)
    notes.append(f"the linear baseline sees {MAX_FEATURES} of {total} features")
    if profile.is_text:
        return numpy.arange(MAX_FEATURES)
    return numpy.sort(random.choice(total, MAX_FEATURES, replace=False))


def _rows(count: int, width: int, notes: list[str], random: numpy.random.Generator) -> Array:
    most = max(100, MAX_CELLS // max(width, 1))
    if count <= most:
        return numpy.arange(count)
    notes.append(f"the linear baseline is fitted on {most} of {count} train rows")
    return numpy.sort(random.choice(count, most, replace=False))


def _features(samples: Array, columns: Array, vocabulary: int | None) -> Array:
    """Flat values (n, columns), or for tokens how often each occurs."""
    if vocabulary is None:
        return numpy.asarray(samples.reshape(len(samples), -1)[:, columns], dtype=numpy.float32)
    counts = numpy.zeros((len(samples), len(columns)), dtype=numpy.float32)
    for row, tokens in enumerate(samples.reshape(len(samples), -1)):
        counts[row] = numpy.bincount(tokens, minlength=vocabulary)[: len(columns)]
    return numpy.log1p(counts)
