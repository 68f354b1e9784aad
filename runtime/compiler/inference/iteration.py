"""What iterating and unpacking give."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING

from runtime.compiler.inference import known
from runtime.compiler.inference.classes import PLAIN
from runtime.compiler.inference.scopes import Scope
from runtime.compiler.inference.type_names import ITERATOR, NOTHING, Types, container, inside_of, joined, said, split
from runtime.compiler.value_types import kind_of

if TYPE_CHECKING:
    from runtime.compiler.inference.evaluation import Evaluation

SAME_ELEMENTS = ("reversed", "iter", "sorted", "list", "tuple", "set", "frozenset", "filter", "deque")


def elements(of: Evaluation, source: ast.expr, scope: Scope) -> Types:
    """Of what an expression gives."""
    match source:
        case ast.Call(func=ast.Name(id=name), args=args) if name in known.BUILTINS or name == "deque":
            return _built_in(of, name, args, scope)
        case ast.Tuple(elts=parts) | ast.List(elts=parts) | ast.Set(elts=parts):
            return joined(of.types(part, scope) for part in parts)
    return joined(element(name) for name in of.types(source, scope))


def _built_in(of: Evaluation, name: str, args: list[ast.expr], scope: Scope) -> Types:
    if name == "range":
        return frozenset({"int"})
    if name == "open":
        return frozenset({"str"})
    if name == "enumerate" and args:
        return frozenset({container("tuple", frozenset({"int"}), said(elements(of, args[0], scope)))})
    if name == "zip" and args:
        return frozenset({container("tuple", *(said(elements(of, arg, scope)) for arg in args))})
    if name == "map" and args:
        return _mapped(of, args[0], scope)
    if name in SAME_ELEMENTS and args:
        return elements(of, args[-1], scope)
    return NOTHING


def _mapped(of: Evaluation, function: ast.expr, scope: Scope) -> Types:
    """What a function that is mapped returns."""
    match function:
        case ast.Name(id=name) if name in known.BUILTINS:
            return frozenset({known.BUILTINS[name]}) if known.BUILTINS[name] in PLAIN else NOTHING
        case ast.Name(id=name):
            return joined(of.returned(one) for one in of.project.functions_of(scope.code, name))
        case ast.Lambda(body=body):
            return of.types(body, scope)
        case ast.Attribute(value=ast.Name(id="str"), attr=name):
            found = known.STR.get(name, "")
            return frozenset({found}) if found in PLAIN else NOTHING
    return NOTHING


def element(name: str) -> Types:
    """Of a container's type."""
    inside, outer = inside_of(name), kind_of(name)
    if outer in ("str", "bytes"):
        return frozenset({"str" if outer == "str" else "int"})
    if outer in ("list", "set", "frozenset", "dict", ITERATOR) and inside:
        return split(inside[0])
    if outer == "tuple" and inside:
        return joined(split(part) for part in inside if part != "...")
    return NOTHING


def at(types: Types, place: int) -> Types:
    """What lies at a place of a tuple or list that is unpacked; -1 for the list of a starred name."""
    if place == -1:
        return frozenset({"list"})
    found: set[str] = set()
    for name in types:
        inside = inside_of(name)
        if kind_of(name) == "tuple" and place < len(inside) and inside[-1] != "...":
            found |= split(inside[place])
        else:
            found |= element(name)
    return frozenset(found) or NOTHING
