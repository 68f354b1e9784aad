"""XLA rules about where tensors and models live."""

import ast
from collections.abc import Iterator

from tools.review.edits import Before, Delete, Edit, Replace
from tools.review.finding import Severity
from tools.review.operations import CREATE
from tools.review.program import Program
from tools.review.rule import ACCELERATORS, Example, Hit, rule
from tools.review.syntax import keyword
from tools.review.values import Kind, Place, Value


def _tensors(value: Value) -> list[Value]:
    if value.kind is Kind.SEQUENCE:
        return [t for item in value.items for t in _tensors(item)]
    return [value] if value.kind is Kind.TENSOR else []


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
    text = ast.unparse(node)
    return (Replace(node, f"{text}.to({device})" if isinstance(node, _SIMPLE) else f"({text}).to({device})"),)


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
        edits = (Replace(call, f"{ast.unparse(call)}.to({device})"),) if device else ()
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
        if isinstance(node.func, ast.Attribute) and program.value(node.func.value).kind is Kind.TENSOR:
            if node.func.attr in ("eq", "ne", "add", "sub", "mul", "matmul", "bmm", "mm", "gather", "masked_fill"):
                return [node.func.value, *node.args]
    return []


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
        text = ast.unparse(call)
        edits = (Replace(call, f"{text[:-1]}, device={first}.device)"),) if ok else ()
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
        edits = (Replace(call, f"{ast.unparse(made)[:-1]}, device={ast.unparse(call.args[0])})"),) if plain else ()
        yield Hit(call, f"`{program.short(call)}` builds a tensor on the host in every step", edits)


RULES = (host_input, model_on_host, mixed_places, host_creation, plain_attribute, early_optimizer, sent_each_step)
