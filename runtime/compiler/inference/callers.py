"""Calls of a function, and what they pass: in its own file, in its docstrings' examples, in other files."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING

from runtime.compiler.inference import known
from runtime.compiler.inference.scopes import Scope, last_name
from runtime.compiler.inference.type_names import Types, joined

if TYPE_CHECKING:
    from runtime.compiler.inference.evaluation import Evaluation

MOST_CALLS = 8
MOST_FAR_CALLS = 8
Passed = list[tuple[ast.expr, Scope]]


def calls_of(of: Evaluation, scope: Scope) -> list[tuple[ast.Call, Scope]]:
    """Calls of a function: in its file, and in others where they may mean it."""
    name = scope.owner if scope.short == "__init__" and scope.is_method else scope.short
    near = scope.code.calls.get(name, [])[:MOST_CALLS]
    far: list[tuple[ast.Call, Scope]] = []
    for call, caller in of.project.calls.get(name, []):
        if caller.code is not scope.code and _means(of, call, caller, scope, name):
            far.append((call, caller))
            if len(far) == MOST_FAR_CALLS:
                break
    return near + far


def _means(of: Evaluation, call: ast.Call, caller: Scope, scope: Scope, name: str) -> bool:
    """Whether a call in another file may mean a function."""
    if isinstance(call.func, ast.Name):
        if scope.owner and name != scope.owner:
            return False
        if name == scope.owner:
            held = of.project.class_of(caller.code, name)
            return held is not None and held[0] is scope.code
        return scope in of.project.functions_of(caller.code, name)
    if scope.owner and name != scope.owner:
        return name not in known.ON_BUILT_IN and len(of.project.methods.get(name, [])) <= MOST_CALLS
    return isinstance(call.func, ast.Attribute) and isinstance(call.func.value, ast.Name | ast.Attribute)


def shown(scope: Scope) -> list[tuple[ast.Call, Scope, ast.expr]]:
    """Calls of a function in its file's examples, with what is shown as their value."""
    return [one for one in scope.code.shown if last_name(one[0].func) == scope.short]


def passed(of: Evaluation, name: str, scope: Scope) -> Passed:
    """What calls pass for an argument."""
    method = scope.is_method
    positional = [argument.arg for argument in scope.arguments][1 if method else 0 :]
    found: Passed = []
    for call, caller in calls_of(of, scope):
        if method and scope.short != "__init__" and isinstance(call.func, ast.Name):
            continue
        for place, value in enumerate(call.args):
            if isinstance(value, ast.Starred):
                break
            if place < len(positional) and positional[place] == name:
                found.append((value, caller))
        found += [(keyword.value, caller) for keyword in call.keywords if keyword.arg == name]
    return found


def extra(of: Evaluation, scope: Scope) -> Types:
    """What calls pass by names that a function does not list."""
    listed = {argument.arg for argument in scope.arguments}
    calls = [(keyword, caller) for call, caller in calls_of(of, scope) for keyword in call.keywords]
    return joined(of.types(one.value, caller) for one, caller in calls if one.arg and one.arg not in listed)
