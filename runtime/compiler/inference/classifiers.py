"""The classifiers that are compared: the seed's random forest, gradient boosting, and a small network."""

from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from runtime.compiler.inference.network import SmallNetwork
from runtime.errors import InputError

NAMES = ("network", "random_forest", "gradient_boosting")
BOOSTED_FEATURES = 400
SHRINKAGE = 10.0
"""Without it kinds that are rare make the boosting diverge."""


class Classifier(Protocol):
    """As in scikit-learn, with the number of classes given."""

    def fit(
        self,
        rows: Any,
        targets: NDArray[np.int64],
        classes: int,
        weights: NDArray[Any] | None = None,
        shares: NDArray[Any] | None = None,
    ) -> None:
        """`shares`: how often each kind was seen in a row's slot, where a classifier can learn from that."""

    def predict_proba(self, rows: Any) -> NDArray[Any]: ...


class Forest:
    """A random forest, or any classifier of scikit-learn that takes sparse rows."""

    def __init__(self, model: Any = None, trees: int = 60, seed: int = 0) -> None:
        from sklearn.ensemble import RandomForestClassifier

        self.model = model or RandomForestClassifier(trees, max_features=0.05, min_samples_leaf=2, random_state=seed)

    def fit(
        self,
        rows: Any,
        targets: NDArray[np.int64],
        classes: int,
        weights: NDArray[Any] | None = None,
        shares: NDArray[Any] | None = None,  # noqa: ARG002 - trees learn from the most frequent kind alone
    ) -> None:
        self.classes = classes
        self.model.fit(rows, targets, **({} if weights is None else {"sample_weight": weights}))

    def predict_proba(self, rows: Any) -> NDArray[Any]:
        found = np.zeros((rows.shape[0], self.classes))
        found[:, self.model.classes_] = self.model.predict_proba(rows)
        return found


class Boosting(Forest):
    """Gradient boosting over histograms; it needs dense rows, so it sees the features that tell most."""

    def __init__(self, model: Any = None, rounds: int = 60, seed: int = 0) -> None:
        from sklearn.ensemble import HistGradientBoostingClassifier

        self.model = model or HistGradientBoostingClassifier(
            max_iter=rounds,
            learning_rate=0.1,
            max_leaf_nodes=24,
            l2_regularization=SHRINKAGE,
            early_stopping=False,
            random_state=seed,
        )
        self.columns: NDArray[np.int64] = np.zeros(0, dtype=np.int64)

    def fit(
        self,
        rows: Any,
        targets: NDArray[np.int64],
        classes: int,
        weights: NDArray[Any] | None = None,
        shares: NDArray[Any] | None = None,
    ) -> None:
        from sklearn.feature_selection import chi2

        tells = np.nan_to_num(chi2(rows, targets)[0])
        self.columns = np.sort(np.argsort(-tells)[:BOOSTED_FEATURES])
        super().fit(rows[:, self.columns].toarray(), targets, classes, weights, shares)

    def predict_proba(self, rows: Any) -> NDArray[Any]:
        return super().predict_proba(rows[:, self.columns].toarray())


def classifier(name: str, seed: int = 0) -> Classifier:
    """Raises `InputError` for a name that is unknown."""
    if name == "network":
        return SmallNetwork(seed=seed)
    if name == "random_forest":
        return Forest(seed=seed)
    if name == "gradient_boosting":
        return Boosting(seed=seed)
    raise InputError(f"The classifier {name!r} is unknown: choose {', '.join(NAMES)}.")
