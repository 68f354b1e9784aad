"""The types of expressions, by their syntax."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING

from runtime.compiler.inference import calls, iteration, known
from runtime.compiler.inference.annotations import constant
from runtime.compiler.inference.operators import operation
from runtime.compiler.inference.scopes import OWN, Scope
from runtime.compiler.inference.type_names import (
    ITERATOR,
    NOTHING,
    UNKNOWN,
    Types,
    container,
    inside_of,
    joined,
    many,
    said,
    split,
)
from runtime.compiler.value_types import kind_of

if TYPE_CHECKING:
    from runtime.compiler.inference.evaluation import Evaluation

LONGEST_TUPLE = 8
LOOKED_AT = 20


def types(of: Evaluation, node: ast.expr, scope: Scope) -> Types:
    """Of any expression."""
    match node:
        case ast.Constant():
            return constant(node)
        case ast.Name(id=name):
            return of.variable(name, scope)
        case ast.JoinedStr():
            return frozenset({"str"})
        case ast.Lambda():
            return frozenset({"function"})
        case ast.Compare() | ast.UnaryOp(op=ast.Not()):
            return frozenset({"bool"})
        case ast.BoolOp(values=values):
            return _either(of, node, values, scope)
        case ast.IfExp(body=body, orelse=orelse):
            return joined((of.types(body, scope), of.types(orelse, scope)))
        case ast.UnaryOp(operand=operand):
            return frozenset("int" if name == "bool" else name for name in of.types(operand, scope))
        case ast.BinOp(left=left, op=op, right=right):
            return operation(op, of.types(left, scope), of.types(right, scope))
        case ast.NamedExpr(value=value) | ast.Starred(value=value) | ast.Await(value=value):
            return of.types(value, scope)
        case ast.Subscript(value=value, slice=index):
            return part(of.types(value, scope), index)
        case ast.Attribute():
            return attribute(of, node, scope)
        case ast.Call():
            return calls.call(of, node, scope)
    return _display(of, node, scope)


def _either(of: Evaluation, node: ast.BoolOp, values: list[ast.expr], scope: Scope) -> Types:
    found = joined(of.types(value, scope) for value in values)
    last = of.types(values[-1], scope)
    return found - {"None"} if isinstance(node.op, ast.Or) and "None" not in last else found


def _display(of: Evaluation, node: ast.expr, scope: Scope) -> Types:
    """Lists, tuples, dictionaries, sets, and comprehensions."""
    match node:
        case ast.List(elts=parts) | ast.Set(elts=parts):
            outer = "list" if isinstance(node, ast.List) else "set"
            inside = joined(_item(of, one, scope) for one in parts[:LOOKED_AT])
            return frozenset({container(outer, inside) if parts else outer})
        case ast.Tuple(elts=parts):
            if any(isinstance(one, ast.Starred) for one in parts):
                return frozenset({"tuple"})
            if len(parts) > LONGEST_TUPLE:
                return frozenset({many("tuple", joined(of.types(one, scope) for one in parts[:LONGEST_TUPLE]))})
            return frozenset({container("tuple", *(said(of.types(one, scope)) for one in parts))})
        case ast.Dict(keys=keys, values=values):
            first = joined(of.types(key, scope) for key in keys[:LOOKED_AT] if key)
            second = joined(of.types(value, scope) for value in values[:LOOKED_AT])
            return frozenset({container("dict", first, second)})
        case ast.ListComp(elt=one) | ast.SetComp(elt=one) | ast.GeneratorExp(elt=one):
            outer = {ast.ListComp: "list", ast.SetComp: "set"}.get(type(node), ITERATOR)
            return frozenset({container(outer, of.types(one, scope))})
        case ast.DictComp(key=key, value=value):
            return frozenset({container("dict", of.types(key, scope), of.types(value, scope))})
    return NOTHING


def _item(of: Evaluation, node: ast.expr, scope: Scope) -> Types:
    if isinstance(node, ast.Starred):
        return iteration.elements(of, node.value, scope)
    return of.types(node, scope)


def part(held: Types, index: ast.expr) -> Types:
    """Of a subscript."""
    found: set[str] = set()
    for name in held:
        outer, inside = kind_of(name), inside_of(name)
        if isinstance(index, ast.Slice):
            found.add(_slice(name, outer))
        elif outer == "tuple" and isinstance(index, ast.Constant) and isinstance(index.value, int):
            place = index.value
            exact = bool(inside) and inside[-1] != "..." and -len(inside) <= place < len(inside)
            found |= split(inside[place]) if exact else iteration.element(name)
        elif outer == "dict":
            found |= split(inside[1]) if len(inside) == 2 else NOTHING
        elif outer == "str":
            found.add("str")
        else:
            found |= iteration.element(name)
    return frozenset(found) or NOTHING


def _slice(name: str, outer: str) -> str:
    if outer in ("str", "bytes", "list", "ndarray"):
        return name
    return outer if outer == "tuple" else UNKNOWN


def attribute(of: Evaluation, node: ast.Attribute, scope: Scope) -> Types:
    """By what the object's class sets it to; modules' values and attributes that mean the same everywhere."""
    dotted = ast.unparse(node) if isinstance(node.value, ast.Name | ast.Attribute) else ""
    if dotted in known.VALUES:
        return frozenset({known.VALUES[dotted]})
    if isinstance(node.value, ast.Name) and node.value.id in OWN and scope.owner:
        return own_attribute(of, scope, scope.owner, node.attr)
    if isinstance(node.value, ast.Name) and node.value.id in scope.code.imports:
        return _of_module(of, node.value.id, node.attr, scope)
    held = of.types(node.value, scope)
    if isinstance(node.value, ast.Name) and node.value.id in scope.code.classes:
        held = of.instance(scope.code, node.value.id)
    found = joined(own_attribute(of, scope, name, node.attr) for name in held if name not in known.PLAIN_NAMES)
    if found != NOTHING:
        return found
    if node.attr in known.ATTRIBUTES:
        return frozenset({known.ATTRIBUTES[node.attr]})
    bound = of.project.attributes_of(scope.code, node.attr)
    by_name = joined(of.attribute_bound(one) for one in bound)
    methods = of.project.methods_of(scope.code, node.attr)
    if methods:
        properties = [one for one in methods if one.is_property]
        return joined(of.returned(one) for one in properties) if properties else frozenset({"function"})
    return by_name


def _of_module(of: Evaluation, held: str, name: str, scope: Scope) -> Types:
    """`module.name` of an imported one."""
    module, original = scope.code.imports[held]
    last = (original or module).rpartition(".")[2]
    holders = [one for one in of.project.variables.get(name, []) if one.code.name.rpartition(".")[2] == last]
    if holders:
        return of.variable(name, holders[0])
    if of.project.function_in(scope.code, held, name):
        return frozenset({"function"})
    if name in of.project.classes:
        return frozenset({"type"})
    return frozenset({known.ATTRIBUTES[name]}) if name in known.ATTRIBUTES else NOTHING


def own_attribute(of: Evaluation, scope: Scope, owner: str, name: str) -> Types:
    """Of an instance, looked up in its class and the bases."""
    for home, node in of.project.lineage(scope.code, owner):
        for method in home.by_name.get(name, []):
            if method.owner == node.name:
                return of.returned(method) if method.is_property else frozenset({"function"})
        bound = home.attributes.get((node.name, name))
        if bound:
            return of.attribute_bound(bound)
    return NOTHING
