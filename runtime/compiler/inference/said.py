"""Features of what a docstring says of a slot."""

import ast
import re
from collections.abc import Iterable, Iterator
from itertools import pairwise

from runtime.compiler.inference.docstrings import Docstring, Documented, mentions
from runtime.compiler.inference.evaluation import Evaluation
from runtime.compiler.inference.slots import Slot
from runtime.compiler.inference.type_names import UNKNOWN
from runtime.compiler.inference.values import of_types

KINDS = {
    "int": "int integer ints integers number",
    "float": "float floats real double",
    "complex": "complex",
    "bool": "bool boolean true false flag",
    "str": "str string strings unicode text",
    "bytes": "bytes bytestring",
    "None": "none",
    "list": "list lists",
    "tuple": "tuple tuples pair",
    "dict": "dict dictionary dictionaries mapping",
    "set": "set",
    "frozenset": "frozenset",
    "function": "function callable callback",
    "type": "class type",
    "ndarray": "array ndarray matrix array_like",
}
KIND_OF = {word: kind for kind, words in KINDS.items() for word in words.split()}
MOST_WORDS = 8
FIRST_WORDS = 6


def of_docstring(slot: Slot, evaluation: Evaluation) -> Iterator[str]:
    """By the docstring of the function, and of its class for a constructor."""
    for node in _documented(slot):
        held = evaluation.documented(node)
        if not held.text:
            continue
        yield "documented"
        if slot.role == "return":
            yield from _of_return(held)
        elif slot.role == "argument":
            yield from _of_argument(held, slot.name)
        else:
            yield from _named_as_returned(held, slot.name)


def _documented(slot: Slot) -> Iterator[Documented]:
    scope = slot.scope
    if isinstance(scope.node, ast.Module):
        return
    yield scope.node
    if scope.short in ("__init__", "__new__") and scope.owner in scope.code.classes:
        yield scope.code.classes[scope.owner]


def _words(text: str, most: int) -> list[str]:
    return [word.lower() for word in re.findall(r"[A-Za-z_]+", text)[:most]]


def _of_words(label: str, words: Iterable[str]) -> Iterator[str]:
    """The words, pairs of neighbours, and the kinds that they name."""
    held = list(words)
    yield from (f"{label} ~{word}" for word in held)
    yield from (f"{label} ~{one} {other}" for one, other in pairwise(held))


def _of_type(label: str, text: str) -> Iterator[str]:
    words = _words(text, MOST_WORDS)
    named = frozenset(KIND_OF.get(word, UNKNOWN) for word in words if word in KIND_OF)
    if named:
        yield from of_types(f"{label} says", named)
        first = next(KIND_OF[word] for word in words if word in KIND_OF)
        yield f"{label} first says {first}"
    yield from (f"{label} ~{word}" for word in words)


def _of_argument(held: Docstring, name: str) -> Iterator[str]:
    if name in held.types:
        yield from _of_type("doc type", held.types[name])
    if name in held.words:
        yield from _of_words("doc", _words(held.words[name], FIRST_WORDS))
        yield from _of_type("doc words", held.words[name])
    if name not in held.types and name not in held.words:
        for before, after in mentions(held.text, name):
            yield from (f"doc near ~{word}" for word in (*before, *after))
            yield from (f"doc near says {KIND_OF[word]}" for word in (*before, *after) if word in KIND_OF)


def _of_return(held: Docstring) -> Iterator[str]:
    if held.returned_type:
        yield from _of_type("doc type", held.returned_type)
    if held.returned:
        yield from _of_words("doc", _words(held.returned, FIRST_WORDS))
        yield from _of_type("doc words", held.returned)
    first = _words(held.first, FIRST_WORDS)
    yield from _of_words("doc first", first)
    if first[:1] and first[0] in ("return", "returns", "get", "gets", "yield", "yields", "compute", "computes"):
        yield from _of_type("doc first", " ".join(first[1:]))
    elif not held.returned:
        for _, after in mentions(held.text, "return", 1):
            yield from (f"doc near ~{word}" for word in after)
            yield from (f"doc near says {KIND_OF[word]}" for word in after if word in KIND_OF)


def _named_as_returned(held: Docstring, name: str) -> Iterator[str]:
    """NumPy's style names what is returned as the variable that holds it."""
    if name in held.types:
        yield from _of_type("doc type", held.types[name])
