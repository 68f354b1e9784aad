"""What calls return: of well-known functions and methods, and of those that the files define."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING

from runtime.compiler.inference import iteration, known
from runtime.compiler.inference.scopes import OWN, Scope, called
from runtime.compiler.inference.type_names import (
    ITERATOR,
    NOTHING,
    UNKNOWN,
    Types,
    container,
    inside_of,
    joined,
    said,
    split,
)
from runtime.compiler.value_types import kind_of

if TYPE_CHECKING:
    from runtime.compiler.inference.evaluation import Evaluation

ITERATORS = ("range", "enumerate", "zip", "map", "filter", "reversed", "iter")


def call(of: Evaluation, node: ast.Call, scope: Scope) -> Types:
    """Of any call."""
    if isinstance(node.func, ast.Name):
        return _of_name(of, node.func.id, node, scope)
    if not isinstance(node.func, ast.Attribute):
        return NOTHING
    name, held = node.func.attr, node.func.value
    dotted = ast.unparse(node.func) if isinstance(held, ast.Name | ast.Attribute) else ""
    if dotted in known.FUNCTIONS:
        return frozenset({known.FUNCTIONS[dotted]})
    if isinstance(held, ast.Name) and held.id in OWN and scope.owner:
        own = _method_of(of, scope, scope.owner, name)
        if own != NOTHING:
            return own
    if isinstance(held, ast.Call) and called(held) == "super":
        own = joined(of.returned(one) for one in of.project.methods_of(scope.code, name) if one.owner != scope.owner)
        if own != NOTHING:
            return own
    if isinstance(held, ast.Name) and held.id in scope.code.imports:
        found = _of_module(of, held.id, name, scope)
        if found != NOTHING:
            return found
    return method(of, name, of.types(held, scope), node, scope)


def _of_name(of: Evaluation, name: str, node: ast.Call, scope: Scope) -> Types:
    functions = of.project.functions_of(scope.code, name)
    if functions:
        return joined(of.returned(one) for one in functions)
    if name == "cls" and scope.owner:
        return of.instance(scope.code, scope.owner)
    if of.project.class_of(scope.code, name) and (name in scope.code.classes or name in scope.code.imports):
        return of.instance(scope.code, name)
    if name in known.BUILTINS and name not in scope.code.imports:
        return _builtin(of, name, node, scope)
    if name in known.IMPORTED and name in scope.code.imports:
        return frozenset({known.IMPORTED[name]})
    return NOTHING if name[:1].islower() or name[:1] == "_" else frozenset({"object", UNKNOWN})


def _of_module(of: Evaluation, held: str, name: str, scope: Scope) -> Types:
    functions = of.project.function_in(scope.code, held, name)
    if functions:
        return joined(of.returned(one) for one in functions)
    if name in of.project.classes and name[:1].isupper():
        return of.instance(of.project.classes[name][0], name)
    return NOTHING


def _builtin(of: Evaluation, name: str, node: ast.Call, scope: Scope) -> Types:
    result = known.BUILTINS[name]
    first = node.args[0] if node.args else None
    if result == known.SAME:
        return of.types(first, scope) if first else NOTHING
    if result == known.ITEM:
        return _item(of, name, node, scope)
    if name in ITERATORS:
        return frozenset({container(ITERATOR, said(iteration.elements(of, node, scope)))})
    if result == known.ITEMS or (name in ("list", "tuple", "set", "frozenset") and first):
        inside = iteration.elements(of, first, scope) if first else NOTHING
        return frozenset({"tuple" if name == "tuple" else container("list" if result == known.ITEMS else name, inside)})
    if name == "dict" and first:
        return _dictionary(of, first, scope)
    return frozenset({"float" if name == "round" and len(node.args) > 1 else result})


def _dictionary(of: Evaluation, first: ast.expr, scope: Scope) -> Types:
    """`dict(pairs)`, `dict(other)`."""
    held = [name for name in of.types(first, scope) if kind_of(name) == "dict"]
    pairs = [inside_of(name) for name in iteration.elements(of, first, scope) if kind_of(name) == "tuple"]
    if held:
        return frozenset(held)
    return frozenset({container("dict", *(split(one) for one in pairs[0])) if pairs and len(pairs[0]) == 2 else "dict"})


def _item(of: Evaluation, name: str, node: ast.Call, scope: Scope) -> Types:
    """`min`, `max`, `sum` and `next`."""
    if not node.args:
        return NOTHING
    if len(node.args) > 1 and name in ("min", "max", "next"):
        first = iteration.elements(of, node.args[0], scope) if name == "next" else of.types(node.args[0], scope)
        return joined([first, *(of.types(argument, scope) for argument in node.args[1:])])
    found = iteration.elements(of, node.args[0], scope)
    return frozenset(found - {"bool"} | {"int"}) if name == "sum" and found & {UNKNOWN, "bool"} else found


def method(of: Evaluation, name: str, held: Types, node: ast.Call, scope: Scope) -> Types:
    """Of a method of what may be of several types."""
    found: set[str] = set()
    for receiver in held:
        table = known.METHODS.get(kind_of(receiver))
        if table is not None:
            found |= _known_method(table.get(name), receiver, name, node)
        elif receiver in (UNKNOWN, "object") or kind_of(receiver) == ITERATOR:
            found |= _by_name(of, name, scope)
        else:
            own = _method_of(of, scope, receiver, name)
            found |= own if own != NOTHING else _by_name(of, name, scope)
    return frozenset(found) or NOTHING


def _known_method(result: str | None, receiver: str, name: str, node: ast.Call) -> Types:
    inside = inside_of(receiver)
    if result is None:
        return NOTHING
    if result == known.SAME:
        return frozenset({receiver})
    if result == known.ITEM:
        return iteration.element(receiver)
    if result == known.VALUE:
        value = split(inside[1]) if len(inside) == 2 else NOTHING
        return value | ({"None"} if name == "get" and len(node.args) == 1 else frozenset())
    if result == known.VIEW:
        key, value_name = inside if len(inside) == 2 else ("Any", "Any")
        held = {"keys": key, "values": value_name, "items": f"tuple[{key}, {value_name}]"}[name]
        return frozenset({f"{ITERATOR}[{held}]"})
    return frozenset({result})


def _by_name(of: Evaluation, name: str, scope: Scope) -> Types:
    """Of a method of an object that is not known: by its name alone."""
    if name in known.ANYWHERE:
        return frozenset({known.ANYWHERE[name]})
    if name in known.ON_BUILT_IN:
        return NOTHING
    return joined(of.returned(one) for one in of.project.methods_of(scope.code, name))


def _method_of(of: Evaluation, scope: Scope, owner: str, name: str) -> Types:
    """Of a class's own method, or a base's."""
    for home, node in of.project.lineage(scope.code, owner):
        own = [one for one in home.by_name.get(name, []) if one.owner == node.name]
        if own:
            return of.returned(own[-1])
    return NOTHING


def entered(types: Types) -> Types:
    """What `with` gives: mostly the object itself."""
    return NOTHING if types == NOTHING else types - {UNKNOWN} or NOTHING
