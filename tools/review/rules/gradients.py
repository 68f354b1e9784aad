"""Rules about gradients: cleared, computed, applied, let go."""

import ast
from collections.abc import Iterator

from tools.review.edits import Before, Replace
from tools.review.finding import Severity
from tools.review.program import XM, Program
from tools.review.rule import Example, Hit, rule
from tools.review.rules.modes import grad_off
from tools.review.values import Kind

HEAD = "xb, yb = xb.to(device), yb.to(device)\n"
TAIL = "torch_xla.sync()\ntotal += loss.detach()\n"
GOOD_STEP = HEAD + "optimizer.zero_grad()\nloss = criterion(model(xb), yb)\nloss.backward()\noptimizer.step()\n" + TAIL


@rule(
    "TRN014",
    "gradients are never cleared",
    Severity.ERROR,
    fixable=True,
    why="Without `zero_grad()` gradients of all earlier steps add up.",
    example=Example("step", GOOD_STEP.replace("optimizer.zero_grad()\n", ""), GOOD_STEP),
)
def no_zero_grad(program: Program) -> Iterator[Hit]:
    if not program.optimizer_steps or not program.backwards:
        return
    for node in program.syntax.nodes:
        if isinstance(node, ast.Attribute) and node.attr == "zero_grad":
            return
        if (
            isinstance(node, ast.Assign)
            and isinstance(node.targets[0], ast.Attribute)
            and node.targets[0].attr == "grad"
        ):
            return
    call = program.backwards[0]
    if program.path(call.func).endswith("autograd.grad"):
        return
    steps = [s for s in program.optimizer_steps if program.syntax.function_of(s) is program.syntax.function_of(call)]
    name = _optimizer_name(program, steps[0]) if steps else ""
    direct = program.syntax.loops_around(steps[0])[:1] == program.syntax.loops_around(call)[:1] if steps else False
    same = (
        steps
        and program.syntax.parent[program.syntax.statement_of(steps[0])]
        is program.syntax.parent[program.syntax.statement_of(call)]
    )
    edits = (Before(program.syntax.statement_of(call), f"{name}.zero_grad()"),) if name and direct and same else ()
    yield Hit(call, f"`{program.short(call)}` adds to gradients that are never cleared with `zero_grad()`", edits)


def _optimizer_name(program: Program, step: ast.Call) -> str:
    if program.path(step.func) == f"{XM}.optimizer_step":
        return ast.unparse(step.args[0]) if step.args else ""
    func = step.func
    held = func.value if isinstance(func, ast.Attribute) else None
    if held is None or "scaler" in ast.unparse(held):
        return ""
    return ast.unparse(held)


@rule(
    "TRN022",
    "gradients are cleared between backward and step",
    Severity.ERROR,
    why="The step then sees no gradients and the weights never change.",
    example=Example(
        "step",
        HEAD + "loss = criterion(model(xb), yb)\nloss.backward()\noptimizer.zero_grad()\noptimizer.step()\n" + TAIL,
        GOOD_STEP,
    ),
)
def cleared_too_late(program: Program) -> Iterator[Hit]:
    for step in program.optimizer_steps:
        block = _block_of(program, step)
        calls = [(i, s.value) for i, s in enumerate(block) if isinstance(s, ast.Expr) and isinstance(s.value, ast.Call)]
        at = next((i for i, c in calls if c is step), None)
        before = [i for i, c in calls if c in program.backwards and at is not None and i < at]
        backward = before[-1] if before else None
        for index, call in calls:
            cleared = getattr(call.func, "attr", "") == "zero_grad"
            if cleared and at is not None and backward is not None and backward < index < at:
                yield Hit(call, f"`{program.short(call)}` stands between backward and step")


def _block_of(program: Program, node: ast.AST) -> list[ast.stmt]:
    statement = program.syntax.statement_of(node)
    up = program.syntax.parent[statement]
    for name in ("body", "orelse", "finalbody"):
        block = getattr(up, name, None)
        if isinstance(block, list) and statement in block:
            return block
    return []


@rule(
    "TRN015",
    "the loss is never differentiated",
    Severity.ERROR,
    why="Without `loss.backward()` there are no gradients and the weights never change.",
    example=Example("step", GOOD_STEP.replace("loss.backward()\n", ""), GOOD_STEP),
)
def no_backward(program: Program) -> Iterator[Hit]:
    if program.optimizer_steps and not program.backwards:
        step = program.optimizer_steps[0]
        if not any(isinstance(a, ast.Lambda | ast.Name) for a in step.args if not program.path(step.func)):
            yield Hit(step, f"`{program.short(step)}` is called but `backward()` never is")


@rule(
    "TRN016",
    "the weights are never updated",
    Severity.ERROR,
    why="Without an optimizer step the model that is returned is the one that was initialised.",
    example=Example("step", GOOD_STEP.replace("optimizer.step()\n", ""), GOOD_STEP),
)
def no_step(program: Program) -> Iterator[Hit]:
    if not program.backwards or program.optimizer_steps:
        return
    manual = any(isinstance(n, ast.Attribute) and n.attr in ("grad", "sub_", "add_") for n in program.syntax.nodes)
    if not manual:
        yield Hit(program.backwards[0], "gradients are computed but `optimizer.step()` is never called")


@rule(
    "TRN018",
    "the graph of every step is kept",
    Severity.WARNING,
    fixable=True,
    why="Adding a loss that still requires gradients keeps every step's graph alive until the sum is dropped.",
    example=Example("step", GOOD_STEP.replace("loss.detach()", "loss"), GOOD_STEP),
)
def kept_graph(program: Program) -> Iterator[Hit]:
    differentiated = {ast.unparse(b.func.value) for b in program.backwards if isinstance(b.func, ast.Attribute)}
    for node in program.syntax.nodes:
        if not isinstance(node, ast.AugAssign) or not isinstance(node.op, ast.Add) or node not in program.step_nodes:
            continue
        target = ast.unparse(node.target)
        if target in differentiated or grad_off(program, node, 0) or _feeds_backward(program, target, differentiated):
            continue
        losses = [n for n in ast.walk(node.value) if isinstance(n, ast.Name) and n.id in differentiated]
        live = [n for n in losses if not _detached(program, n, node)]
        if live and program.value(node.value).kind is Kind.TENSOR:
            edit = Replace(live[0], f"{live[0].id}.detach()")
            yield Hit(node, f"`{program.short(node)}` keeps the graph of `{live[0].id}`; add `.detach()`", (edit,))


def _feeds_backward(program: Program, target: str, differentiated: set[str]) -> bool:
    return any(target in program.assigned_text(name) for name in differentiated)


def _detached(program: Program, node: ast.AST, top: ast.AST) -> bool:
    for up in program.syntax.ancestors(node):
        if up is top:
            return False
        if isinstance(up, ast.Attribute) and up.attr in ("detach", "item", "data", "cpu", "tolist", "shape", "size"):
            return up.attr != "cpu"
        if isinstance(up, ast.Call) and getattr(up.func, "id", "") in ("float", "int", "len"):
            return True
    return False


RULES = (
    no_zero_grad,
    cleared_too_late,
    no_backward,
    no_step,
    kept_graph,
)
