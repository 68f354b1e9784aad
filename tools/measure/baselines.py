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
from tools.measure.ngrams import bigram, unigram

Array = NDArray[Any]
MAX_FEATURES = 2000
MAX_CELLS = 4_000_000
"""Rows times features that a linear model is fitted on."""
MAX_TOKENS = 16_000_000
"""Tokens of all texts that a linear model is fitted on; most rows hold the same few."""
ITERATIONS = 100
TEST_CHUNK = 4096


class Baselines(BaseModel):
    """Scores by the name of the model, on the scale of `Measurement.score` (higher is better)."""

    scores: dict[str, float]
    notes: list[str] = Field(default_factory=list)


def measure_baselines(data: PreparedData, test_labels: Array, seed: int = 0) -> Baselines:
    """Fit on train rows, score on all test rows: majority class or mean, and logistic or ridge regression.

    Texts are counted by token, all of the vocabulary. For language modelling: what tokens and pairs of tokens the train
    text has, as negative perplexities of the next tokens that a model is measured on.
    """
    folder = Path(data.folder)
    labels = numpy.load(folder / "y_train.npy", mmap_mode="r", allow_pickle=False)
    if data.profile.task_type == "language_modeling":
        return Baselines(scores=_count_models(folder, labels, test_labels, data.profile.vocabulary_size))
    train = numpy.load(folder / "X_train.npy", mmap_mode="r", allow_pickle=False)
    test = numpy.load(folder / "X_test.npy", mmap_mode="r", allow_pickle=False)[: len(test_labels)]
    random = numpy.random.default_rng(seed)
    notes: list[str] = []
    if data.profile.is_text:
        rows = _rows(len(train), MAX_TOKENS // train.shape[1], notes, random)
        size = data.profile.vocabulary_size or int(max(train.max(), test.max())) + 1
        features, chunks = token_counts(train[rows], size), [token_counts(test, size)]
    else:
        columns = _columns(data, notes, random)
        rows = _rows(len(train), MAX_CELLS // max(len(columns), 1), notes, random)
        features = _features(train[rows], columns)
        chunks = [_features(test[at : at + TEST_CHUNK], columns) for at in range(0, len(test), TEST_CHUNK)]
    if data.profile.task_type == "classification":
        scores = _classifiers(features, labels, labels[rows], chunks, test_labels, notes)
    else:
        scores = _regressors(features, labels, labels[rows], chunks, test_labels)
    return Baselines(scores=scores, notes=notes)


def _classifiers(
    features: Any, all_labels: Array, labels: Array, chunks: list[Any], test_labels: Array, notes: list[str]
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
    features: Any, all_labels: Array, labels: Array, chunks: list[Any], test_labels: Array
) -> dict[str, float]:
    from sklearn.linear_model import Ridge
    from sklearn.metrics import r2_score

    model = Ridge(alpha=1.0).fit(features, labels)
    predicted = numpy.concatenate([model.predict(chunk) for chunk in chunks])
    mean = numpy.full(len(test_labels), float(all_labels.mean()))
    return {"mean": float(r2_score(test_labels, mean)), "ridge regression": float(r2_score(test_labels, predicted))}


def _count_models(folder: Path, labels: Array, test_labels: Array, vocabulary: int | None) -> dict[str, float]:
    """Negative perplexities; the last token of a row is not measured, as with a model."""
    train = numpy.load(folder / "X_train.npy", mmap_mode="r", allow_pickle=False)
    test = numpy.load(folder / "X_test.npy", mmap_mode="r", allow_pickle=False)
    size = vocabulary or int(max(labels.max(), test_labels.max(), train.max(), test.max())) + 1
    following = test_labels[:, :-1]
    return {
        "unigram": -unigram(labels, following, size),
        "bigram": -bigram((train, labels), (test[:, :-1], following), size),
    }


def _columns(data: PreparedData, notes: list[str], random: numpy.random.Generator) -> Array:
    total = int(numpy.prod(data.profile.input_shape))
    if total <= MAX_FEATURES:
        return numpy.arange(total)
    notes.append(f"the linear baseline sees {MAX_FEATURES} of {total} features")
    return numpy.sort(random.choice(total, MAX_FEATURES, replace=False))


def _rows(count: int, most: int, notes: list[str], random: numpy.random.Generator) -> Array:
    most = max(100, most)
    if count <= most:
        return numpy.arange(count)
    notes.append(f"the linear baseline is fitted on {most} of {count} train rows")
    return numpy.sort(random.choice(count, most, replace=False))


def _features(samples: Array, columns: Array) -> Array:
    """Flat values (n, columns)."""
    return numpy.asarray(samples.reshape(len(samples), -1)[:, columns], dtype=numpy.float32)


def token_counts(samples: Array, vocabulary: int) -> Any:
    """log(1 + how often each token occurs), a sparse (n, vocabulary) matrix; id 0, which fills rows up, counts too."""
    from scipy.sparse import csr_matrix

    flat = numpy.asarray(samples.reshape(len(samples), -1))
    ends = numpy.arange(0, flat.size + 1, flat.shape[1])
    counts = csr_matrix((numpy.ones(flat.size, numpy.float32), flat.reshape(-1), ends), shape=(len(flat), vocabulary))
    counts.sum_duplicates()
    counts.data = numpy.log1p(counts.data)
    return counts
