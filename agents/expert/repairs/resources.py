"""Memory, disk, device and misbehaviour: what the box reports."""

import ast
import re

from agents.contracts import Correction
from agents.expert.repairs.case import BATCH, SIZE, Case
from agents.expert.repairs.replacement import next_family
from agents.expert.repairs.source import last_name, parameters
from runtime.job import Status
from runtime.outcome import StopCause

MEMORY = re.compile(
    r"out[ _]of[ _]memory|OutOfMemory|MemoryError|bad_alloc|can't allocate memory|RESOURCE_EXHAUSTED"
    r"|MB of memory",
    re.IGNORECASE,
)
NO_SPACE = re.compile(r"No space left on device|Disk quota exceeded|ENOSPC", re.IGNORECASE)
READ_ONLY = re.compile(r"Read-only file system|Permission denied|Operation not permitted", re.IGNORECASE)
NO_DEVICE = re.compile(
    r"no NVIDIA driver|No CUDA GPUs|not compiled with CUDA|CUDA driver|No visible (TPU|Neuron)|Failed to initialize"
    r"|PJRT.*(not found|failed)|neuron.*not (found|available)|no accelerator",
    re.IGNORECASE,
)
MINI_BATCH = 64
WRITERS = ("save", "savez", "to_csv", "savefig", "dump", "makedirs", "mkdir", "open", "savetxt", "SummaryWriter")


def tampering(case: Case) -> Correction | None:
    """Code that forges results is not repaired."""
    if case.status is not Status.TAMPERED and case.kind != "TamperedReport":
        return None
    return case.stop(StopCause.TAMPERING, f"The code interfered with its own measurement: {case.message[:200]}")


def memory(case: Case) -> Correction | None:
    """Smaller batches, then a smaller network; where there is nothing to tune, smaller steps; then a stop."""
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
    return correction or _mini_batches(case) or _last_resort(case)


def _last_resort(case: Case) -> Correction:
    """Another network, once; then a stop."""
    other = next_family(case) if not case.times_tried("training_code") else None
    return other or case.stop(StopCause.OUT_OF_MEMORY, "Nothing is left to tune that needs less memory.")


def _mini_batches(case: Case) -> Correction | None:
    """A step over all training rows at once takes some of them at random instead."""
    for function in case.source.functions("train_model"):
        names = parameters(function)[:2]
        for loop in (node for node in ast.walk(function) if isinstance(node, ast.For | ast.While)):
            for statement in loop.body:
                uses = [
                    node
                    for node in ast.walk(statement)
                    if isinstance(node, ast.Name) and node.id in names and isinstance(node.ctx, ast.Load)
                ]
                whole = isinstance(statement, ast.Assign) and {node.id for node in uses} == set(names)
                if whole and not re.search(rf"\b({'|'.join(names)})\[", case.source.segment(statement)):
                    return _sampled(case, statement, uses)
    return None


def _sampled(case: Case, statement: ast.stmt, uses: list[ast.Name]) -> Correction | None:
    first = uses[0].id
    text = case.source.segment(statement)
    for name in {use.id for use in uses}:
        text = re.sub(rf"\b{name}\b", f"{name}[_rows]", text)
    pad = " " * statement.col_offset
    line = f"_rows = torch.randperm(len({first}))[:{MINI_BATCH}].to({first}.device)"
    code = case.source.replaced([(statement, f"{line}\n{pad}{text}")])
    return case.with_code(code, "A step took all rows at once: it takes some of them, drawn anew each time.")


def crash(case: Case) -> Correction | None:
    """A process that died without a word has most often hit a limit of memory or threads."""
    if case.status is not Status.KILLED:
        return None
    changes = {**case.scaled(BATCH, 0.5), **case.scaled(SIZE, 0.5)}
    return case.with_space(changes, f"{case.message} Less memory and fewer threads are asked for.") if changes else None


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
