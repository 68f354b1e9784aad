"""What is guessed without any training, as the seed did "before": literals that are assigned, then the name alone."""

import ast

from runtime.compiler.inference.names import words
from runtime.compiler.inference.slots import Slot
from runtime.compiler.prediction import TypePrediction

BY_WORD = {
    "int": "count num number n i j k index idx size length len total max min port line offset start end level age",
    "str": "name text path url key title message msg word label filename prefix suffix s line string id mode",
    "bool": "is has can should flag enabled ready valid done found",
    "float": "rate ratio average mean price score time seconds probability alpha weight",
    "list": "items values list results data names lines args rows",
    "dict": "dict map mapping options kwargs config cache table params",
    "tuple": "pair shape point",
    "set": "set seen visited",
}
CERTAIN, BY_NAME, BY_PREFIX, UNSURE = 0.7, 0.6, 0.65, 0.3
LITERALS = {ast.List: "list", ast.ListComp: "list", ast.Dict: "dict", ast.Tuple: "tuple", ast.Set: "set"}


def guess(slot: Slot) -> TypePrediction:
    """Of one slot; the confidences are the seed's."""
    values = [binding.expression for binding in slot.scope.bindings.get(slot.name, []) if binding.how == "value"]
    default = slot.scope.default(slot.name)
    for value in [*values, *([default] if default else [])]:
        found = _literal(value)
        if found:
            return TypePrediction(found, CERTAIN)
    if slot.role == "return":
        return _returned(slot)
    return _by_name(slot.name)


def _literal(value: ast.expr | None) -> str:
    if isinstance(value, ast.Constant):
        return "None" if value.value is None else type(value.value).__name__
    return LITERALS.get(type(value), "str" if isinstance(value, ast.JoinedStr) else "")


def _returned(slot: Slot) -> TypePrediction:
    for value in slot.scope.returns:
        if value is not None and _literal(value):
            return TypePrediction(_literal(value), CERTAIN)
    if not any(value is not None for value in slot.scope.returns):
        return TypePrediction("None", CERTAIN)
    return _by_name(slot.scope.name.rpartition(".")[2])


def _by_name(name: str) -> TypePrediction:
    parts = words(name)
    if parts and parts[0] in BY_WORD["bool"].split():
        return TypePrediction("bool", BY_PREFIX)
    for part in reversed(parts):
        for kind, known in BY_WORD.items():
            if part in known.split():
                return TypePrediction(kind, BY_NAME)
    return TypePrediction("object", UNSURE)
