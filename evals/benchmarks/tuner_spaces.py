"""Three real search spaces for the tuner benchmark: scikit-learn's models on its bundled data.

The splits and the seeds of the models are fixed, so a score is a function of the hyperparameters alone.
"""

import warnings
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from typing import Any

import numpy
from sklearn.datasets import load_breast_cancer, load_diabetes, load_digits
from sklearn.ensemble import GradientBoostingClassifier
from sklearn.exceptions import ConvergenceWarning
from sklearn.kernel_ridge import KernelRidge
from sklearn.model_selection import cross_val_score, train_test_split
from sklearn.neural_network import MLPClassifier
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from runtime.search_space import Hyperparameters, SearchSpace
from tools.tuning.objective import meets_limit, size_penalty
from tools.tuning.space import validate_space


@dataclass(frozen=True)
class Problem:
    """A space and the score of its points, higher is better."""

    name: str
    space: SearchSpace
    score: Callable[[Hyperparameters], float]
    size_kb: Callable[[Hyperparameters], float | None] = lambda _: None
    size_limit_kb: float | None = None

    def objective(self, values: Hyperparameters, score: float) -> float:
        """The score less the size penalty, as a study has it."""
        return score - size_penalty(self.size_kb(values), self.size_limit_kb)

    def is_small_enough(self, values: Hyperparameters) -> bool:
        return meets_limit(self.size_kb(values), self.size_limit_kb)


@cache
def _digits() -> Any:
    images, labels = load_digits(return_X_y=True)
    return train_test_split(images / 16.0, labels, train_size=600, test_size=600, random_state=0, stratify=labels)


def digits_mlp(values: Hyperparameters) -> float:
    """Validation accuracy of a small network, 600 training and 600 validation digits."""
    options: dict[str, Any] = dict(values)
    hidden, epochs = int(options.pop("hidden_size")), int(options.pop("epochs"))
    model = MLPClassifier((hidden,), max_iter=epochs, random_state=0, **options)
    X_train, X_val, y_train, y_val = _digits()
    with warnings.catch_warnings(), numpy.errstate(all="ignore"):
        warnings.simplefilter("ignore", ConvergenceWarning)
        try:
            return float(model.fit(X_train, y_train).score(X_val, y_val))
        except ValueError:  # the weights left the floats
            return 0.1


def digits_kb(values: Hyperparameters) -> float:
    """The network's size at 32 bits a weight."""
    hidden = int(values["hidden_size"])
    return (64 * hidden + hidden + hidden * 10 + 10) * 4 / 1024


def cancer_boosting(values: Hyperparameters) -> float:
    """Minus the cross-validated log loss of gradient boosting on the breast cancer set, 3 folds."""
    features, labels = load_breast_cancer(return_X_y=True)
    model = GradientBoostingClassifier(random_state=0, **values)
    return float(cross_val_score(model, features, labels, cv=3, scoring="neg_log_loss").mean())


def diabetes_ridge(values: Hyperparameters) -> float:
    """Cross-validated R2 of kernel ridge regression on the diabetes set, 5 folds."""
    features, target = load_diabetes(return_X_y=True)
    options: dict[str, Any] = dict(values)
    model = make_pipeline(StandardScaler(), KernelRidge(**options))
    centred = target - target.mean()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", UserWarning)  # a singular kernel is solved by least squares
        return max(-1.0, float(cross_val_score(model, features, centred, cv=5, scoring="r2").mean()))


DIGITS = {
    "hidden_size": {"default": 16, "type": "Integer", "low": 4, "high": 512, "prior": "log-uniform"},
    "learning_rate_init": {"default": 0.001, "type": "Real", "low": 1e-5, "high": 0.5, "prior": "log-uniform"},
    "alpha": {"default": 1e-4, "type": "Real", "low": 1e-7, "high": 10.0, "prior": "log-uniform"},
    "batch_size": {"default": 64, "type": "Categorical", "categories": [8, 16, 32, 64, 128, 256]},
    "activation": {"default": "relu", "type": "Categorical", "categories": ["relu", "tanh", "logistic"]},
    "beta_1": {"default": 0.9, "type": "Real", "low": 0.5, "high": 0.99},
    "epochs": {"default": 8, "type": "Integer", "low": 2, "high": 12},
}
CANCER = {
    "learning_rate": {"default": 0.1, "type": "Real", "low": 0.005, "high": 1.0, "prior": "log-uniform"},
    "n_estimators": {"default": 30, "type": "Integer", "low": 5, "high": 120, "prior": "log-uniform"},
    "max_depth": {"default": 3, "type": "Integer", "low": 1, "high": 8},
    "subsample": {"default": 1.0, "type": "Real", "low": 0.3, "high": 1.0},
    "min_samples_leaf": {"default": 1, "type": "Integer", "low": 1, "high": 60, "prior": "log-uniform"},
    "max_features": {"default": "sqrt", "type": "Categorical", "categories": ["sqrt", "log2"]},
}
DIABETES = {
    "alpha": {"default": 1.0, "type": "Real", "low": 1e-4, "high": 1e3, "prior": "log-uniform"},
    "gamma": {"default": 0.1, "type": "Real", "low": 1e-5, "high": 10.0, "prior": "log-uniform"},
    "kernel": {"default": "rbf", "type": "Categorical", "categories": ["rbf", "laplacian", "polynomial", "sigmoid"]},
    "degree": {"default": 3, "type": "Integer", "low": 1, "high": 5},
    "coef0": {"default": 1.0, "type": "Real", "low": 0.0, "high": 3.0},
}
SPACES = (
    Problem("digits MLP", validate_space(DIGITS), digits_mlp, digits_kb, size_limit_kb=32.0),
    Problem("cancer boosting", validate_space(CANCER), cancer_boosting),
    Problem("diabetes ridge", validate_space(DIABETES), diabetes_ridge),
)
