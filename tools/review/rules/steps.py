"""XLA rules about where a step ends: syncs, the optimizer step, the rendezvous."""

import ast
from collections.abc import Iterator

from tools.review.edits import KEPT, After, Around, Edit, Import, Replace
from tools.review.finding import Severity
from tools.review.program import XM, Program
from tools.review.rule import XLA, Example, Hit, rule
from tools.review.syntax import LoopNode
from tools.review.values import Kind


@rule(
    "XLA001",
    "training step without a sync",
    Severity.ERROR,
    targets=XLA,
    fixable=True,
    why="torch_xla records operations lazily; without a sync each step the graph grows, and every step compiles anew.",
    example=Example(
        "step",
        """
xb, yb = xb.to(device), yb.to(device)
optimizer.zero_grad()
loss = criterion(model(xb), yb)
loss.backward()
optimizer.step()
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
def missing_sync(program: Program) -> Iterator[Hit]:
    for loop, step in program.train_loops.items():
        if program.synced(loop) or program.outside(step, "xla"):
            continue
        name = program.short(step.func)
        told = " (optimizer_step syncs only with barrier=True)" if program.path(step.func).startswith(XM) else ""
        yield Hit(step, f"`{name}` is not followed by a sync in its loop{told}", _sync_after(program, step))


def _sync_after(program: Program, step: ast.Call) -> tuple[Edit, ...]:
    statement = program.syntax.statement_of(step)
    if program.path(step.func).startswith(XM) or program.guarded(step, "xla"):
        return After(statement, "torch_xla.sync()"), Import("import torch_xla")
    loss = _loss_name(program, step)
    code = f"if {loss}.is_xla:\n    torch_xla.sync()" if loss else "torch_xla.sync()"
    return After(statement, code), Import("import torch_xla")


def _loss_name(program: Program, step: ast.Call) -> str:
    """The tensor whose backward call precedes the step in the same function."""
    function = program.syntax.function_of(step)
    for call in reversed(program.backwards):
        if call.lineno <= step.lineno and program.syntax.function_of(call) is function:
            receiver = call.func.value if isinstance(call.func, ast.Attribute) else None
            if isinstance(receiver, ast.Name) and program.value(receiver).kind is not Kind.MODEL:
                return receiver.id if not program.path(receiver) else ""
    return ""


@rule(
    "XLA002",
    "validation loop without a sync",
    Severity.WARNING,
    targets=XLA,
    fixable=True,
    why="Without a sync or a host read in each pass, the whole validation set becomes one graph.",
    example=Example(
        "validate",
        """
model.eval()
right = torch.zeros((), device=device)
with torch.no_grad():
    for xb, yb in DataLoader(TensorDataset(X_val, y_val), batch_size=16):
        right += (model(xb.to(device)).argmax(1) == yb.to(device)).sum()
metrics["val_acc"].append(float(right) / len(X_val))
metrics["val_losses"].append(1.0 - metrics["val_acc"][-1])
""",
        """
model.eval()
right = torch.zeros((), device=device)
with torch.no_grad():
    for xb, yb in DataLoader(TensorDataset(X_val, y_val), batch_size=16):
        right += (model(xb.to(device)).argmax(1) == yb.to(device)).sum()
        torch_xla.sync()
metrics["val_acc"].append(float(right) / len(X_val))
metrics["val_losses"].append(1.0 - metrics["val_acc"][-1])
""",
    ),
)
def unsynced_validation(program: Program) -> Iterator[Hit]:
    for loop in program.eval_loops:
        if program.synced(loop) or program.outside(loop, "xla") or _reads_host(program, loop):
            continue
        edits: tuple[Edit, ...] = ()
        if loop.body and not isinstance(loop.body[-1], ast.Return | ast.Break | ast.Continue):
            edits = (After(loop.body[-1], "torch_xla.sync()"), Import("import torch_xla"))
        yield Hit(loop, "this loop over batches never ends its graph", edits)


def _reads_host(program: Program, loop: LoopNode) -> bool:
    for node in program.reach(loop):
        if isinstance(node, ast.Call):
            name = node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")
            if name in ("item", "cpu", "tolist", "numpy"):
                return True
            if (
                name in ("float", "int", "bool", "print")
                and node.args
                and program.value(node.args[0]).kind is Kind.TENSOR
            ):
                return True
    return False


@rule(
    "XLA003",
    "xm.rendezvous without a tag",
    Severity.ERROR,
    targets=XLA,
    fixable=True,
    why="`xm.rendezvous(tag)` matches replicas by their tag; without one it raises a TypeError.",
    example=Example("end", "xm.rendezvous()\nreturn model, metrics", 'xm.rendezvous("trained")\nreturn model, metrics'),
)
def rendezvous_tag(program: Program) -> Iterator[Hit]:
    for call in program.syntax.calls:
        if program.path(call.func) == f"{XM}.rendezvous" and not call.args and not call.keywords:
            edit = Replace(call, f'{ast.unparse(call.func)}("sync")')
            yield Hit(call, '`xm.rendezvous()` needs a tag, such as `xm.rendezvous("epoch_end")`', (edit,))


@rule(
    "XLA004",
    "the loss module is moved to the device",
    Severity.WARNING,
    targets=XLA,
    fixable=True,
    why="A loss without weights holds no tensors: moving it does nothing, and on Neuron it has been seen to fail.",
    example=Example(
        "setup",
        """
model = Net(X_train.shape[1]).to(device)
criterion = nn.CrossEntropyLoss().to(device)
optimizer = torch.optim.Adam(model.parameters(), lr=1e-3)
""",
        """
model = Net(X_train.shape[1]).to(device)
criterion = nn.CrossEntropyLoss()
optimizer = torch.optim.Adam(model.parameters(), lr=1e-3)
""",
    ),
)
def moved_loss(program: Program) -> Iterator[Hit]:
    for event in program.events:
        func = event.node.func
        if event.name != ".to" or event.receiver.kind is not Kind.LOSS or not event.receiver.origin:
            continue
        if isinstance(func, ast.Attribute):
            edit = Around(event.node, func.value, KEPT)
            yield Hit(event.node, f"`{program.short(func.value)}` has no weights and need not be moved", (edit,))


@rule(
    "XLA005",
    "xm.xla_device() in place of the given device",
    Severity.NOTE,
    targets=XLA,
    why="`train_model` is given its device; `xm.xla_device` is deprecated since torch_xla 2.7 in favour of "
    "`torch_xla.device`, and a fixed XLA device can't run on the CPU target.",
    example=Example(
        "setup",
        """
device = xm.xla_device()
model = Net(X_train.shape[1]).to(device)
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
def own_device(program: Program) -> Iterator[Hit]:
    for call in program.syntax.calls:
        if program.path(call.func) == f"{XM}.xla_device" and not program.guarded(call, "device is none"):
            yield Hit(call, "`xm.xla_device()` is deprecated; use the `device` that `train_model` is given")


RULES = (missing_sync, unsynced_validation, rendezvous_tag, moved_loss, own_device)
