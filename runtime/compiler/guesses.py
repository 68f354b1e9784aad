"""Types to compile for when no call is known: those the type-inference engine is sure of, else the first that run."""

import linecache
from collections.abc import Callable
from itertools import islice, product
from types import FunctionType

from runtime.compiler.calls import Call, from_types
from runtime.compiler.prediction import TypePrediction
from runtime.compiler.profile import CallTypes
from runtime.compiler.source import Source
from runtime.compiler.verify import Doubt, verify
from runtime.errors import InputError

Infer = Callable[[str, str], TypePrediction]
"""Of a file's text and `function.argument`, like `TypeInferenceEngine.infer_type`."""

SURE_ENOUGH = 0.6
GUESSES = ("int", "float", "list[float]", "list[int]", "ndarray[float64, 1]", "ndarray[float64, 2]", "str", "list[str]")
INSIDE = {
    "list": ("list[float]", "list[int]", "list[list[float]]"),
    "ndarray": ("ndarray[float64, 1]", "ndarray[float64, 2]"),
    "tuple": ("tuple[int, int]", "tuple[float, float]"),
    "dict": ("dict[str, int]", "dict[str, float]"),
}
"""What to try where the engine tells no more than the outermost part."""
MOST_TRIED = 12


def guessed_types(function: FunctionType, source: Source, infer: Infer | None, seed: int) -> list[CallTypes]:
    """One combination of argument types, for which the function runs and does the same twice; none at worst."""
    for names in [*_predicted(function, source, infer), *([guess] * len(source.arguments) for guess in GUESSES)]:
        tried = CallTypes(arg_types=names, return_type="Any")
        calls = from_types([tried], seed)
        if calls and not isinstance(verify(function, function, calls, seed), Doubt) and _runs(function, calls):
            return [tried]
    return []


def _predicted(function: FunctionType, source: Source, infer: Infer | None) -> list[list[str]]:
    """Types of which values can be made up, where the engine is sure enough of every argument's kind."""
    if not infer or not source.arguments:
        return []
    text = "".join(linecache.getlines(function.__code__.co_filename))
    name = function.__qualname__.replace("<locals>.", "")
    try:
        predictions = [infer(text, f"{name}.{argument}") for argument in source.arguments]
    except InputError:  # the file is no longer what was loaded
        return []
    if any(prediction.confidence < SURE_ENOUGH for prediction in predictions):
        return []
    kinds = [prediction.predicted_type for prediction in predictions]
    return [list(names) for names in islice(product(*(INSIDE.get(kind, (kind,)) for kind in kinds)), MOST_TRIED)]


def _runs(function: FunctionType, calls: list[Call]) -> bool:
    try:
        for call in calls:
            call.copied().run(function)
    except Exception:  # noqa: BLE001 - whatever the user's function raises
        return False
    return True
