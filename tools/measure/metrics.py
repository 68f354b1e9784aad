"""Scores from predictions and labels, higher is better. The predictions are untrusted, the labels are arxla's own."""

import math
from collections.abc import Callable
from typing import Any

import numpy
from numpy.typing import NDArray

from runtime.data_profile import DataProfile
from tools.measure.untrusted import UntrustedFileError
from tools.results.record import Measurement

Floats = NDArray[numpy.float32]
Labels = NDArray[Any]
ROUNDING = 1e-3
"""By which a log probability may exceed 0."""
RESIDUALS = 500
"""(true, predicted) pairs that are kept for a regression's picture."""


def measure(predictions: Floats, labels: Labels, profile: DataProfile) -> tuple[Measurement, list[str]]:
    """The score of `predictions` and warnings about them, by the profile's task.

    Classification wants logits (n, classes), regression values (n,) or (n, 1), language modelling the log probability
    of each next token but the last of a row, (n, length - 1) for labels (n, length). Raises `UntrustedFileError` for
    any other shape.
    """
    if len(predictions) != len(labels):
        raise UntrustedFileError(f"the job left {len(predictions)} predictions for {len(labels)} rows")
    by_task: dict[str, Callable[[], tuple[Measurement, list[str]]]] = {
        "classification": lambda: _classification(predictions, labels, profile.num_classes or int(labels.max()) + 1),
        "regression": lambda: _regression(predictions, labels),
        "language_modeling": lambda: _language_modeling(predictions, labels, profile),
    }
    return by_task[profile.task_type]()


def _classification(logits: Floats, labels: Labels, classes: int) -> tuple[Measurement, list[str]]:
    from sklearn.metrics import accuracy_score, confusion_matrix, f1_score

    if logits.shape[1:] != (classes,):
        raise UntrustedFileError(
            f"the model answered {logits.shape[1:]} for each sample, and the {classes} classes need {classes} logits"
        )
    predicted = logits.argmax(axis=1)
    names = list(range(classes))
    recalls = [float((predicted[labels == name] == name).mean()) for name in names if (labels == name).any()]
    details = {
        "balanced_accuracy": sum(recalls) / len(recalls),
        "macro_f1": float(f1_score(labels, predicted, labels=names, average="macro", zero_division=0)),
    }
    matrix = confusion_matrix(labels, predicted, labels=names).tolist()
    measured = Measurement(
        metric="accuracy", score=float(accuracy_score(labels, predicted)), details=details, confusion=matrix
    )
    constant = len(set(predicted.tolist())) == 1 and len(set(labels.tolist())) > 1
    warning = f"the model answers class {predicted[0]} for every row: it has learnt nothing but the class balance"
    return measured, [warning] if constant else []


def _regression(values: Floats, labels: Labels) -> tuple[Measurement, list[str]]:
    from sklearn.metrics import mean_absolute_error, mean_squared_error, r2_score

    if values.shape[1:] not in ((), (1,)):
        raise UntrustedFileError(
            f"the model answered {values.shape[1:]} for each sample, and a regression needs one value"
        )
    predicted, truth = values.reshape(-1).astype(numpy.float64), labels.astype(numpy.float64)
    details = {
        "rmse": math.sqrt(mean_squared_error(truth, predicted)),
        "mae": float(mean_absolute_error(truth, predicted)),
    }
    chosen = numpy.unique(numpy.linspace(0, len(truth) - 1, min(RESIDUALS, len(truth))).astype(int))
    pairs = [(float(truth[i]), float(predicted[i])) for i in chosen]
    measured = Measurement(metric="r2", score=float(r2_score(truth, predicted)), details=details, residuals=pairs)
    constant = len(predicted) > 1 and float(predicted.std()) <= 1e-6 * (1 + abs(float(predicted.mean())))
    return measured, ["the model answers the same value for every row: it has learnt nothing"] if constant else []


def _language_modeling(
    log_probabilities: Floats, labels: Labels, profile: DataProfile
) -> tuple[Measurement, list[str]]:
    """Perplexity a token; by words and in bits a byte as well, which models with other tokenizers can be compared by.

    A word's perplexity is that of its tokens together (as in Merity et al., 2017, ends of lines count as words).
    """
    expected = (len(labels), labels.shape[1] - 1)
    if log_probabilities.shape != expected:
        raise UntrustedFileError(f"the job left shape {log_probabilities.shape}, and next tokens have {expected}")
    if log_probabilities.max(initial=0.0) > ROUNDING:
        raise UntrustedFileError("the job left probabilities above 1")
    loss = max(0.0, -float(log_probabilities.mean(dtype=numpy.float64)))
    details = {"cross_entropy": loss, "perplexity": perplexity(loss)}
    if profile.bytes_per_token and profile.words_per_token:
        details["bits_per_byte"] = loss / math.log(2) / profile.bytes_per_token
        details["word_perplexity"] = perplexity(loss / profile.words_per_token)
    return Measurement(metric="perplexity", score=-details["perplexity"], details=details), []


def perplexity(loss: float) -> float:
    """e to the mean loss of a token, bounded so that it stays a number."""
    return math.exp(min(loss, 700.0))
