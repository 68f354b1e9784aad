"""The variables of a running frame. Looking at them must not change them, nor let their values live any longer.

Python 3.11 copies them into a dict that lives as long as the frame, is the one that `locals()` returns, and is written
back after a profiler's callback, over what another thread may have written meanwhile; 3.12 keeps such a dict, too.
"""

import sys
from collections.abc import Callable
from types import FrameType
from typing import Any

SHARES = frozenset({"locals", "vars", "eval", "exec", "dir"})
"""Functions that show the program that dict."""
ALONE = 3
"""References to that dict where the program has none: the frame's, ours, the count's own."""


def _python() -> Any:
    """Functions of the interpreter that it does not show to Python before 3.13, where they are not needed."""
    if sys.version_info >= (3, 13):
        return None
    try:
        import ctypes
    except ImportError:  # it is left out of some builds
        return None
    return ctypes


def _reader() -> Callable[[FrameType, str], Any] | None:
    if PYTHON is None or sys.version_info < (3, 12):
        return None
    read = PYTHON.PYFUNCTYPE(PYTHON.py_object, PYTHON.py_object, PYTHON.py_object)
    return read(("PyFrame_GetVar", PYTHON.pythonapi))


def _settler() -> Callable[[Any, int], None] | None:
    if PYTHON is None or sys.version_info >= (3, 12):
        return None
    settle: Callable[[Any, int], None] = PYTHON.PYFUNCTYPE(None)(("PyFrame_LocalsToFast", PYTHON.pythonapi))
    return settle


PYTHON = _python()
READS_ONE, SETTLES = _reader(), _settler()


def at_begin(frame: FrameType, names: list[str]) -> dict[str, Any]:
    """Arguments of a function's frame that begins: nothing has seen its dict yet, so it can be emptied."""
    if READS_ONE is not None:
        return _one_by_one(READS_ONE, frame, names)
    if SETTLES is None:
        return dict(frame.f_locals)
    shown = _settled(SETTLES, frame)
    found = shown.copy()
    shown.clear()
    return found


def at_end(frame: FrameType, names: list[str]) -> dict[str, Any]:
    """Those of a function's frame that ends, if they are bound; none where the program may have their dict."""
    if READS_ONE is not None:
        return _one_by_one(READS_ONE, frame, names)
    if SETTLES is None:
        return dict(frame.f_locals)
    if SHARES.intersection(frame.f_code.co_names):
        return {}
    shown = _settled(SETTLES, frame)
    found = shown.copy()
    if sys.getrefcount(shown) <= ALONE:  # a frame that an exception keeps would keep it
        shown.clear()
    return found


def _settled(settle: Callable[[Any, int], None], frame: FrameType) -> dict[str, Any]:
    """The frame's dict, marked as written back: nothing is called between, so no other thread runs between."""
    held = PYTHON.py_object(frame)
    shown = frame.f_locals
    settle(held, 0)
    return shown


def _one_by_one(read: Callable[[FrameType, str], Any], frame: FrameType, names: list[str]) -> dict[str, Any]:
    found = {}
    for name in names:
        try:
            found[name] = read(frame, name)
        except NameError:
            continue
    return found
