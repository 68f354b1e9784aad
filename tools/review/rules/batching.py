"""Rules about what a loop over batches yields and how often metrics are kept."""

import ast
from collections.abc import Iterator

from tools.review.finding import Severity
from tools.review.program import Program
from tools.review.rule import Example, Hit, rule
from tools.review.syntax import LoopNode
from tools.review.values import Kind, Value

METRICS = ("train_losses", "val_losses", "val_acc", "val_metric")
STEP = """
xb, yb = xb.to(device), yb.to(device)
optimizer.zero_grad()
loss = criterion(model(xb), yb)
loss.backward()
optimizer.step()
torch_xla.sync()
total += loss.detach()
"""


@rule(
    "TRN025",
    "a tensor is iterated as if it were a loader",
    Severity.ERROR,
    why="Iterating a tensor gives its rows, one sample each and no labels; use DataLoader(TensorDataset(X, y)).",
    example=Example(
        "loader",
        "train_loader = DataLoader(X_train, batch_size=16, shuffle=True, drop_last=True)",
        "train_loader = DataLoader(TensorDataset(X_train, y_train), batch_size=16, shuffle=True, drop_last=True)",
    ),
)
def rows_for_batches(program: Program) -> Iterator[Hit]:
    for loop in program.syntax.loops:
        if not isinstance(loop, ast.For):
            continue
        iterable, target = loop.iter, loop.target
        if isinstance(iterable, ast.Call) and program.path(iterable.func) == "enumerate" and iterable.args:
            inner = target.elts[1] if isinstance(target, ast.Tuple) and len(target.elts) == 2 else None
            iterable, target = iterable.args[0], inner or ast.Name("_")
        if isinstance(target, ast.Tuple) and len(target.elts) == 2 and _only_rows(program.value(iterable)):
            yield Hit(iterable, f"`{program.short(iterable)}` yields rows, not pairs of inputs and labels")


def _only_rows(value: Value) -> bool:
    if value.kind is Kind.LOADER:
        return value.name == "rows"
    return value.kind is Kind.TENSOR and not value.through_model and bool(value.roots)


@rule(
    "TRN026",
    "a metric is kept each step",
    Severity.WARNING,
    why="`metrics` holds one entry an epoch; a list that grows each step breaks the curves and early stopping.",
    example=Example("step", STEP + 'metrics["train_losses"].append(loss.detach())', STEP),
)
def metric_each_step(program: Program) -> Iterator[Hit]:
    for call in program.syntax.calls:
        func = call.func
        if not isinstance(func, ast.Attribute) or func.attr != "append":
            continue
        held = func.value
        key = held.slice.value if isinstance(held, ast.Subscript) and isinstance(held.slice, ast.Constant) else None
        name = key if key is not None else held.id if isinstance(held, ast.Name) else ""
        loops = program.syntax.loops_around(call)
        if name not in METRICS or len(loops) < 2 or program.is_epoch_loop(loops[0]) or _over_phases(loops[0]):
            continue
        if not isinstance(held, ast.Name) or not _made_in(loops[1], held.id):
            yield Hit(call, f"`{program.short(call)}` adds an entry each step, not each epoch")


def _over_phases(loop: LoopNode) -> bool:
    """A loop over written-out values, such as `for phase in ["train", "val"]`."""
    return isinstance(loop, ast.For) and isinstance(loop.iter, ast.List | ast.Tuple)


def _made_in(loop: LoopNode, name: str) -> bool:
    stores = [n for n in ast.walk(loop) if isinstance(n, ast.Name) and isinstance(n.ctx, ast.Store)]
    return any(store.id == name for store in stores)


RULES = (rows_for_batches, metric_each_step)
