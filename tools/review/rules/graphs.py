"""XLA rules about graphs that are compiled again, or by the wrong compiler."""

import ast
from collections.abc import Iterator

from tools.review.edits import KEPT, Around
from tools.review.finding import Severity
from tools.review.program import Program
from tools.review.rule import XLA, Example, Hit, rule
from tools.review.rules.hot import operand, step
from tools.review.syntax import constant, keyword
from tools.review.values import Kind


@rule(
    "XLA026",
    "a Python number that changes each step becomes an exponent",
    Severity.WARNING,
    targets=XLA,
    why="A Python exponent is part of the graph: measured on torch_xla 2.9, each new value compiles again. Keep it "
    "in a tensor on the device.",
    example=Example(
        "step",
        step("loss = criterion(model(xb), yb) ** (1.0 + index / 100)"),
        step("loss = criterion(model(xb), yb) ** 2.0"),
    ),
)
def changing_exponent(program: Program) -> Iterator[Hit]:
    for node in program.syntax.nodes:
        base, power = _power(program, node)
        if base is None or power is None or node not in program.step_nodes:
            continue
        if program.value(base).kind is Kind.TENSOR and program.value(power).step_number:
            yield Hit(power, f"`{program.short(power)}` changes each step and is compiled into the graph")


def _power(program: Program, node: ast.AST) -> tuple[ast.expr | None, ast.expr | None]:
    if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Pow):
        return node.left, node.right
    if isinstance(node, ast.Call):
        name, tensor = operand(program, node)
        if name == "pow":
            return tensor, node.args[-1] if node.args else None
    return None, None


@rule(
    "XLA027",
    "a Python number that changes each step multiplies a tensor",
    Severity.NOTE,
    targets=XLA,
    why="torch_xla 2.9 passes most numbers as data, but 0 and 1 compile graphs of their own, and older releases and "
    "Neuron compile every value; a weight that changes each step is safest in a device tensor.",
    example=Example(
        "step",
        step("weight = 0.5 + index / 100\nloss = criterion(model(xb), yb) * weight"),
        step("warm = torch.clamp(total.detach() + 0.5, max=1.0)\nloss = criterion(model(xb), yb) * warm"),
    ),
)
def changing_factor(program: Program) -> Iterator[Hit]:
    for node in program.syntax.nodes:
        if (
            not isinstance(node, ast.BinOp)
            or not isinstance(node.op, ast.Mult | ast.Div)
            or node not in program.step_nodes
        ):
            continue
        for number, tensor in ((node.left, node.right), (node.right, node.left)):
            held = program.value(number)
            if held.step_number and held.kind is Kind.NUMBER and program.value(tensor).on_device:
                yield Hit(node, f"`{program.short(number)}` changes each step and enters the graph as a constant")


@rule(
    "XLA028",
    "torch.compile with the default backend",
    Severity.ERROR,
    targets=XLA,
    fixable=True,
    why="Inductor has no XLA backend: `InductorError: KeyError: 'xla'`. torch_xla compiles by itself; "
    '`backend="openxla"` works too.',
    example=Example(
        "setup",
        """
model = torch.compile(Net(X_train.shape[1]).to(device))
criterion = nn.CrossEntropyLoss()
optimizer = torch.optim.Adam(model.parameters(), lr=1e-3)
""",
        """
model = Net(X_train.shape[1]).to(device)
criterion = nn.CrossEntropyLoss()
optimizer = torch.optim.Adam(model.parameters(), lr=1e-3)
""",
    ),
)
def inductor(program: Program) -> Iterator[Hit]:
    for call in program.syntax.calls:
        if program.path(call.func) != "torch.compile" or program.outside(call, "xla") or not call.args:
            continue
        if constant(keyword(call, "backend")) in (None, "inductor"):
            yield Hit(
                call,
                '`torch.compile` without `backend="openxla"` fails on XLA',
                (Around(call, call.args[0], KEPT),),
            )


@rule(
    "XLA032",
    "a size is used in arithmetic without int()",
    Severity.NOTE,
    targets=XLA,
    optional=True,
    why="In older torch_xla and Neuron releases `tensor.size(0)` could be a tensor; since 2.9 it is "
    "a plain int, so this rule is asked only by name.",
    example=Example(
        "step",
        step("scale = xb.size(0) * 2\nloss = criterion(model(xb), yb) / scale"),
        step("scale = int(xb.size(0)) * 2\nloss = criterion(model(xb), yb) / scale"),
    ),
    fixable=True,
)
def bare_size(program: Program) -> Iterator[Hit]:
    for node in program.syntax.nodes:
        for side in (node.left, node.right) if isinstance(node, ast.BinOp) else ():
            sized = isinstance(side, ast.Call) and isinstance(side.func, ast.Attribute) and side.func.attr == "size"
            shaped = isinstance(side, ast.Subscript) and getattr(side.value, "attr", "") == "shape"
            if sized or shaped:
                edit = Around(side, side, f"int({KEPT})")
                yield Hit(side, f"`{program.short(side)}` may be a tensor in older releases; wrap it in int()", (edit,))


RULES = (changing_exponent, changing_factor, inductor, bare_size)
