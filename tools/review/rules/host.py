"""XLA rules about reading device values on the host inside the training step."""

import ast
from collections.abc import Iterator

from tools.review.edits import KEPT, Around, Delete, Edit
from tools.review.finding import Severity
from tools.review.program import Program
from tools.review.rule import XLA, Example, Hit, rule
from tools.review.rules.accumulators import keep_on_device
from tools.review.values import Kind, Place

STEP = """
xb, yb = xb.to(device), yb.to(device)
optimizer.zero_grad()
loss = criterion(model(xb), yb)
loss.backward()
optimizer.step()
torch_xla.sync()
"""


def _device_tensor(program: Program, node: ast.AST) -> bool:
    value = program.value(node)
    return value.kind is Kind.TENSOR and (value.place is Place.DEVICE or value.through_model)


def _in_step(program: Program, node: ast.AST) -> bool:
    """In a train loop over batches, on XLA, and not only every so many steps or just before leaving the loop."""
    if node not in program.step_nodes or program.outside(node, "xla"):
        return False
    return not _rare(program, node)


def _rare(program: Program, node: ast.AST) -> bool:
    """Under `if step % 50 == 0` or in the path of an exception a read costs little."""
    child = node
    for up in program.syntax.ancestors(node):
        if isinstance(up, ast.Raise):
            return True
        if isinstance(up, ast.If) and child in up.body and any(isinstance(n, ast.Mod) for n in ast.walk(up.test)):
            return True
        child = up
    return False


@rule(
    "XLA010",
    "a device value is read as a number each step",
    Severity.WARNING,
    targets=XLA,
    fixable=True,
    why="`.item()`, `float()` and `int()` stop the host until the device has finished the step; accumulate on the "
    "device and read once an epoch.",
    example=Example("step", STEP + "total += loss.item()", STEP + "total += loss.detach()"),
)
def number_each_step(program: Program) -> Iterator[Hit]:
    for call in program.syntax.calls:
        read = _read_tensor(program, call)
        if read is not None and _in_step(program, call) and not _in_condition(program, call):
            edits = tuple(keep_on_device(program, call, read))
            yield Hit(call, f"`{program.short(call)}` waits for the device in every training step", edits)


def _read_tensor(program: Program, call: ast.Call) -> ast.expr | None:
    """The tensor that `call` turns into a Python number."""
    if isinstance(call.func, ast.Attribute) and call.func.attr in ("item", "tolist") and not call.args:
        return call.func.value if _device_tensor(program, call.func.value) else None
    if isinstance(call.func, ast.Name) and call.func.id in ("float", "int", "bool") and len(call.args) == 1:
        return call.args[0] if _device_tensor(program, call.args[0]) else None
    return None


def _in_condition(program: Program, node: ast.AST) -> bool:
    child = node
    for up in program.syntax.ancestors(node):
        if isinstance(up, ast.If | ast.While | ast.IfExp | ast.Assert) and child is up.test:
            return True
        if isinstance(up, ast.Call) and getattr(up.func, "id", "") == "print":
            return True
        if isinstance(up, ast.stmt):
            return False
        child = up
    return False


@rule(
    "XLA011",
    "a device value is printed each step",
    Severity.WARNING,
    targets=XLA,
    fixable=True,
    why="Printing a tensor fetches it from the device; print once an epoch, or through `xm.add_step_closure`.",
    example=Example(
        "step",
        STEP + 'total += loss.detach()\nprint(f"loss {loss.item():.3f}")',
        STEP + "total += loss.detach()",
    ),
)
def print_each_step(program: Program) -> Iterator[Hit]:
    for call in program.syntax.calls:
        printing = program.path(call.func) in ("print", "torch_xla.core.xla_model.master_print")
        printing = printing or (isinstance(call.func, ast.Attribute) and "pbar" in ast.unparse(call.func.value))
        if not printing or not _in_step(program, call):
            continue
        parts = [n for arg in [*call.args, *(k.value for k in call.keywords)] for n in ast.walk(arg)]
        if any(isinstance(n, ast.expr) and _device_tensor(program, n) and not _only_shape(program, n) for n in parts):
            statement = program.syntax.statement_of(call)
            edits: tuple[Edit, ...] = (Delete(statement),) if isinstance(statement, ast.Expr) else ()
            yield Hit(call, f"`{program.short(call)}` fetches a tensor in every training step", edits)


def _only_shape(program: Program, node: ast.AST) -> bool:
    up = program.syntax.parent[node]
    return isinstance(up, ast.Attribute) and up.attr in ("shape", "dtype", "device", "size", "ndim", "numel")


@rule(
    "XLA012",
    "Python branches on a device value each step",
    Severity.WARNING,
    targets=XLA,
    why="A Python `if`, `while` or `assert` on a tensor fetches it and splits the graph; use `torch.where`, "
    "`clamp` or a mask on the device.",
    example=Example(
        "step",
        STEP + "if loss > 10:\n    total += 10\nelse:\n    total += loss.detach()",
        STEP + "total += loss.detach().clamp(max=10)",
    ),
)
def branch_each_step(program: Program) -> Iterator[Hit]:
    for node in program.syntax.nodes:
        if not isinstance(node, ast.If | ast.While | ast.IfExp | ast.Assert) or not _in_step(program, node):
            continue
        tested = _tested_tensor(program, node.test)
        if tested is not None:
            yield Hit(node.test, f"`{program.short(tested)}` is fetched from the device to choose a branch")


def _tested_tensor(program: Program, test: ast.expr) -> ast.expr | None:
    if isinstance(test, ast.Compare) and isinstance(test.ops[0], ast.Is | ast.IsNot | ast.In | ast.NotIn):
        return None
    if isinstance(test, ast.BoolOp):
        return next((t for part in test.values if (t := _tested_tensor(program, part)) is not None), None)
    if isinstance(test, ast.UnaryOp):
        return _tested_tensor(program, test.operand)
    if _device_tensor(program, test):
        return test
    for node in ast.walk(test):
        if isinstance(node, ast.Call):
            read = _read_tensor(program, node)
            math_read = (
                program.path(node.func).startswith("math.") and node.args and _device_tensor(program, node.args[0])
            )
            if read is not None or math_read:
                return node
    return None


@rule(
    "XLA013",
    "a device tensor is copied to the host each step",
    Severity.WARNING,
    targets=XLA,
    fixable=True,
    why="`.cpu()` and `.numpy()` in the step stop the host until the device has finished; keep the tensor on the "
    "device until the epoch ends.",
    example=Example(
        "step",
        STEP + "total += loss.detach()\nseen = loss.detach().cpu()",
        STEP + "total += loss.detach()\nseen = loss.detach()",
    ),
)
def copy_each_step(program: Program) -> Iterator[Hit]:
    for call in program.syntax.calls:
        func = call.func
        if not isinstance(func, ast.Attribute) or not _in_step(program, call):
            continue
        to_cpu = func.attr == "to" and bool(call.args) and getattr(call.args[0], "value", None) == "cpu"
        if not (func.attr in ("cpu", "numpy") or to_cpu) or not _device_tensor(program, func.value):
            continue
        up = program.syntax.parent[call]
        keep = func.attr != "numpy" and not isinstance(up, ast.Attribute)
        edits = (Around(call, func.value, KEPT),) if keep and _read_after(program, call) else ()
        yield Hit(call, f"`{program.short(call)}` copies a tensor to the host in every training step", edits)


def _read_after(program: Program, call: ast.Call) -> bool:
    """Only a plain assignment to a name is rewritten: what lists are turned into later is not known."""
    return isinstance(program.syntax.parent[call], ast.Assign)


RULES = (number_each_step, print_each_step, branch_each_step, copy_each_step)
