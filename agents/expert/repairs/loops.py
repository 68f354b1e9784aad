"""Training that takes too long: too many epochs, or a loop that nothing ends."""

import ast
import re

from agents.contracts import Correction
from agents.expert.repairs.case import EPOCHS, SIZE, Case, lowered
from agents.expert.repairs.source import Source
from runtime.job import Status
from runtime.search_space import Parameter

EPOCH_LINE = re.compile(r"\bepoch\b[\s:#\[]*(\d{1,7})", re.IGNORECASE)
SAFE = 0.4
"""Share of the epochs that a job came to in its time: a busy machine is slower, and there is more to do than epochs."""
FEWER = (0.4, 0.1, 0.02)
ROUNDS = 50


def time_out(case: Case) -> Correction | None:
    """A loop that nothing bounds is bounded; then as few epochs as there was time for; then a smaller network."""
    if case.status is not Status.TIMED_OUT and case.kind not in ("TimeoutError", "DeadlineExceeded"):
        return None
    if bounded := _bounded(case):
        return bounded
    changes = _fewer_epochs(case)
    if not changes or case.times_tried("bo_config"):
        changes |= case.scaled(SIZE, 0.5)
    return case.with_space(changes, "The job ran out of time: fewer epochs and less work in each.") if changes else None


def _fewer_epochs(case: Case) -> dict[str, Parameter]:
    """By what the job printed; else by a factor that grows with every try."""
    reached = [int(number) for number in EPOCH_LINE.findall(case.request.failure.stdout)]
    factor = FEWER[min(case.times_tried("bo_config"), len(FEWER) - 1)]
    changes: dict[str, Parameter] = {}
    for name in case.names_like(EPOCHS):
        now = float(case.value(name) or 1)
        wanted = min(SAFE * max(reached), factor * now) if reached and max(reached) < now else factor * now
        moved = lowered(case.space[name], max(1.0, wanted))
        if moved is not None and moved.default != case.value(name):
            changes[name] = moved
    return changes


def _bounded(case: Case) -> Correction | None:
    """`while condition:` without a counter becomes a loop of at most `ROUNDS` rounds."""
    for loop in (node for node in case.source.nodes() if isinstance(node, ast.While) and not node.orelse):
        if _counts(loop) or any(isinstance(node, ast.NamedExpr) for node in ast.walk(loop.test)):
            continue
        condition, pad = case.source.segment(loop.test), " " * loop.col_offset
        always = isinstance(loop.test, ast.Constant)
        lines = case.source.text.splitlines()
        head = [f"{pad}for _round in range({ROUNDS}):"]
        head += [] if always else [f"{pad}    if not ({condition}):", f"{pad}        break"]
        lines[loop.lineno - 1 : loop.body[0].lineno - 1] = head
        code = "\n".join(lines) + "\n"
        if Source.read(code).tree is not None:
            return case.with_code(code, f"A loop went on until something happened: it has at most {ROUNDS} rounds now.")
    return None


def _counts(loop: ast.While) -> bool:
    """Whether something that the condition reads is counted in the body."""
    read = {node.id for node in ast.walk(loop.test) if isinstance(node, ast.Name)}
    counted = {
        node.target.id
        for node in ast.walk(loop)
        if isinstance(node, ast.AugAssign) and isinstance(node.target, ast.Name)
    }
    return bool(read & counted)
