"""Accelerator rules about tensors that are created on the host."""

import ast
from collections.abc import Iterator

from tools.review.edits import KEPT, Around, Before, Delete, Edit, Keyword
from tools.review.finding import Severity
from tools.review.operations import CREATE
from tools.review.program import Program
from tools.review.rule import ACCELERATORS, Example, Hit, rule
from tools.review.syntax import keyword
from tools.review.values import Kind


@rule(
    "XLA009",
    "a tensor is created on the host inside a network",
    Severity.ERROR,
    targets=ACCELERATORS,
    fixable=True,
    why="The network's inputs are on the device; a tensor made with no `device=` is on the host, and a host tensor "
    "sent over in each step costs a transfer.",
    example=Example(
        "net",
        """
class Net(nn.Module):
    def __init__(self, width):
        super().__init__()
        self.out = nn.Linear(width, 3)

    def forward(self, x):
        noise = torch.randn(x.shape[0], x.shape[1])
        return self.out(x + noise)
""",
        """
class Net(nn.Module):
    def __init__(self, width):
        super().__init__()
        self.out = nn.Linear(width, 3)

    def forward(self, x):
        noise = torch.randn(x.shape[0], x.shape[1], device=x.device)
        return self.out(x + noise)
""",
    ),
)
def host_creation(program: Program) -> Iterator[Hit]:
    for call in program.syntax.calls:
        path = program.path(call.func)
        if not path.startswith("torch.") or path.rpartition(".")[2] not in CREATE | {"tensor"} or path.count(".") != 1:
            continue
        function = program.syntax.function_of(call)
        if function is None or function.name == "__init__" or not program.in_network(call):
            continue
        if keyword(call, "device") is not None or _carried(program, call) or not function.args.args[1:]:
            continue
        if program.value(call).scalar:
            continue
        first = function.args.args[1].arg
        ok = program.value(call).kind is Kind.TENSOR and function.name == "forward"
        edits = (Keyword(call, "device", f"{first}.device"),) if ok else ()
        yield Hit(call, f"`{program.short(call)}` has no `device=`; use `device={first}.device`", edits)


def _carried(program: Program, node: ast.AST) -> bool:
    """Whether the created tensor is moved at once: `torch.zeros(n).to(x.device)`, or its name is moved later."""
    up = program.syntax.parent[node]
    if isinstance(up, ast.Attribute) and up.attr in ("to", "type_as", "xla"):
        return True
    if isinstance(up, ast.Attribute) and isinstance(program.syntax.parent[up], ast.Call):
        return _carried(program, program.syntax.parent[up])
    if isinstance(up, ast.Assign) and isinstance(up.targets[0], ast.Name):
        function = program.syntax.function_of(node)
        moved = f"{up.targets[0].id}.to("
        return function is not None and moved in ast.unparse(function)
    return False


@rule(
    "XLA014",
    "a plain tensor attribute of a network",
    Severity.ERROR,
    targets=ACCELERATORS,
    fixable=True,
    why="`model.to(device)` moves parameters and buffers only; a plain attribute stays on the host.",
    example=Example(
        "net",
        """
class Net(nn.Module):
    def __init__(self, width):
        super().__init__()
        self.scale = torch.ones(width)
        self.out = nn.Linear(width, 3)

    def forward(self, x):
        return self.out(x * self.scale)
""",
        """
class Net(nn.Module):
    def __init__(self, width):
        super().__init__()
        self.register_buffer("scale", torch.ones(width))
        self.out = nn.Linear(width, 3)

    def forward(self, x):
        return self.out(x * self.scale)
""",
    ),
)
def plain_attribute(program: Program) -> Iterator[Hit]:
    for function in program.syntax.functions:
        owner = program.syntax.class_of(function)
        if function.name != "__init__" or owner is None or not program.syntax.is_module_class(owner):
            continue
        body = ast.unparse(owner)
        for node in ast.walk(function):
            target = node.targets[0] if isinstance(node, ast.Assign) else None
            if not (
                isinstance(target, ast.Attribute) and isinstance(target.value, ast.Name) and target.value.id == "self"
            ):
                continue
            assert isinstance(node, ast.Assign)
            if not program.value(node.value).on_host or program.value(node.value).kind is not Kind.TENSOR:
                continue
            if f"self.{target.attr}.to(" in body or (f"self.{target.attr}[" in body and ".to(" in body):
                continue
            new = f'self.register_buffer("{target.attr}", {ast.unparse(node.value)})'
            yield Hit(
                node, f"`self.{target.attr}` is not moved by `.to(device)`; register it as a buffer", _swap(node, new)
            )


def _swap(statement: ast.stmt, code: str) -> tuple[Edit, ...]:
    return Before(statement, code), Delete(statement)


@rule(
    "XLA016",
    "a new host tensor is sent to the device each step",
    Severity.WARNING,
    targets=ACCELERATORS,
    fixable=True,
    why="A tensor built on the host in every step is built, copied and waited for in every step; make it on the "
    "device, once before the loop when it doesn't change.",
    example=Example(
        "step",
        """
xb, yb = xb.to(device), yb.to(device)
optimizer.zero_grad()
noise = torch.randn(xb.shape).to(device)
loss = criterion(model(xb + 0.01 * noise), yb)
loss.backward()
optimizer.step()
torch_xla.sync()
total += loss.detach()
""",
        """
xb, yb = xb.to(device), yb.to(device)
optimizer.zero_grad()
noise = torch.randn(xb.shape, device=device)
loss = criterion(model(xb + 0.01 * noise), yb)
loss.backward()
optimizer.step()
torch_xla.sync()
total += loss.detach()
""",
    ),
)
def sent_each_step(program: Program) -> Iterator[Hit]:
    for call in program.syntax.calls:
        if not isinstance(call.func, ast.Attribute) or call.func.attr != "to" or not call.args:
            continue
        made = call.func.value
        if not isinstance(made, ast.Call) or (call not in program.step_nodes and not program.in_network(call)):
            continue
        function = program.syntax.function_of(call)
        if program.in_network(call) and (function is None or function.name != "forward"):
            continue
        path = program.path(made.func)
        if (
            not path.startswith("torch.")
            or path.rpartition(".")[2] not in CREATE
            or keyword(made, "device") is not None
        ):
            continue
        plain = len(call.args) == 1 and not call.keywords and program.value(call.args[0]).kind is Kind.DEVICE
        moved = ast.unparse(call.args[0])
        edits = (Keyword(made, "device", moved), Around(call, made, KEPT)) if plain else ()
        yield Hit(call, f"`{program.short(call)}` builds a tensor on the host in every step", edits)


RULES = (
    host_creation,
    plain_attribute,
    sent_each_step,
)
