"""What a container holds, by what is put into it and by what is done with its elements."""

from __future__ import annotations

import ast
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from runtime.compiler.inference import iteration
from runtime.compiler.inference.scopes import Scope
from runtime.compiler.inference.type_names import UNKNOWN, Types, container, joined

if TYPE_CHECKING:
    from runtime.compiler.inference.evaluation import Evaluation

ONE = ("append", "add", "appendleft", "insert")
MANY = ("extend", "update")
FILLED = ("list", "set", "dict")
MOST = 16


@dataclass
class _Held:
    """Types of keys (of dictionaries) and of elements or values."""

    keys: list[Types] = field(default_factory=list)
    values: list[Types] = field(default_factory=list)

    def named(self, outer: str) -> str:
        """`dict[str, int]`; the bare name where nothing is known."""
        keys, values = _certain(self.keys), _certain(self.values)
        if outer == "dict":
            return container(outer, keys, values)
        return container(outer, values)


def filled(of: Evaluation, name: str, scope: Scope, types: Types) -> Types:
    """`list[int]` for a `list` to which integers are appended; as it was where that is not known."""
    bare = [one for one in types if one in FILLED]
    if not bare:
        return types
    held = _put(of, name, scope)
    return frozenset(held.named(one) if one in bare else one for one in types)


def by_use(of: Evaluation, name: str, scope: Scope, outer: str) -> str:
    """Of a container of which only the kind is known: by its loops, subscripts and tests, too."""
    if outer not in FILLED:
        return outer
    held, parents = _put(of, name, scope), scope.code.parents
    for use in scope.uses.get(name, [])[:MOST]:
        parent = parents.get(use)
        match parent:
            case ast.For(target=target, iter=iterated) | ast.comprehension(target=target, iter=iterated):
                if iterated is use and isinstance(target, ast.Name):
                    (held.keys if outer == "dict" else held.values).append(of.variable(target.id, scope))
            case ast.Subscript(value=value, slice=index) if value is use and not isinstance(index, ast.Slice):
                held.keys.append(of.types(index, scope))
                held.values += _assigned_to(of, parent, scope)
            case ast.Compare(left=left, ops=[ast.In() | ast.NotIn()], comparators=[value]) if value is use:
                (held.keys if outer == "dict" else held.values).append(of.types(left, scope))
    return held.named(outer)


def _put(of: Evaluation, name: str, scope: Scope) -> _Held:
    """What is appended, added, and assigned to subscripts."""
    held, parents = _Held(), scope.code.parents
    for use in scope.uses.get(name, [])[:MOST]:
        parent = parents.get(use)
        match parent:
            case ast.Attribute(attr=method) if method in ONE or method in MANY:
                call = parents.get(parent)
                if isinstance(call, ast.Call) and call.func is parent and call.args:
                    put = call.args[-1]
                    held.values.append(of.types(put, scope) if method in ONE else iteration.elements(of, put, scope))
            case ast.Subscript(value=value, slice=index, ctx=ast.Store()) if value is use:
                assigned = parents.get(parent)
                if isinstance(assigned, ast.Assign) and not isinstance(index, ast.Slice):
                    held.keys.append(of.types(index, scope))
                    held.values.append(of.types(assigned.value, scope))
    return held


def _assigned_to(of: Evaluation, part: ast.expr, scope: Scope) -> list[Types]:
    """The variable that a subscript's value goes to."""
    parent = scope.code.parents.get(part)
    targets = parent.targets if isinstance(parent, ast.Assign) and parent.value is part else []
    return [of.variable(target.id, scope) for target in targets if isinstance(target, ast.Name)]


def _certain(many: list[Types]) -> Types:
    """All that is known of what is put in; nothing where all of it is unknown."""
    found = joined(many)
    return found - {UNKNOWN} or found
