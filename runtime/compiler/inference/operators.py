"""What an operation on built-in types gives, by Python's rules."""

import ast

from runtime.compiler.inference.type_names import NOTHING, UNKNOWN, Types
from runtime.compiler.value_types import kind_of

NUMBERS = ("complex", "float", "int", "bool")
SEQUENCES = ("str", "bytes", "list", "tuple")


def operation(op: ast.operator, left: Types, right: Types) -> Types:
    """Of a binary operation."""
    return frozenset(_pair(op, one, other) for one in left or NOTHING for other in right or NOTHING)


def _pair(op: ast.operator, left: str, right: str) -> str:
    outer = (kind_of(left), kind_of(right))
    if isinstance(op, ast.Mod) and outer[0] in ("str", "bytes"):
        return outer[0]
    if "ndarray" in outer:
        return "ndarray"
    if outer[0] in NUMBERS and outer[1] in NUMBERS:
        return _number(op, outer)
    if isinstance(op, ast.Mult) and (outer[0] in SEQUENCES or outer[1] in SEQUENCES):
        return left if outer[0] in SEQUENCES else right
    if isinstance(op, ast.Add) and (outer[0] in SEQUENCES or outer[1] in SEQUENCES):
        return _added(left, right, outer)
    if outer[0] in ("set", "frozenset", "dict") and outer[0] == outer[1]:
        return left
    return _half_known(op, outer)


def _number(op: ast.operator, outer: tuple[str, str]) -> str:
    wide = min(outer, key=NUMBERS.index)
    if isinstance(op, ast.Div):
        return "complex" if wide == "complex" else "float"
    if isinstance(op, ast.BitAnd | ast.BitOr | ast.BitXor) and outer == ("bool", "bool"):
        return "bool"
    return "int" if wide == "bool" else wide


def _added(left: str, right: str, outer: tuple[str, str]) -> str:
    if left == right or (outer[0] == outer[1] and right == outer[1]):
        return left
    if outer[0] == outer[1] and left == outer[0]:
        return right
    return outer[0] if outer[0] in SEQUENCES else outer[1]


def _half_known(op: ast.operator, outer: tuple[str, str]) -> str:
    """Where one side is not known."""
    if UNKNOWN not in outer:
        return UNKNOWN
    if isinstance(op, ast.Div) and ("float" in outer or "int" in outer):
        return "float"
    if isinstance(op, ast.Add | ast.Sub | ast.Mult | ast.Pow) and "float" in outer:
        return "float"
    if isinstance(op, ast.LShift | ast.RShift | ast.FloorDiv) and "int" in outer:
        return "int"
    return UNKNOWN
