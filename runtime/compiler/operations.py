"""What kind an operation on numbers gives, by the rules of Python and NumPy (NEP 50)."""

import ast

from runtime.compiler.kinds import (
    BOOL,
    CODES,
    FLOAT,
    INT,
    INTEGERS,
    NP_BOOL,
    NP_FLOAT,
    NP_INT,
    NUMBERS,
    Kinds,
    Unsupported,
)

BY_CODE = {code: kind for kind, code in CODES.items()}
ARITHMETIC = (ast.Add, ast.Sub, ast.Mult, ast.FloorDiv, ast.Mod, ast.Pow)
BITS = (ast.BitAnd, ast.BitOr, ast.BitXor, ast.LShift, ast.RShift)
FLOAT_OF_FLOAT = {
    "sqrt", "exp", "log", "log2", "log10", "log1p", "expm1", "sin", "cos", "tan", "asin", "acos", "atan", "sinh",
    "cosh", "tanh", "asinh", "acosh", "atanh", "fabs", "erf", "erfc", "radians", "degrees",
}  # fmt: skip
FLOAT_OF_TWO = {"atan2", "hypot", "copysign", "fmod", "pow"}
INT_OF_FLOAT = {"floor", "ceil", "trunc"}
TRUTH = {"isnan", "isinf", "isfinite"}
CONSTANTS = {"pi", "e", "tau", "inf", "nan"}


def binary(operator: ast.operator, left: Kinds, right: Kinds) -> Kinds:
    """Kinds of `left operator right`."""
    if not (left | right) <= NUMBERS:
        raise Unsupported(f"{type(operator).__name__} of {' and '.join(sorted(map(str, left | right)))}")
    if isinstance(operator, BITS):
        if not (left | right) <= INTEGERS:
            raise Unsupported("an operation on bits of something else than integers")
        return _pairs(left, right, 0)
    if isinstance(operator, ast.Div):
        return _pairs(left, right, CODES[FLOAT])
    if isinstance(operator, ARITHMETIC):
        return _pairs(left, right, 0)
    raise Unsupported(type(operator).__name__)


def _pairs(left: Kinds, right: Kinds, extra: int) -> Kinds:
    return frozenset(BY_CODE[CODES[str(a)] | CODES[str(b)] | extra] for a in left for b in right)


def comparison(sides: list[Kinds]) -> Kinds:
    """Kinds of `a < b < c`; truth values may be compared for equality as numbers are."""
    found = frozenset[str]().union(*sides)
    if not found <= NUMBERS | {BOOL, NP_BOOL}:
        raise Unsupported("a comparison of something else than numbers")
    numpy = found & {NP_INT, NP_FLOAT, NP_BOOL}
    return frozenset({BOOL}) if not numpy else frozenset({NP_BOOL} if found <= numpy else {BOOL, NP_BOOL})


def of_math(name: str, arguments: list[Kinds]) -> Kinds:
    """Kinds of `math.name(…)`."""
    if any(not kinds <= NUMBERS for kinds in arguments):
        raise Unsupported(f"math.{name} of something else than numbers")
    if (len(arguments) == 1 and name in FLOAT_OF_FLOAT) or (len(arguments) == 2 and name in FLOAT_OF_TWO):
        return frozenset({FLOAT})
    if len(arguments) == 1 and name in INT_OF_FLOAT:
        return frozenset({INT})
    if len(arguments) == 1 and name in TRUTH:
        return frozenset({BOOL})
    raise Unsupported(f"math.{name}")
