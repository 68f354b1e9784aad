"""Runs a script or a module as `__main__`, with its own arguments, as Python itself would."""

import importlib.util
import runpy
import sys
import threading
import types
from collections.abc import Callable, Sequence
from pathlib import Path

from runtime.errors import InputError

Program = Callable[[], None]


def script(path: Path, arguments: Sequence[str]) -> Program:
    """Raises `InputError` when it is no Python that can be read."""
    file = str(path.absolute())
    try:
        code = compile(path.read_bytes(), file, "exec", dont_inherit=True)
    except FileNotFoundError as fault:
        raise InputError(f"There is no script {path}.") from fault
    except (OSError, SyntaxError, ValueError) as fault:
        raise InputError(f"{path} can't be run: {fault}.") from fault

    def run() -> None:
        main = types.ModuleType("__main__")
        main.__dict__.update(__file__=file, __builtins__=__builtins__)
        sys.modules["__main__"] = main
        sys.argv = [str(path), *arguments]
        sys.path.insert(0, str(path.resolve().parent))
        exec(code, main.__dict__)

    return run


def module(name: str, arguments: Sequence[str]) -> Program:
    """As `python -m name`. Raises `InputError` when there is no such module."""
    sys.path.insert(0, str(Path.cwd()))
    try:
        found = importlib.util.find_spec(name)
    except (ImportError, ValueError) as fault:
        raise InputError(f"There is no module {name}: {fault}.") from fault
    if found is None:
        raise InputError(f"There is no module {name} here.")

    def run() -> None:
        sys.argv = [found.origin or name, *arguments]
        runpy.run_module(name, run_name="__main__", alter_sys=True)

    return run


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
