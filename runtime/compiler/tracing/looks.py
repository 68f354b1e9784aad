"""The types of a frame's arguments and variables. Reads variables, runs no code of theirs."""

import gc
import types
from typing import Any

from runtime.compiler.tracing.records import Calls, Function, Look, arguments
from runtime.compiler.tracing.variables import at_begin, at_end
from runtime.compiler.value_types import class_name, type_name, union

MOST_VARIABLES = 64
NEVER = "never"
"""What a call returned that raised."""
WRAPPED = "async_generator_wrapped_value"
"""In what Python wraps the values that an asynchronous generator yields."""
DEFINED = (types.ModuleType, type, types.FunctionType)
"""What imports, classes and functions leave in a module: no variables of its program."""


def begin(record: Calls, frame: types.FrameType) -> Look:
    """Look at the arguments of a call that begins."""
    names = record.function.arg_names
    if not names:
        return Look(record, ())
    variables = at_begin(frame, names)
    return Look(record, tuple(type_name(variables[name]) if name in variables else "Any" for name in names))


def begin_resumable(open_looks: dict[int, Look], record: Calls, frame: types.FrameType) -> Look | None:
    """Look at a generator or coroutine that begins. A look under its frame's id is of one that was dropped unseen."""
    due = record.calls >= record.next_look
    dropped = open_looks.pop(id(frame), None)
    if dropped is not None:
        end_open(dropped)  # which says when the next is due
    if not due:
        return None
    look = open_looks[id(frame)] = begin(record, frame)
    return look


def end(open_looks: dict[int, Look], look: Look, frame: types.FrameType, result: Any) -> None:
    """A call returned: keep its types."""
    _close(open_looks, look, frame)
    kind = look.record.function.kind
    yields = kind in ("generator", "async_generator")
    returned = (union(look.yields) if look.yields else "None") if yields else type_name(result)
    look.record.note((look.arg_types, returned), variable_types(look.record.function, frame))


def end_raised(open_looks: dict[int, Look], look: Look, frame: types.FrameType) -> None:
    """An exception left a call, or a generator was closed: keep what it had yielded."""
    _close(open_looks, look, frame)
    returned = union(look.yields) if look.yields else NEVER
    look.record.note((look.arg_types, returned), variable_types(look.record.function, frame))


def _close(open_looks: dict[int, Look], look: Look, frame: types.FrameType) -> None:
    if look.record.resumes:  # else the look under this id is of a generator that was dropped, not lost yet
        open_looks.pop(id(frame), None)


def end_open(look: Look) -> None:
    """The program ended before a generator did: keep what it had yielded."""
    if look.yields:
        look.record.note((look.arg_types, union(look.yields)), {})


def variable_types(function: Function, frame: types.FrameType) -> dict[str, str]:
    """Of the variables that are no arguments, when the call ends."""
    code = function.code
    if code.co_name == "<module>":
        return _of_module(frame)
    names = [*code.co_varnames[arguments(code) :], *(n for n in code.co_cellvars if n not in function.arg_names)]
    names = [name for name in names if name.isidentifier()][:MOST_VARIABLES]
    variables = at_end(frame, names) if names else {}
    return {name: type_name(variables[name]) for name in names if name in variables}


def yielded(look: Look, value: Any) -> None:
    """Keep the type of what a generator yields; what a coroutine waits for is no result of it."""
    function = look.record.function
    if function.kind == "coroutine" or len(look.yields) >= 8:
        return
    if function.kind == "async_generator":
        if class_name(type(value)) != WRAPPED:
            return  # it waits
        value = gc.get_referents(value)[0]
    look.yields.append(type_name(value))


def _of_module(frame: types.FrameType) -> dict[str, str]:
    """Not of a module that runs in a mapping of its own making, which may be anything."""
    variables = frame.f_locals
    if type(variables) is not dict:
        return {}
    names = [name for name in frame.f_code.co_names if name in variables and not name.startswith("__")]
    kept = [name for name in names if not issubclass(type(variables[name]), DEFINED)]
    return {name: type_name(variables[name]) for name in kept[:MOST_VARIABLES]}
