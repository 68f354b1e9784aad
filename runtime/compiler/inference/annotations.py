"""What an annotation allows."""

import ast
from collections.abc import Callable

from runtime.compiler.inference import known
from runtime.compiler.inference.classes import kind
from runtime.compiler.inference.type_names import ITERATOR, NOTHING, UNKNOWN, Types, container, joined
from runtime.python_source import parse_expression

ITERABLES = ("Iterable", "Iterator", "Generator", "Sequence", "Collection", "AsyncIterator", "AbstractSet")
Lookup = Callable[[str], Types]
"""What a name means that is no built-in type: a class, an alias, a type variable; `?` where nothing is known."""


def annotation(node: ast.expr, lookup: Lookup) -> Types:
    """Types by a hint's expression."""
    match node:
        case ast.Constant(value=None):
            return frozenset({"None"})
        case ast.Constant(value=str(text)):
            try:
                return annotation(parse_expression(text), lookup)
            except (SyntaxError, ValueError):
                return NOTHING
        case ast.BinOp(left=left, op=ast.BitOr(), right=right):
            return annotation(left, lookup) | annotation(right, lookup)
        case ast.Name(id=name) | ast.Attribute(attr=name):
            return _named(name, lookup)
        case ast.Subscript(value=ast.Name(id=outer) | ast.Attribute(attr=outer), slice=inner):
            return _generic(outer, inner, lookup)
    return NOTHING


def _named(name: str, lookup: Lookup) -> Types:
    name = known.ANNOTATIONS.get(name, name)
    if kind(name) == name and name != "object":
        return frozenset({name})
    if name in ("Any", "object"):
        return NOTHING
    found = lookup(name)
    return found if found != NOTHING or len(name) <= 2 else frozenset({"object", UNKNOWN})


def _generic(outer: str, inner: ast.expr, lookup: Lookup) -> Types:
    parts = inner.elts if isinstance(inner, ast.Tuple) else [inner]
    if outer == "Optional":
        return annotation(inner, lookup) | {"None"}
    if outer == "Union":
        return joined(annotation(part, lookup) for part in parts)
    if outer == "Literal":
        return joined(constant(one) for one in parts if isinstance(one, ast.Constant))
    if outer in ("Annotated", "Final", "ClassVar"):
        return annotation(parts[0], lookup)
    name = known.ANNOTATIONS.get(outer, outer)
    if name in ("list", "set", "frozenset", "dict"):
        return frozenset({container(name, *(annotation(part, lookup) for part in parts))})
    if name == "tuple" and parts and not any(isinstance(part, ast.Constant) for part in parts):
        return frozenset({container(name, *(annotation(part, lookup) for part in parts))})
    if outer in ITERABLES:
        return frozenset({container(ITERATOR, annotation(parts[0], lookup)), UNKNOWN})
    return _named(outer, lookup)


def constant(node: ast.Constant) -> Types:
    """The type of a constant."""
    return frozenset({"None" if node.value is None else type(node.value).__name__})
