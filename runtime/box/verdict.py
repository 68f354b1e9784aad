"""From what was seen of a job to its status: pure functions."""

import signal
from typing import Any

from pydantic import ValidationError

from runtime.box.child import Exit
from runtime.box.text import clean_json
from runtime.job import ErrorReport, ExecutionResult, Limits, Status

LONGEST_TEXT = 20_000
CPU_TOLERANCE = 0.8
"""The kernel's timer for RLIMIT_CPU runs ahead of what it reports as used, by up to a tenth (measured)."""
_MEMORY_ERRORS = ("MemoryError", "OutOfMemoryError")
_ALLOCATION_FAILED = ("can't allocate memory", "std::bad_alloc", "RESOURCE_EXHAUSTED", "Cannot allocate memory")


class Stop(Exception):
    """The trusted side ends the job, with this status and sentence."""

    def __init__(self, status: Status, detail: str) -> None:
        super().__init__(detail)
        self.status, self.detail = status, detail


def judge_reply(reply: dict[str, Any], limits: Limits) -> ExecutionResult:
    """What the worker's last message says, checked: `{"value": {...}}` or `{"error": {...}}`."""
    try:
        reply = clean_json(reply)
        if "error" not in reply:
            if not isinstance(reply.get("value"), dict):
                raise ValueError("no value in it")
            return ExecutionResult(status=Status.OK, value=reply["value"])
        error = ErrorReport.model_validate(_shorten(reply["error"]))
    except (ValueError, ValidationError) as fault:
        return ExecutionResult(status=Status.TAMPERED, detail=f"The result is malformed: {str(fault)[:200]}")
    if error.type in _MEMORY_ERRORS or any(words in error.message for words in _ALLOCATION_FAILED):
        detail = f"The job ran out of its {limits.memory_mb} MB of memory."
        return ExecutionResult(status=Status.OUT_OF_MEMORY, error=error, detail=detail)
    return ExecutionResult(status=Status.RAISED, error=error, detail=f"{error.type}: {error.message}"[:300])


def judge_exit(exit: Exit | None, limits: Limits, peak_mb: float) -> ExecutionResult:
    """What it means that the process ended without a result."""
    if exit is None:
        return _ended(Status.KILLED, "The process could not be seen to end.")
    if exit.out_of_memory or (exit.signal is not None and peak_mb >= 0.9 * limits.memory_mb):
        return _ended(Status.OUT_OF_MEMORY, f"The job ran out of its {limits.memory_mb} MB of memory.")
    if exit.signal in (signal.SIGKILL, signal.SIGXCPU) and exit.cpu_s >= CPU_TOLERANCE * limits.cpu_s:
        return _ended(Status.TIMED_OUT, f"The job used more than {limits.cpu_s:g} s of CPU time.")
    if exit.signal is not None:
        return _ended(Status.KILLED, f"The process was ended by {signal_name(exit.signal)}.")
    if exit.code == 0:
        return _ended(Status.TAMPERED, "The process ended by itself without giving a result.")
    return _ended(Status.KILLED, f"The process ended by itself with exit code {exit.code}, without a result.")


def signal_name(number: int) -> str:
    """E.g. SIGSEGV."""
    try:
        return signal.Signals(number).name
    except ValueError:
        return f"signal {number}"


def _ended(status: Status, detail: str) -> ExecutionResult:
    return ExecutionResult(status=status, detail=detail)


def _shorten(report: object) -> object:
    if not isinstance(report, dict):
        return report
    return {key: value[-LONGEST_TEXT:] if isinstance(value, str) else value for key, value in report.items()}
