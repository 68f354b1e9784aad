"""One file as the engine sees it: its slots, their features, and what is thought of their neighbours."""

import ast
from collections.abc import Iterable, Sequence

import numpy as np
from numpy.typing import NDArray

from runtime.compiler.inference.classes import kind
from runtime.compiler.inference.evaluation import Evaluation, Guess
from runtime.compiler.inference.features import features
from runtime.compiler.inference.filling import by_use
from runtime.compiler.inference.scopes import Code, Scope
from runtime.compiler.inference.slots import Slot, slots_of
from runtime.compiler.inference.type_names import UNKNOWN

SURE_OF_NEIGHBOURS = 0.6
TELLS_NOTHING = ("object", "function", "type", "")
Place = tuple[Scope, str]
"""A function and a name in it."""


def all_slots(code: Code) -> list[Slot]:
    return [slot for scope in code.scopes for slot in slots_of(scope)]


def first_look(code: Code, evaluation: Evaluation) -> dict[Place, set[str]]:
    """Features of every slot of a file, by what the files themselves tell."""
    return {slot.key: features(slot, evaluation) for slot in all_slots(code)}


def guesses(places: Iterable[Place], probabilities: NDArray[np.float64], kinds: Sequence[str]) -> Guess:
    """What a first pass is sure enough of, for the second one to use."""
    sure = probabilities.max(axis=1) >= SURE_OF_NEIGHBOURS
    best = probabilities.argmax(axis=1)
    found = {
        place: kinds[at]
        for place, at, is_sure in zip(places, best, sure, strict=True)
        if is_sure and kinds[at] not in TELLS_NOTHING
    }
    return lambda scope, name: found.get((scope, name), "")


def second_look(slot: Slot, evaluation: Evaluation) -> set[str]:
    """Features of a slot with guesses for its neighbours; never with the guess for itself."""
    own = evaluation.guess
    if own is None:
        return features(slot, evaluation)
    evaluation.guess = lambda scope, name: "" if (scope, name) == slot.key else own(scope, name)
    try:
        return features(slot, evaluation) | {"looked twice"}
    finally:
        evaluation.guess = own


def deep_type(chosen: str, slot: Slot, evaluation: Evaluation) -> str:
    """The evaluated type of a kind, where the file tells it: `list[int]` for `list`."""
    scope = slot.scope
    types = evaluation.result(scope) if slot.role == "return" else evaluation.variable(slot.name, scope)
    fitting = sorted((one for one in types if one != UNKNOWN and kind(one) == chosen), key=len)
    if fitting and fitting[-1] != chosen:
        return fitting[-1]
    names = [slot.name] if slot.role != "return" else [one.id for one in scope.returns if isinstance(one, ast.Name)]
    held = [by_use(evaluation, name, scope, chosen) for name in names]
    return max(held, key=len, default=chosen)
