"""Turns any exception of generated code into plain data, inside the box.

The exception object is hostile: its class, `__str__` and attributes may run code, raise or lie. Whatever they do
happens in the box and under its limits; here it only must not stop the report from being made.
"""

import traceback
from typing import Any

LONGEST_MESSAGE = 4000
LONGEST_TRACEBACK = 16000
_CLASS_NAME = type.__dict__["__name__"]


def error_report(error: BaseException, phase: str) -> dict[str, Any]:
    """The fields of `runtime.job.ErrorReport`; an exception that carries its own `error_report` dict is taken at it."""
    own = _attribute(error, "error_report")
    if type(own) is dict:
        return own
    name = str(_CLASS_NAME.__get__(type(error)))
    message = _text(error)[:LONGEST_MESSAGE]
    trace = "".join(traceback.format_tb(error.__traceback__)) + f"{name}: {message}"
    return {"type": name, "message": message, "traceback": trace[-LONGEST_TRACEBACK:], "phase": phase}


def _attribute(error: BaseException, name: str) -> object:
    try:
        return getattr(error, name, None)
    except BaseException:  # noqa: BLE001  a hostile __getattr__ may raise anything, SystemExit included
        return None


def _text(error: BaseException) -> str:
    try:
        return str(error)
    except BaseException:  # noqa: BLE001  a hostile __str__ may raise anything, SystemExit included
        return "(its message could not be read)"
