"""Python 3.11 tells a profiler that an exception left a frame, not which one.

It is seen in the handler that caught it, when anything is called there; else it is read off the `raise` statement.
"""

import ast
import builtins
import linecache
import sys
from functools import cache
from opcode import opmap
from types import FrameType, ModuleType, TracebackType
from typing import Any

from runtime.compiler.tracing.records import Calls
from runtime.compiler.tracing.scope import OPTIMIZED
from runtime.compiler.tracing.variables import at_end
from runtime.compiler.value_types import class_name
from runtime.python_source import parse_module

UNKNOWN = "unknown"
RAISE = opmap["RAISE_VARARGS"]


class Raised:
    """The frames of one thread that an exception has left and that nobody has caught yet, as far as was seen."""

    def __init__(self) -> None:
        self.waiting: list[Calls] = []
        self._said = UNKNOWN
        self._proven_only = False
        self._caller: tuple[str, int] | None = None
        """Where the frame was called that was left last."""

    def leaves(self, record: Calls, frame: FrameType) -> None:
        """An exception leaves a frame: the one that is under way, or a new one when the frame raises it itself."""
        opcodes, at = record.function.opcodes, frame.f_lasti
        if opcodes[at] == RAISE and opcodes[at + 1]:
            self.settle()
            self._said = _read(frame)
        self.waiting.append(record)
        self._caller = None if frame.f_back is None else (frame.f_back.f_code.co_filename, frame.f_back.f_lineno)

    def leaves_after_throw(self, record: Calls) -> None:
        """An exception that was thrown into a generator leaves it, or it was closed: counted when it is met later."""
        self._proven_only = not self.waiting
        self.waiting.append(record)

    def settle(self) -> None:
        """Something else happens: the exception is being handled, and seen if it is one that left these frames."""
        waiting = self.waiting[:]
        self.waiting.clear()
        if not waiting:
            return
        kind, _, traceback = sys.exc_info()
        if kind is not None and _went_through(traceback, waiting[0]):
            name = class_name(kind)
        elif self._proven_only:
            name = ""
        else:
            name = self._said if self._said != UNKNOWN or self._caller is None else _caught_at(*self._caller)
        for record in waiting if name else ():
            record.exceptions[name] = record.exceptions.get(name, 0) + 1
        self._said = UNKNOWN
        self._proven_only = False


def _went_through(traceback: TracebackType | None, record: Calls) -> bool:
    while traceback is not None:
        if traceback.tb_frame.f_code is record.code:
            return True
        traceback = traceback.tb_next
    return False


def _read(frame: FrameType) -> str:
    """The class that the `raise` statement of a frame names."""
    expression = _raise_at(frame.f_code.co_filename, frame.f_lineno)
    if isinstance(expression, ast.Call):
        expression = expression.func
    if isinstance(expression, ast.Name):
        return _class_of(_variable(frame, expression.id)) or UNKNOWN
    if isinstance(expression, ast.Attribute) and isinstance(expression.value, ast.Name):
        owner = _variable(frame, expression.value.id)
        if type(owner) is ModuleType:
            return _class_of(vars(owner).get(expression.attr)) or UNKNOWN
    return UNKNOWN


def _variable(frame: FrameType, name: str) -> Any:
    own = at_end(frame, [name]) if frame.f_code.co_flags & OPTIMIZED else frame.f_locals
    for variables in (own, frame.f_globals, vars(builtins)):
        if type(variables) is dict and name in variables:
            return variables[name]
    return None


def _class_of(value: Any) -> str:
    kind = value if issubclass(type(value), type) else type(value)
    return class_name(kind) if issubclass(kind, BaseException) else ""


def _raise_at(file: str, line: int) -> ast.expr | None:
    """What the `raise` statement in a line raises."""
    return _source(file)[0].get(line)


def _caught_at(file: str, line: int) -> str:
    """The class of the handler around a line, where there is one handler of one class."""
    for node in _source(file)[1]:
        if node.lineno <= line <= (node.body[-1].end_lineno or 0):
            classes = [handler.type for handler in node.handlers]
            one = classes[0] if len(classes) == 1 else None
            return one.id if isinstance(one, ast.Name) and one.id not in ("Exception", "BaseException") else UNKNOWN
    return UNKNOWN


@cache
def _source(file: str) -> tuple[dict[int, ast.expr], list[ast.Try]]:
    """What is raised by line, and the `try` statements, innermost first."""
    try:
        tree = parse_module("".join(linecache.getlines(file)))
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return {}, []
    nodes = list(ast.walk(tree))
    raises = {node.lineno: node.exc for node in nodes if isinstance(node, ast.Raise) and node.exc is not None}
    tries = [node for node in nodes if isinstance(node, ast.Try) and node.handlers]
    return raises, sorted(tries, key=lambda node: -node.lineno)
