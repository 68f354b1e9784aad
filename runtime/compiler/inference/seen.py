"""One file as the engine sees it: its slots, their features, and what is thought of their neighbours."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from runtime.compiler.inference.classes import kind
from runtime.compiler.inference.evaluation import UNKNOWN, Evaluation, Guess
from runtime.compiler.inference.features import features
from runtime.compiler.inference.scopes import Code
from runtime.compiler.inference.slots import Slot, slots_of

SURE_OF_NEIGHBOURS = 0.6
TELLS_NOTHING = ("object", "function", "type", "")
Place = tuple[str, str]
"""A function and a name in it."""


def all_slots(code: Code) -> list[Slot]:
    return [slot for scope in code.scopes for slot in slots_of(scope)]


def first_look(code: Code) -> dict[Place, set[str]]:
    """Features of every slot of a file, by function and name, by what the file itself tells."""
    evaluation = Evaluation(code)
    return {slot.place: features(slot, evaluation) for slot in all_slots(code)}


def guesses(first: dict[Place, set[str]], probabilities: NDArray[np.float64], kinds: Sequence[str]) -> Guess:
    """What a first pass is sure enough of, for the second one to use."""
    sure = probabilities.max(axis=1) >= SURE_OF_NEIGHBOURS
    best = probabilities.argmax(axis=1)
    found = {
        place: kinds[at]
        for place, at, is_sure in zip(first, best, sure, strict=True)
        if is_sure and kinds[at] not in TELLS_NOTHING
    }
    return lambda function, name: found.get((function, name), "")


def second_look(slot: Slot, evaluation: Evaluation) -> set[str]:
    """Features of a slot with guesses for its neighbours; never with the guess for itself."""
    own = evaluation.guess
    if own is None:
        return features(slot, evaluation)
    evaluation.guess = lambda function, name: "" if (function, name) == slot.place else own(function, name)
    try:
        return features(slot, evaluation) | {"looked twice"}
    finally:
        evaluation.guess = own


def deep_type(chosen: str, slot: Slot, evaluation: Evaluation) -> str:
    """The evaluated type of a kind, where the file tells it: `list[int]` for `list`."""
    scope = slot.scope
    types = evaluation.result(scope) if slot.role == "return" else evaluation.variable(slot.name, scope)
    fitting = sorted((one for one in types if one != UNKNOWN and kind(one) == chosen), key=len)
    return fitting[-1] if fitting else chosen
