"""Accelerator rules about where tensors and models live."""

import ast
from collections.abc import Iterator

from tools.review.edits import KEPT, Around, Before, Edit
from tools.review.finding import Severity
from tools.review.program import Program
from tools.review.rule import ACCELERATORS, Example, Hit, rule
from tools.review.values import Kind, Place


def device_name(program: Program, node: ast.AST) -> str:
    """How the device can be written where `node` stands; empty when it can't."""
    function = program.syntax.function_of(node)
    while function is not None:
        names = {a.arg for a in [*function.args.args, *function.args.kwonlyargs]}
        stored = {n.id for n in ast.walk(function) if isinstance(n, ast.Name) and isinstance(n.ctx, ast.Store)}
        for name in ("device", "dev"):
            if name in names | stored:
                return name
        function = program.syntax.function_of(function)
    return ""


def _move(program: Program, node: ast.expr) -> tuple[Edit, ...]:
    """Move a host tensor: at the head of the loop that binds it, else where it is used."""
    device = device_name(program, node)
    if not device:
        return ()
    if isinstance(node, ast.Name):
        for loop in program.syntax.loops_around(node):
            if not isinstance(loop, ast.For):
                continue
            bound = [n.id for n in ast.walk(loop.target) if isinstance(n, ast.Name) and isinstance(n.ctx, ast.Store)]
            if node.id in bound:
                return (Before(loop.body[0], f"{node.id} = {node.id}.to({device})"),)
    kept = KEPT if isinstance(node, _SIMPLE) else f"({KEPT})"
    return (Around(node, node, f"{kept}.to({device})"),)


_SIMPLE = ast.Name | ast.Attribute | ast.Call | ast.Subscript


@rule(
    "XLA006",
    "a host tensor is given to a model on the device",
    Severity.ERROR,
    targets=ACCELERATORS,
    fixable=True,
    why="An XLA computation takes XLA tensors only: `Expected XLA tensor. Got: torch.FloatTensor`.",
    example=Example(
        "step",
        """
optimizer.zero_grad()
yb = yb.to(device)
loss = criterion(model(xb), yb)
loss.backward()
optimizer.step()
torch_xla.sync()
total += loss.detach()
""",
        """
xb, yb = xb.to(device), yb.to(device)
optimizer.zero_grad()
loss = criterion(model(xb), yb)
loss.backward()
optimizer.step()
torch_xla.sync()
total += loss.detach()
""",
    ),
)
def host_input(program: Program) -> Iterator[Hit]:
    for call in program.syntax.calls:
        if call not in program.model_calls:
            continue
        callee = program.value(call.func)
        if callee.kind is not Kind.MODEL or callee.place is not Place.DEVICE:
            continue
        for arg in [*call.args, *(k.value for k in call.keywords)]:
            if program.value(arg).on_host:
                message = f"`{program.short(arg)}` is on the host and `{program.short(call.func)}` on the device"
                yield Hit(arg, message, _move(program, arg))


@rule(
    "XLA007",
    "the model is never moved to the device",
    Severity.ERROR,
    targets=ACCELERATORS,
    fixable=True,
    why="A network starts on the host; used there, nothing runs on the accelerator, or host and device mix.",
    example=Example(
        "setup",
        """
model = Net(X_train.shape[1])
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
def model_on_host(program: Program) -> Iterator[Hit]:
    creations = {id(call): call for call in program.syntax.calls}
    trained = {
        e.args[0].origin for e in program.events if e.name.startswith("torch.optim.") and e.args and e.args[0].origin
    }
    moved = {e.receiver.origin for e in program.events if e.name in (".to", ".cuda") and e.receiver.kind is Kind.MODEL}
    for origin in sorted(trained - moved):
        call = creations.get(origin)
        if call is None or program.in_network(call):
            continue
        device = device_name(program, call)
        edits = (Around(call, call, f"{KEPT}.to({device})"),) if device else ()
        yield Hit(call, f"`{program.short(call)}` is trained but never moved with `.to(device)`", edits)


@rule(
    "XLA008",
    "host and device tensors meet in one operation",
    Severity.ERROR,
    targets=ACCELERATORS,
    fixable=True,
    why="Both operands must be on one device; move the host tensor first.",
    example=Example(
        "step",
        """
xb = xb.to(device)
optimizer.zero_grad()
loss = criterion(model(xb), yb)
loss.backward()
optimizer.step()
torch_xla.sync()
total += loss.detach()
""",
        """
xb, yb = xb.to(device), yb.to(device)
optimizer.zero_grad()
loss = criterion(model(xb), yb)
loss.backward()
optimizer.step()
torch_xla.sync()
total += loss.detach()
""",
    ),
)
def mixed_places(program: Program) -> Iterator[Hit]:
    for node in program.syntax.nodes:
        if program.in_network(node):
            continue
        operands = _operands(program, node)
        host = [o for o in operands if program.value(o).on_host and not program.value(o).scalar]
        if host and any(program.value(o).on_device for o in operands):
            where = program.short(node)
            message = f"`{program.short(host[0])}` is on the host while the rest of `{where}` is on the device"
            yield Hit(host[0], message, _move(program, host[0]))


def _operands(program: Program, node: ast.AST) -> list[ast.expr]:
    if isinstance(node, ast.BinOp):
        return [node.left, node.right]
    if isinstance(node, ast.Compare) and not isinstance(node.ops[0], ast.Is | ast.IsNot | ast.In | ast.NotIn):
        return [node.left, *node.comparators]
    if isinstance(node, ast.AugAssign):
        return [node.target, node.value]
    if isinstance(node, ast.Call):
        path = program.path(node.func)
        if program.value(node.func).kind is Kind.LOSS or path.startswith("torch.nn.functional."):
            return [*node.args]
        binary = ("eq", "ne", "add", "sub", "mul", "matmul", "bmm", "mm", "gather", "masked_fill")
        if isinstance(node.func, ast.Attribute) and node.func.attr in binary:
            return [node.func.value, *node.args]
    return []


@rule(
    "XLA015",
    "the optimizer is built before the model is moved",
    Severity.ERROR,
    targets=ACCELERATORS,
    why="On XLA `.to(device)` replaces the parameters, so the optimizer keeps updating the old ones and the weights "
    "never change, silently.",
    example=Example(
        "setup",
        """
model = Net(X_train.shape[1])
criterion = nn.CrossEntropyLoss()
optimizer = torch.optim.Adam(model.parameters(), lr=1e-3)
model.to(device)
""",
        """
model = Net(X_train.shape[1])
model.to(device)
criterion = nn.CrossEntropyLoss()
optimizer = torch.optim.Adam(model.parameters(), lr=1e-3)
""",
    ),
    fixable=True,
)
def early_optimizer(program: Program) -> Iterator[Hit]:
    built: dict[int, ast.Call] = {}
    for event in program.events:
        if event.name.startswith("torch.optim.") and event.args and event.args[0].place is Place.HOST:
            if event.args[0].origin:
                built.setdefault(event.args[0].origin, event.node)
        elif event.name in (".to", ".cuda") and event.receiver.origin in built:
            if event.args and event.args[0].kind is not Kind.DEVICE:
                continue
            call = built.pop(event.receiver.origin)
            receiver = event.node.func.value if isinstance(event.node.func, ast.Attribute) else event.node
            message = f"the optimizer holds the parameters that `{program.short(receiver)}` had before `.to(device)`"
            yield Hit(call, message, _move_first(program, call, event.node))


def _move_first(program: Program, optimizer: ast.Call, move: ast.Call) -> tuple[Edit, ...]:
    one, other = program.syntax.statement_of(optimizer), program.syntax.statement_of(move)
    names = isinstance(move.func, ast.Attribute) and isinstance(move.func.value, ast.Name)
    same = program.syntax.parent[one] is program.syntax.parent[other]
    return (Before(one, ast.unparse(other)),) if same and names else ()


RULES = (
    host_input,
    model_on_host,
    mixed_places,
    early_optimizer,
)
