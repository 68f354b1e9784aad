"""What runs once a step on the device, and the frame of the examples that show it."""

import ast

from tools.review.program import Program
from tools.review.values import Kind, Place

STEP_HEAD = """
xb, yb = xb.to(device), yb.to(device)
optimizer.zero_grad()
"""
STEP_TAIL = """
loss.backward()
optimizer.step()
torch_xla.sync()
total += loss.detach()
"""


def step(code: str) -> str:
    return STEP_HEAD + code + STEP_TAIL


def hot(program: Program, node: ast.AST) -> bool:
    """Whether `node` runs in a training step, a validation loop or a network's forward."""
    if program.outside(node, "xla"):
        return False
    function = program.syntax.function_of(node)
    if program.in_network(node):
        return function is not None and function.name != "__init__"
    return node in program.step_nodes or any(loop in program.eval_loops for loop in program.loops_around(node))


def touches_device(program: Program, node: ast.AST) -> bool:
    """Surely on the device anywhere, or not surely on the host in hot code."""
    value = program.value(node)
    if value.kind not in (Kind.TENSOR, Kind.UNKNOWN):
        return False
    if value.place is Place.DEVICE:
        return hot(program, node)
    return value.kind is Kind.TENSOR and value.place is Place.UNKNOWN and hot(program, node)


def operand(program: Program, call: ast.Call) -> tuple[str, ast.expr | None]:
    """The torch function or tensor method that is called, and its tensor."""
    path = program.path(call.func)
    if path.startswith("torch.") and call.args:
        return path.removeprefix("torch."), call.args[0]
    if isinstance(call.func, ast.Attribute) and not path:
        return call.func.attr, call.func.value
    return "", None
