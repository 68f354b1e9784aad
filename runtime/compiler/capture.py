"""Run a program and keep a few calls of its functions to replay them: values stay in this process."""

import copy
import linecache
import sys
from collections.abc import Callable, Collection
from pathlib import Path
from types import CodeType, FrameType, FunctionType, ModuleType
from typing import Any

from runtime.compiler.calls import Call, is_plain
from runtime.errors import InputError
from runtime.outcome import EXIT_CODES, Outcome

KEPT = 20

Place = tuple[str, str, int]
"""File, name and line of a function."""


class Recorder:
    """Keeps the first calls of every function of some files, as copies, made in this thread; a context manager.

    With `codes`, only of these, and only calls with plain values: a copied tensor would cost its device work.
    """

    def __init__(self, files: str | Collection[str], codes: Collection[CodeType] | None = None) -> None:
        self.files, self.codes = {files} if isinstance(files, str) else set(files), codes
        self.calls: dict[Place, list[Call]] = {}
        self.counts: dict[Place, int] = {}

    def __enter__(self) -> "Recorder":
        self.before = sys.getprofile()
        sys.setprofile(self._look)
        return self

    def __exit__(self, *_: object) -> None:
        sys.setprofile(self.before)

    def of(self, function: FunctionType) -> list[Call]:
        """The calls of it that were kept, first ones first."""
        return self.calls.get(_key(function.__code__), [])

    def count(self, function: FunctionType) -> int:
        """All calls of it."""
        return self.counts.get(_key(function.__code__), 0)

    def _look(self, frame: FrameType, event: str, argument: Any) -> None:  # noqa: ARG002
        code = frame.f_code
        if event != "call" or code.co_filename not in self.files:
            return
        if code.co_flags & 0x0C or code.co_name.startswith("<"):
            return
        if self.codes is not None and code not in self.codes:
            return
        key = _key(code)
        self.counts[key] = self.counts.get(key, 0) + 1
        kept = self.calls.setdefault(key, [])
        if len(kept) >= KEPT:
            return
        names = code.co_varnames[: code.co_argcount + code.co_kwonlyargcount]
        if any(name not in frame.f_locals for name in names):
            return
        if self.codes is not None and not all(is_plain(frame.f_locals[name]) for name in names):
            return
        try:
            values = copy.deepcopy([frame.f_locals[name] for name in names])
        except (TypeError, ValueError, AttributeError, RecursionError):  # what can't be copied can't be replayed
            return
        given = code.co_argcount
        kept.append(Call(tuple(values[:given]), dict(zip(names[given:], values[given:], strict=True))))


def _key(code: CodeType) -> Place:
    return code.co_filename, code.co_name, code.co_firstlineno


def run_file(path: Path, name: str, recorder: Recorder | None = None) -> ModuleType:
    """Execute a Python file as the module `name` (`__main__` runs it as a program). Raises `InputError`."""
    try:
        code = compile(path.read_bytes(), str(path), "exec", dont_inherit=True)
    except (OSError, SyntaxError, ValueError, RecursionError, MemoryError) as fault:
        raise InputError(f"{path} is no Python file that can be read: {fault}.") from fault
    module = ModuleType(name)
    module.__file__ = str(path)
    before = (sys.modules.get(name), sys.argv, list(sys.path))
    sys.modules[name] = module
    sys.argv, sys.path = [str(path)], [str(path.parent), *sys.path]
    try:
        _execute(code, module, recorder, path)
    finally:
        sys.argv, sys.path = before[1], before[2]
        if before[0] is not None:
            sys.modules[name] = before[0]
    return module


def _execute(code: CodeType, module: ModuleType, recorder: Recorder | None, path: Path) -> None:
    execute: Callable[..., None] = exec
    try:
        if recorder is None:
            execute(code, vars(module))
        else:
            with recorder:
                execute(code, vars(module))
    except SystemExit as ended:
        if ended.code == EXIT_CODES[Outcome.CANCELLED]:  # Ctrl-C
            raise
    except Exception as fault:
        raise InputError(f"{path} ended with {type(fault).__name__}: {fault}.") from fault


def loaded(code: str) -> FunctionType:
    """The last function that `code` defines. Runs `code`. Raises `InputError`."""
    name = f"<compiled {abs(hash(code)):x}>"
    linecache.cache[name] = (len(code), None, code.splitlines(keepends=True), name)
    scope: dict[str, Any] = {"__name__": "compiled"}
    try:
        exec(compile(code, name, "exec"), scope)
    except Exception as fault:
        raise InputError(f"The code can't be loaded: {type(fault).__name__}: {fault}.") from fault
    found = [value for value in scope.values() if isinstance(value, FunctionType)]
    if not found:
        raise InputError("The code defines no function.")
    return found[-1]


def functions_of(module: ModuleType, path: Path) -> dict[str, FunctionType]:
    """Functions, methods and static methods that the file itself defines, by qualified name."""
    found: dict[str, FunctionType] = {}
    for value in vars(module).values():
        members = vars(value).values() if isinstance(value, type) and value.__module__ == module.__name__ else [value]
        for held in members:
            member = held.__func__ if isinstance(held, staticmethod) else held
            if isinstance(member, FunctionType) and member.__code__.co_filename == str(path):
                found[member.__qualname__] = member
    return found
