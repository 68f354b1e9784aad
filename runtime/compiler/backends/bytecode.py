"""BYTECODE: the same function with less to look up: globals bound, constants folded, short loops unrolled.

Needs no package. A global that is bound to something else later makes the original run (checked at every call).
"""

import ast
import copy
import functools
import time
import warnings
from collections.abc import Callable
from types import CodeType, FunctionType
from typing import Any

from runtime.compiler.backend import Compiled, Refused
from runtime.compiler.backends.bytecode_optimiser import Optimiser
from runtime.compiler.backends.guards import bound_tests
from runtime.compiler.profile import CallTypes
from runtime.compiler.source import ORIGINAL, source_of
from runtime.compiler.strategy import CompilationStrategy

LOOKS_AT_FRAMES = {"locals", "globals", "vars", "dir", "eval", "exec", "super", "breakpoint"}


class BytecodeBackend:
    """Works for every kind of function; the result's `backend` says what was done."""

    strategy = CompilationStrategy.BYTECODE

    def compile(self, function: FunctionType, types: list[CallTypes]) -> Compiled | Refused:  # noqa: ARG002
        """Refused when there is nothing to do."""
        start = time.perf_counter()
        source = source_of(function)
        if isinstance(source, Refused):
            return source
        reading = LOOKS_AT_FRAMES & set(source.names)
        if reading or any(isinstance(node, ast.Global | ast.Nonlocal) for node in ast.walk(source.node)):
            return Refused(f"{function.__name__} looks at its own variables by name: its bytecode is left as it is.")
        optimiser = Optimiser(function, source)
        node = optimiser.visit(copy.deepcopy(source.node))
        if not optimiser.done:
            return Refused(f"There is nothing in {function.__name__} to fold, bind or unroll.")
        made = _rebuilt(function, node, optimiser)
        return Compiled(made, time.perf_counter() - start, f"bytecode ({', '.join(sorted(optimiser.done))})")


def _rebuilt(function: FunctionType, node: ast.AST, optimiser: Optimiser) -> Callable[..., Any]:
    """A function of the same name, defaults and globals with the new code, and the original where a global changed."""
    original = function.__code__
    module = ast.fix_missing_locations(ast.Module([node], []))  # type: ignore[list-item]
    flags = original.co_flags & 0x1FF0000  # those of `from __future__`
    with warnings.catch_warnings():
        # A mark in the place of a function looks like a text being called.
        warnings.simplefilter("ignore", SyntaxWarning)
        compiled = compile(module, original.co_filename, "exec", flags=flags, dont_inherit=True)
    codes = [found for found in compiled.co_consts if isinstance(found, CodeType)]
    code = next(found for found in codes if found.co_name == original.co_name)
    code = _with_objects(code, optimiser.bound)
    made = FunctionType(code, function.__globals__, function.__name__, function.__defaults__)
    made.__kwdefaults__ = function.__kwdefaults__
    made.__qualname__, made.__doc__, made.__module__ = function.__qualname__, function.__doc__, function.__module__
    made.__dict__.update(function.__dict__)
    return _guarded(function, made, optimiser.guarded)


def _with_objects(code: CodeType, bound: dict[str, Any]) -> CodeType:
    """The code with its marks replaced by the objects that they stand for."""
    constants = tuple(
        _with_objects(constant, bound) if isinstance(constant, CodeType)
        else bound.get(constant, constant) if isinstance(constant, str) else constant
        for constant in code.co_consts
    )  # fmt: skip
    return code.replace(co_consts=constants)


def _guarded(original: FunctionType, made: FunctionType, names: dict[str, Any]) -> Callable[..., Any]:
    """Runs `made` while every name is bound as it was, else the original."""
    if names:
        made = _tested(original, made, names)
    setattr(made, ORIGINAL, original)
    return made


def _tested(original: FunctionType, made: FunctionType, names: dict[str, Any]) -> FunctionType:
    space: dict[str, Any] = {"original__": original, "made__": made}
    tests = bound_tests([(original.__globals__, names)], space)
    code = original.__code__
    plain = not code.co_kwonlyargcount and not code.co_flags & 0x0C and not code.co_posonlyargcount
    given = ", ".join(code.co_varnames[: code.co_argcount]) if plain else "*arguments, **keywords"
    text = (
        f"def guarded__({given}):\n    if {' and '.join(tests)}:\n        return made__({given})\n"
        f"    return original__({given})\n"
    )
    exec(text, space)
    guarded: FunctionType = space["guarded__"]
    if plain:
        guarded.__defaults__ = original.__defaults__
    functools.update_wrapper(guarded, original)
    return guarded
