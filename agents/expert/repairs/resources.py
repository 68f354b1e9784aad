"""Memory, time, disk, device and misbehaviour: what the box reports."""

import ast
import re

from agents.contracts import Correction
from agents.expert.repairs.case import BATCH, EPOCHS, SIZE, Case
from agents.expert.repairs.source import last_name
from runtime.job import Status
from runtime.outcome import StopCause

MEMORY = re.compile(
    r"out of memory|OutOfMemory|MemoryError|bad_alloc|can't allocate memory|RESOURCE_EXHAUSTED|ran out of its",
    re.IGNORECASE,
)
NO_SPACE = re.compile(r"No space left on device|Disk quota exceeded|ENOSPC", re.IGNORECASE)
READ_ONLY = re.compile(r"Read-only file system|Permission denied|Operation not permitted", re.IGNORECASE)
NO_DEVICE = re.compile(
    r"no NVIDIA driver|No CUDA GPUs|not compiled with CUDA|CUDA driver|No visible (TPU|Neuron)|Failed to initialize"
    r"|PJRT.*(not found|failed)|neuron.*not (found|available)|no accelerator",
    re.IGNORECASE,
)
WRITERS = ("save", "savez", "to_csv", "savefig", "dump", "makedirs", "mkdir", "open", "savetxt", "SummaryWriter")


def tampering(case: Case) -> Correction | None:
    """Code that forges results is not repaired."""
    if case.status is not Status.TAMPERED and case.kind != "TamperedReport":
        return None
    return case.stop(StopCause.TAMPERING, f"The code interfered with its own measurement: {case.message[:200]}")


def memory(case: Case) -> Correction | None:
    """Smaller batches, then a smaller network, then a stop."""
    if case.status is not Status.OUT_OF_MEMORY and not MEMORY.search(case.everything):
        return None
    failures = sum(bool(MEMORY.search(attempt.failure)) for attempt in case.request.tried)
    if failures >= 2:
        return case.stop(StopCause.OUT_OF_MEMORY, "Smaller batches and smaller networks still ran out of memory.")
    changes = case.scaled(BATCH, 0.25)
    explanation = "The job ran out of memory: smaller batches."
    if failures or not changes:
        changes |= case.scaled(SIZE, 0.5)
        explanation = "The job ran out of memory: smaller batches and a smaller network."
    correction = case.with_space(changes, explanation) if changes else None
    return correction or case.stop(StopCause.OUT_OF_MEMORY, "Nothing is left to tune that needs less memory.")


def crash(case: Case) -> Correction | None:
    """A process that died without a word has most often hit a limit of memory or threads."""
    if case.status is not Status.KILLED:
        return None
    changes = {**case.scaled(BATCH, 0.5), **case.scaled(SIZE, 0.5)}
    return case.with_space(changes, f"{case.message} Less memory and fewer threads are asked for.") if changes else None


def time_out(case: Case) -> Correction | None:
    """Fewer epochs, then a smaller network too."""
    if case.status is not Status.TIMED_OUT and case.kind not in ("TimeoutError", "DeadlineExceeded"):
        return None
    changes = case.scaled(EPOCHS, 0.4)
    if not changes or case.times_tried("bo_config"):
        changes |= case.scaled(SIZE, 0.5)
    return case.with_space(changes, "The job ran out of time: fewer epochs and less work in each.") if changes else None


def disk(case: Case) -> Correction | None:
    """A full disk stops the run; generated code that writes files loses the statement that does."""
    if NO_SPACE.search(case.message):
        statement = _writer(case)
        if statement is None:
            return case.stop(StopCause.NO_DISK, "No space is left where the job writes; free some and resume.")
        return case.with_code(case.source.without(statement), "The code wrote a file, which it need not: left out.")
    if READ_ONLY.search(case.message) and (statement := _writer(case)) is not None:
        return case.with_code(case.source.without(statement), "The code wrote outside its folder: left out.")
    return None


def device(case: Case) -> Correction | None:
    """CUDA in the code is rewritten elsewhere; a target's own device that is missing stops the run."""
    if not NO_DEVICE.search(case.everything) or re.search(r"cuda", case.code):
        return None
    missing = f"The device of target {case.request.target} is not there: {case.message[:160]}"
    return case.stop(StopCause.NO_DEVICE, missing)


def output_flood(case: Case) -> Correction | None:
    """Prints inside the step loop go; one line an epoch stays."""
    if case.status is not Status.OUTPUT_FLOOD:
        return None
    inner = [node for node in case.source.nodes() if isinstance(node, ast.Expr) and _is_print(node.value)]
    deep = [node for node in inner if _loops_around(case, node) >= 2] or inner
    code = case.source.replaced([(node, "pass") for node in deep])
    return case.with_code(code, "The job printed too much: prints inside the step loop are left out.")


def _writer(case: Case) -> ast.stmt | None:
    statement = case.source.statement_at(case.line)
    if statement is None or not isinstance(statement, ast.Expr | ast.Assign | ast.With):
        return None
    names = {last_name(node.func) for node in ast.walk(statement) if isinstance(node, ast.Call)}
    return statement if names & set(WRITERS) else None


def _is_print(node: ast.expr) -> bool:
    return isinstance(node, ast.Call) and last_name(node.func) in ("print", "write")


def _loops_around(case: Case, statement: ast.stmt) -> int:
    return sum(
        isinstance(node, ast.For | ast.While) and node.lineno < statement.lineno <= (node.end_lineno or 0)
        for node in case.source.nodes()
    )
