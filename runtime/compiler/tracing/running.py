"""Runs a script or a module as `__main__`, with its own arguments, as Python itself would."""

import builtins
import importlib.util
import sys
import threading
import types
from collections.abc import Callable, Sequence
from importlib.machinery import ModuleSpec, SourceFileLoader
from pathlib import Path
from typing import Any

from runtime.errors import InputError

Program = Callable[[], None]


class NoModule(InputError):
    """There is no module of the name, or it is none that can be run."""


def script(path: Path, arguments: Sequence[str]) -> Program:
    """Raises `InputError` when it is no Python that can be read."""
    file = str(path.absolute())
    try:
        code = compile(path.read_bytes(), file, "exec", dont_inherit=True)
    except FileNotFoundError as fault:
        raise InputError(f"There is no script {path}.") from fault
    except IsADirectoryError as fault:
        raise InputError(f"{path} is a folder: name a script in it.") from fault
    except (OSError, SyntaxError, ValueError, RecursionError, MemoryError) as fault:
        raise InputError(f"{path} can't be run: {fault}.") from fault

    def run() -> None:
        sys.argv = [str(path), *arguments]
        _first_on_path(path.resolve().parent)
        _run(code, __file__=file, __cached__=None, __loader__=SourceFileLoader("__main__", file))

    return run


def module(name: str, arguments: Sequence[str]) -> Program:
    """As `python -m name`. It raises `NoModule` as it runs: the packages around a module run before it is found."""

    def run() -> None:
        _first_on_path(Path.cwd())
        spec, code = _found(name)
        sys.argv = [spec.origin or name, *arguments]
        places = {"__file__": spec.origin, "__cached__": spec.cached, "__loader__": spec.loader}
        _run(code, **places, __package__=spec.parent, __spec__=spec)

    return run


def _found(name: str) -> tuple[ModuleSpec, types.CodeType]:
    if not all(name.split(".")):
        raise NoModule(f"There is no module {name}: give its whole name.")
    try:
        spec = importlib.util.find_spec(name)
        if spec is not None and spec.submodule_search_locations is not None:
            spec = importlib.util.find_spec(f"{name}.__main__")
            if spec is None:
                raise NoModule(f"{name} is a package without __main__: name a module in it.")
    except ModuleNotFoundError as fault:
        if fault.name is None or not f"{name}.".startswith(f"{fault.name}."):
            raise  # a package around it needs what is not there
        raise NoModule(f"There is no module {name} here: {fault}.") from fault
    except ValueError as fault:
        raise NoModule(f"There is no module {name}: {fault}.") from fault
    if spec is None:
        raise NoModule(f"There is no module {name} here.")
    read = getattr(spec.loader, "get_code", None)
    code = None if read is None else read(spec.name)
    if code is None:
        raise NoModule(f"{name} is not written in Python: it can't be run.")
    return spec, code


def _first_on_path(folder: Path) -> None:
    """In the place of the folder that this process was started from."""
    if not sys.flags.safe_path:
        sys.path[0] = str(folder)


def _run(code: types.CodeType, **places: Any) -> None:
    main = types.ModuleType("__main__")
    main.__dict__.update(__builtins__=builtins, __annotations__={}, **places)
    sys.modules["__main__"] = main
    exec(code, main.__dict__)


def to_its_end(program: Program) -> BaseException | None:
    """Run it and wait for its threads, as Python does before it ends; what it raised, `SystemExit` among it."""
    try:
        program()
    except BaseException as fault:  # noqa: BLE001  # the caller shows it, once the profile is written
        return _met(fault)
    try:
        for thread in threading.enumerate():
            if thread is not threading.current_thread() and not thread.daemon:
                thread.join()
    except KeyboardInterrupt as fault:
        return _met(fault)
    return None


def _met(fault: BaseException) -> BaseException:
    """What is called in a handler lets a tracer see what is handled."""
    return fault
