"""The type-inference engine: what type a variable, an argument or a return value will have, and how sure that is."""

from collections.abc import Sequence
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from runtime.compiler.inference import saving
from runtime.compiler.inference.calibration import best_temperature, warmed
from runtime.compiler.inference.classes import KINDS
from runtime.compiler.inference.classifiers import Classifier, Forest, classifier
from runtime.compiler.inference.evaluation import Evaluation
from runtime.compiler.inference.features import features
from runtime.compiler.inference.network import SmallNetwork
from runtime.compiler.inference.project import Project, readable
from runtime.compiler.inference.reading import read
from runtime.compiler.inference.scopes import Code
from runtime.compiler.inference.seen import deep_type, first_look, guesses, second_look
from runtime.compiler.inference.slots import Slot, find
from runtime.compiler.inference.vocabulary import chosen, matrix
from runtime.compiler.prediction import TypePrediction
from runtime.errors import InputError

SHIPPED = Path(__file__).parents[1] / "models" / "type_inference.npz"
ALTERNATIVES = 4
HELD_BACK = 5
"""One row in so many is kept to choose the temperature when no packages are named."""


class TypeInferenceEngine:
    """Untrained until `train` or `load_model`; `TypeInferenceEngine.shipped()` is trained."""

    def __init__(self, classifier: str | Any = "network", seed: int = 0) -> None:
        """`classifier`: network, random_forest, gradient_boosting, or one of scikit-learn's own."""
        self._wish, self._seed = classifier, seed
        self.kinds: list[str] = list(KINDS)
        self.vocabulary: list[str] = []
        self.temperature = 1.0
        self.facts: dict[str, Any] = {}
        """What was said of the training when it was saved."""
        self._model: Classifier | None = None
        self._looked = lru_cache(maxsize=32)(self._look)

    @classmethod
    def shipped(cls) -> "TypeInferenceEngine":
        """The one that comes with arxla."""
        engine = cls()
        engine.load_model(SHIPPED)
        return engine

    def extract_features(self, code: str, variable: str) -> set[str]:
        """Features of a variable, an argument (`name` or `function.name`) or a return value (`function.return`)."""
        parsed = _read(code)
        return features(_slot(parsed, variable), Evaluation(parsed))

    def train(
        self,
        rows: Sequence[set[str]],
        types: Sequence[str],
        packages: Sequence[str] | None = None,
        fine_tune: bool = False,
        weights: NDArray[Any] | None = None,
    ) -> float:
        """Learn kinds from features; the accuracy on a part that is held back first, which sets the temperature, too.

        `packages`: where each row comes from; whole packages are held back then. `fine_tune`: go on from what is known.
        Raises `InputError`.
        """
        if len(rows) != len(types) or len(set(types)) < 2:
            raise InputError("Training needs as many types as rows, and at least two kinds of types.")
        unknown = set(types) - set(self.kinds)
        if unknown:
            raise InputError(f"No kinds that are told apart: {', '.join(sorted(unknown)[:5])}. Use classes.kind(name).")
        if fine_tune and not isinstance(self._model, SmallNetwork):
            raise InputError("Only a trained network can be tuned further: load one first.")
        groups = list(packages) if packages is not None else [str(at % HELD_BACK) for at in range(len(rows))]
        if not fine_tune:
            self.vocabulary = chosen(rows, groups)
        self._columns = {feature: at for at, feature in enumerate(self.vocabulary)}
        table = matrix(rows, self._columns)
        targets = np.array([self.kinds.index(name) for name in types])
        order = sorted(set(groups))
        kept = {group for at, group in enumerate(order) if at % HELD_BACK == HELD_BACK - 1} or {order[-1]}
        back = np.array([group in kept for group in groups])
        if back.all():
            back = np.arange(len(rows)) % HELD_BACK == 0
        first = self._new(fine_tune)
        first.fit(table[~back], targets[~back], len(self.kinds), None if weights is None else weights[~back])
        probabilities = first.predict_proba(table[back])
        if not fine_tune:
            self.temperature = best_temperature(probabilities, targets[back])
        accuracy = float((probabilities.argmax(axis=1) == targets[back]).mean())
        self._model = self._new(fine_tune)
        self._model.fit(table, targets, len(self.kinds), weights)
        self._looked.cache_clear()
        return accuracy

    def fit_all(
        self,
        rows: Sequence[set[str]],
        targets: NDArray[Any],
        packages: Sequence[str],
        shares: NDArray[Any],
    ) -> None:
        """Learn from all rows, none held back: for a caller that measures and calibrates itself."""
        self.vocabulary = chosen(rows, packages)
        self._columns = {feature: at for at, feature in enumerate(self.vocabulary)}
        self._model = self._new(False)
        self._model.fit(matrix(rows, self._columns), targets, len(self.kinds), shares=shares)
        self._looked.cache_clear()

    def _new(self, fine_tune: bool) -> Classifier:
        if isinstance(self._wish, SmallNetwork):
            return SmallNetwork(self._wish.members, self._wish.width, self._seed)
        if not isinstance(self._wish, str):
            from sklearn.base import clone

            return Forest(clone(self._wish))
        made = classifier(self._wish, self._seed)
        if fine_tune and isinstance(made, SmallNetwork) and isinstance(self._model, SmallNetwork):
            made.arrays = dict(self._model.arrays)
        return made

    def probabilities(self, rows: Sequence[set[str]]) -> NDArray[Any]:
        """Of the kinds, a row each, calibrated. Raises `InputError` when nothing was learned yet."""
        if self._model is None:
            raise InputError("The type-inference engine is untrained: train it, or load a model.")
        if not rows:
            return np.zeros((0, len(self.kinds)))
        return warmed(self._model.predict_proba(matrix(rows, self._columns)), self.temperature)

    def _look(self, code: str, beside: tuple[Path, ...]) -> tuple[Code, Evaluation]:
        parsed = _read(code)
        project = Project([parsed, *readable(beside)])
        plain = Evaluation(parsed, project=project)
        first = {place: row for one in project.codes for place, row in first_look(one, plain).items()}
        thought = guesses(first, self.probabilities(list(first.values())), self.kinds)
        return parsed, Evaluation(parsed, thought, project)

    def infer_type(self, code: str, variable: str, beside: Sequence[Path] = ()) -> TypePrediction:
        """What is thought of `name`, `function.name` or `function.return` in a piece of code. Raises `InputError`.

        `beside`: files that belong to it, such as `project.beside(path)`; they cost about 20 ms each, once.
        """
        parsed, evaluation = self._looked(code, tuple(beside))
        return self.predict(_slot(parsed, variable), evaluation)

    def predict(self, slot: Slot, evaluation: Evaluation) -> TypePrediction:
        """Of a slot, with an evaluation that knows what is thought of its neighbours."""
        found = self.probabilities([second_look(slot, evaluation)])[0]
        best = np.argsort(-found)[: ALTERNATIVES + 1]
        named = [(deep_type(self.kinds[at], slot, evaluation), float(found[at])) for at in best]
        return TypePrediction(named[0][0], named[0][1], named[1:])

    def save_model(self, path: Path | str, **facts: Any) -> None:
        """As plain arrays. Raises `InputError` when it is not a network that was trained."""
        if not isinstance(self._model, SmallNetwork):
            raise InputError("Only a trained network is saved: forests are kept to compare with.")
        self.facts = facts
        told = {"kinds": self.kinds, "vocabulary": self.vocabulary, "temperature": self.temperature, "facts": facts}
        saving.save(Path(path), self._model.arrays, told)

    def load_model(self, path: Path | str) -> None:
        """Raises `InputError` when it is no model."""
        arrays, told = saving.load(Path(path))
        model = SmallNetwork(seed=self._seed)
        model.arrays = arrays
        self._model, self._wish = model, "network"
        self.kinds, self.vocabulary = told["kinds"], told["vocabulary"]
        self.temperature, self.facts = told["temperature"], told["facts"]
        self._columns = {feature: at for at, feature in enumerate(self.vocabulary)}
        self._looked.cache_clear()


def own_file(folder: Path) -> Path:
    """Where an engine that was trained or tuned on this machine is kept."""
    return folder / "type_inference.npz"


def engine_in_use(folder: Path) -> TypeInferenceEngine:
    """The one that was trained here, else the shipped one. Raises `InputError` for a damaged file."""
    engine = TypeInferenceEngine()
    own = own_file(folder)
    engine.load_model(own if own.exists() else SHIPPED)
    return engine


def _read(code: str) -> Code:
    try:
        return read(code)
    except (SyntaxError, ValueError, RecursionError) as fault:
        raise InputError(f"The code can't be read: {fault}.") from fault


def _slot(code: Code, variable: str) -> Slot:
    slot = find(code, variable)
    if slot is None:
        raise InputError(f"The code has no variable, argument or function {variable}.")
    return slot
