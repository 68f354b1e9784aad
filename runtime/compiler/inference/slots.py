"""Slots: what of a function has a type. Its arguments, its local variables, its return value; a module's variables."""

import ast
import builtins
from dataclasses import dataclass
from typing import Literal

from runtime.compiler.inference.scopes import Code, Scope

RETURN = "return"
RETURNS = (RETURN, "return_value", "returns")
"""Names by which a caller may ask for the return value."""
Role = Literal["argument", "local", "return"]
BINDS_NO_VARIABLE = {"function", "class", "module", "imported"}
BUILT_IN = frozenset(vars(builtins))


@dataclass(frozen=True)
class Slot:
    """One of a scope's; `name` is `return` for the return value."""

    scope: Scope
    name: str
    role: Role

    @property
    def place(self) -> tuple[str, str]:
        return self.scope.name, self.name

    @property
    def key(self) -> tuple[Scope, str]:
        """Of all slots of all files."""
        return self.scope, self.name


def slots_of(scope: Scope) -> list[Slot]:
    """All of a function's, or a module's. `self` and `cls` are left out: their type is no question."""
    arguments = [argument.arg for argument in scope.arguments]
    if scope.owner and arguments[:1] and arguments[0] in ("self", "cls", "mcs", "metacls"):
        own = arguments[1:]
    else:
        own = arguments
    found = [Slot(scope, name, "argument") for name in own]
    for name, bindings in scope.bindings.items():
        if name not in arguments and name not in scope.inner and any(b.how not in BINDS_NO_VARIABLE for b in bindings):
            found.append(Slot(scope, name, "local"))
    if not isinstance(scope.node, ast.Module):
        found.append(Slot(scope, RETURN, "return"))
    return found


def find(code: Code, variable: str) -> Slot | None:
    """By `name` (the first function that has it, innermost calls last), `function.name` or `Class.method.name`.

    A piece of code may use a name that it never binds: then its uses alone tell.
    """
    function, _, name = variable.rpartition(".")
    name = RETURN if name in RETURNS else name
    scopes = [*code.scopes[1:], *code.scopes[:1]]
    if function:
        scopes = [scope for scope in scopes if scope.name == function or scope.name.endswith(f".{function}")]
    for scope in scopes:
        for slot in slots_of(scope):
            if slot.name == name:
                return slot
    if name in BUILT_IN:
        return None
    unbound = (scope for scope in scopes if scope.uses.get(name) and name not in scope.bindings)
    return next((Slot(scope, name, "local") for scope in unbound), None)
