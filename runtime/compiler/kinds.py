"""The kinds of values that machine code can hold, and the code by which a number's Python type is carried along."""

import re
from dataclasses import dataclass

INT, FLOAT, BOOL, NP_INT, NP_FLOAT, NP_BOOL, NONE = "int", "float", "bool", "np.int64", "np.float64", "np.bool", "None"
CODES = {INT: 0, FLOAT: 1, NP_INT: 2, NP_FLOAT: 3}
"""Of a sum, difference, product, quotient or power of two numbers the code is the bitwise or of theirs."""
NUMBERS = frozenset(CODES)
INTEGERS = frozenset({INT, NP_INT})
BOOLEANS = frozenset({BOOL, NP_BOOL})
SCALARS = NUMBERS | BOOLEANS
DTYPES = {"float64": NP_FLOAT, "int64": NP_INT, "bool": NP_BOOL}
PROMISED = {"int": INT, "float": FLOAT, "bool": BOOL, "None": NONE, "numpy.float64": NP_FLOAT, "numpy.int64": NP_INT}
TUPLE = re.compile(r"tuple\[(.+)\]")


@dataclass(frozen=True)
class Items:
    """A list. `given`: an argument, which machine code sees as an array of the same numbers."""

    of: "Kinds"
    given: bool = False


@dataclass(frozen=True)
class Array:
    """A contiguous NumPy array."""

    dtype: str
    rank: int


@dataclass(frozen=True)
class Parts:
    """A tuple of known length."""

    of: tuple["Kinds", ...]


Kind = str | Items | Array | Parts
Kinds = frozenset[Kind]


class Unsupported(Exception):
    """Machine code can't keep the meaning of this; the message says of what."""


def kind_from(name: str) -> Kind:
    """What the type's name in a profile stands for."""
    if name in PROMISED:
        return PROMISED[name]
    array = re.fullmatch(r"ndarray\[(\w+), (\d)\]", name)
    if array and array[1] in DTYPES and int(array[2]) in (1, 2, 3):
        return Array(array[1], int(array[2]))
    inner = re.fullmatch(r"list\[(.+)\]", name)
    if inner:
        of = kind_from(inner[1])
        if of in (INT, FLOAT) or (isinstance(of, Items) and of.of <= {INT, FLOAT}):
            return Items(frozenset({of}), given=True)
    parts = TUPLE.fullmatch(name)
    if parts and "[" not in parts[1] and "..." not in parts[1]:
        return Parts(tuple(frozenset({kind_from(part)}) for part in parts[1].split(", ")))
    raise Unsupported(f"a value of type {name}")


def only(kinds: Kinds) -> Kind:
    """The one kind; `Unsupported` when there are several."""
    if len(kinds) != 1:
        raise Unsupported(f"a value that may be {' or '.join(sorted(map(describe, kinds))) or 'nothing'}")
    return next(iter(kinds))


def describe(kind: Kind) -> str:
    """For a sentence."""
    match kind:
        case Items():
            return "a list"
        case Array(dtype, rank):
            return f"an array of {dtype} with {rank} dimensions"
        case Parts():
            return "a tuple"
    return kind
