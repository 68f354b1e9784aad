"""Turns whatever generated code raised into a plain `ErrorReport` dict, trusting no method of the exception."""

import linecache
import traceback
from types import TracebackType
from typing import Any

MODULE_FILE = "<training_function>"
"""The file name under which the generated module's lines are known."""
MAX_TEXT = 4000
"""Characters of a message that are kept."""
MAX_FRAMES = 12


class GeneratedCodeError(Exception):
    """Generated code failed. `error_report` is a dict that fits `runtime.job.ErrorReport`."""

    def __init__(self, report: dict[str, Any]) -> None:
        super().__init__(f"{report['type']}: {report['message']}")
        self.error_report = report


class ContractError(Exception):
    """`train_model` or the model that it returned does not keep its contract; the message says how to."""


class RecompilationError(BaseException):
    """The XLA graph changes with every epoch. Not an `Exception`, so that a broad `except` in a loop can't hide it."""


def report_failure(error: BaseException, phase: str) -> dict[str, Any]:
    """Describe an exception for the debugger: only frames of the generated module, lines of the generated text."""
    name, message = type_name(error), message_text(error)
    frames = _generated_frames(error.__traceback__)
    line: int | None = frames[-1][0] if frames else None
    if isinstance(error, SyntaxError) and error.filename == MODULE_FILE:
        line = error.lineno
        frames = [*frames, (error.lineno or 0, "<module>")]
    shown = [f'  File "{MODULE_FILE}", line {number}, in {where}\n{_source(number)}' for number, where in frames]
    if len(shown) > MAX_FRAMES:
        half = MAX_FRAMES // 2
        shown = [*shown[:half], f"  … {len(shown) - 2 * half} more frames\n", *shown[-half:]]
    head = "Traceback (most recent call last):\n" if shown else ""
    text = f"{head}{''.join(shown)}{name}: {message}"
    return {"type": name, "message": message, "traceback": text, "line": line, "phase": phase}


def type_name(error: BaseException) -> str:
    """The exception's class name, read past any metaclass."""
    name = type.__dict__["__name__"].__get__(type(error))
    return str.__str__(name)[:200]


def message_text(error: BaseException) -> str:
    """`str(error)`, cut to a bound; a `__str__` that fails or returns a disguised string is named instead."""
    try:
        text = str(error)
    except BaseException as fault:  # noqa: BLE001  generated code wrote __str__ and may raise anything from it
        return f"(the message can't be read: its __str__ raised {type_name(fault)})"
    return str.__str__(text)[:MAX_TEXT]


def _generated_frames(trace: TracebackType | None) -> list[tuple[int, str]]:
    found = []
    for frame, line in traceback.walk_tb(trace):
        if frame.f_code.co_filename == MODULE_FILE:
            found.append((line, frame.f_code.co_name))
    return found


def _source(line: int) -> str:
    text = linecache.getline(MODULE_FILE, line).strip()[:200]
    return f"    {text}\n" if text else ""
