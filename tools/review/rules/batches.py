"""XLA rules about batches: their shape, how they are cut, who loads them."""

import ast
from collections.abc import Iterator

from tools.review.edits import Edit, Keyword, Replace
from tools.review.finding import Severity
from tools.review.operations import flatten
from tools.review.program import Program
from tools.review.rule import XLA, Example, Hit, rule
from tools.review.rules.hot import step
from tools.review.syntax import argument, constant, keyword
from tools.review.values import Value, combine


@rule(
    "XLA022",
    "the last training batch has another shape",
    Severity.WARNING,
    targets=XLA,
    fixable=True,
    why="A smaller last batch compiles the whole training step a second time.",
    example=Example(
        "loader",
        "train_loader = DataLoader(TensorDataset(X_train, y_train), batch_size=16, shuffle=True)",
        "train_loader = DataLoader(TensorDataset(X_train, y_train), batch_size=16, shuffle=True, drop_last=True)",
    ),
)
def short_last_batch(program: Program) -> Iterator[Hit]:
    for call in program.syntax.calls:
        if program.path(call.func) != "torch.utils.data.DataLoader" or keyword(call, "batch_sampler") is not None:
            continue
        dropped = argument(call, 8, "drop_last")
        if (dropped is not None and constant(dropped) is not False) or not _trains_from(program, call):
            continue
        if any(item.arg is None for item in call.keywords):
            continue
        yield Hit(
            call, "`DataLoader` without `drop_last=True` ends each epoch on a smaller batch", _drop(call, dropped)
        )


def _trains_from(program: Program, call: ast.Call) -> bool:
    """Whether a train loop goes over this loader, or over batches of the same data by a way that hides the loader."""
    held = program.value(call)
    if "val" in held.roots and "train" not in held.roots:
        return False
    for loop in program.train_loops:
        if not isinstance(loop, ast.For):
            continue
        loaders = program.loaders(loop)
        if any(loader.origin == id(call) for loader in loaders):
            return True
        if any(loader.origin for loader in loaders):
            continue
        for value in program.inference.contexts(loop.iter):
            if "val" in _roots(value) and "train" not in _roots(value):
                continue
            if _roots(value) and _roots(value) == held.roots:
                return True
        up = program.syntax.parent[call]
        target = up.targets[0] if isinstance(up, ast.Assign) else None
        if isinstance(target, ast.Name) and target.id in {n.id for n in ast.walk(loop.iter) if isinstance(n, ast.Name)}:
            return True
    return False


def _roots(value: Value) -> frozenset[str]:
    return value.roots or combine(*flatten([value.element])).roots


def _drop(call: ast.Call, dropped: ast.expr | None) -> tuple[Edit, ...]:
    """Drop the last batch only where there is a full one, so that a tiny data set still trains."""
    dataset, size = argument(call, 0, "dataset"), argument(call, 1, "batch_size")
    cheap = ast.Name | ast.Attribute | ast.Constant
    if dataset is None or size is None:
        return ()
    rows: str | None = f"len({ast.unparse(dataset)})" if isinstance(dataset, cheap) else None
    if isinstance(dataset, ast.Call) and dataset.args and isinstance(dataset.args[0], cheap):
        rows = f"len({ast.unparse(dataset.args[0])})"
    if rows is None or not isinstance(size, cheap):
        return ()
    value = f"{rows} >= {ast.unparse(size)}"
    if dropped is not None:
        return (Replace(dropped, value),)
    return (Keyword(call, "drop_last", value),)


@rule(
    "XLA023",
    "the last slice of a manual batch loop is shorter",
    Severity.WARNING,
    targets=XLA,
    fixable=True,
    why="A shorter last slice compiles the whole training step a second time.",
    example=Example(
        "body",
        """
model = nn.Linear(X_train.shape[1], 3).to(device)
optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
metrics = {"train_losses": [], "val_losses": [], "val_acc": []}
n = X_train.shape[0]
for epoch in range(int(hyperparams.get("epochs", 2))):
    for start in range(0, n, 16):
        xb = X_train[start:start + 16].to(device)
        yb = y_train[start:start + 16].to(device)
        optimizer.zero_grad()
        loss = F.cross_entropy(model(xb), yb)
        loss.backward()
        optimizer.step()
        torch_xla.sync()
    metrics["train_losses"].append(float(loss))
    with torch.no_grad():
        logits = model(X_val.to(device))
        metrics["val_losses"].append(float(F.cross_entropy(logits, y_val.to(device))))
        metrics["val_acc"].append(float((logits.argmax(1) == y_val.to(device)).float().mean()))
return model, metrics
""",
        """
model = nn.Linear(X_train.shape[1], 3).to(device)
optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
metrics = {"train_losses": [], "val_losses": [], "val_acc": []}
n = X_train.shape[0]
for epoch in range(int(hyperparams.get("epochs", 2))):
    for start in range(0, n - 16 + 1, 16):
        xb = X_train[start:start + 16].to(device)
        yb = y_train[start:start + 16].to(device)
        optimizer.zero_grad()
        loss = F.cross_entropy(model(xb), yb)
        loss.backward()
        optimizer.step()
        torch_xla.sync()
    metrics["train_losses"].append(float(loss))
    with torch.no_grad():
        logits = model(X_val.to(device))
        metrics["val_losses"].append(float(F.cross_entropy(logits, y_val.to(device))))
        metrics["val_acc"].append(float((logits.argmax(1) == y_val.to(device)).float().mean()))
return model, metrics
""",
    ),
)
def short_last_slice(program: Program) -> Iterator[Hit]:
    for loop in program.step_loops:
        if not isinstance(loop, ast.For) or not isinstance(loop.iter, ast.Call):
            continue
        if program.path(loop.iter.func) not in ("range", "tqdm.trange") or len(loop.iter.args) != 3:
            continue
        stop, size = loop.iter.args[1], loop.iter.args[2]
        if not _whole_length(program, stop) or not _sliced(loop):
            continue
        edit = Replace(stop, f"max({ast.unparse(stop)} - {ast.unparse(size)} + 1, 1)")
        yield Hit(
            loop.iter, f"the last slice of `{program.short(loop.iter)}` is shorter than {ast.unparse(size)}", (edit,)
        )


def _whole_length(program: Program, stop: ast.expr) -> bool:
    """A bare length: nothing was subtracted from it, nor was it rounded to whole batches before."""
    if isinstance(stop, ast.Name):
        text = program.assigned_text(stop.id)
        return "//" not in text and "-" not in text and "%" not in text
    bare = isinstance(stop, ast.Call | ast.Subscript | ast.Attribute)
    return bare and not any(isinstance(n, ast.BinOp) for n in ast.walk(stop))


def _sliced(loop: ast.For) -> bool:
    name = ast.unparse(loop.target)
    return any(
        isinstance(n, ast.Slice) and n.lower is not None and ast.unparse(n.lower) == name for n in ast.walk(loop)
    )


@rule(
    "XLA024",
    "a device tensor is sliced at a varying offset",
    Severity.WARNING,
    targets=XLA,
    why="On XLA every new slice offset is a new graph: one compilation per batch. Slice on the host and move the "
    "batch, or gather with an index tensor.",
    example=Example(
        "step",
        step(
            "for part in range(2):\n    loss = criterion(model(xb[part * 8:part * 8 + 8]), yb[part * 8:part * 8 + 8])"
        ),
        step("loss = criterion(model(xb), yb)"),
    ),
)
def device_slicing(program: Program) -> Iterator[Hit]:
    for node in program.syntax.nodes:
        if not isinstance(node, ast.Subscript) or not isinstance(node.ctx, ast.Load) or program.in_network(node):
            continue
        first = node.slice.elts[0] if isinstance(node.slice, ast.Tuple) and node.slice.elts else node.slice
        if not isinstance(first, ast.Slice) or first.lower is None or isinstance(first.lower, ast.Constant):
            continue
        if program.value(node.value).on_device and (node in program.step_nodes or _in_range_loop(program, node)):
            yield Hit(
                node,
                f"`{program.short(node)}` compiles once per offset; slice `{program.short(node.value)}` on the host",
            )


def _in_range_loop(program: Program, node: ast.AST) -> bool:
    return any(isinstance(loop, ast.For) and loop in program.train_loops for loop in program.syntax.loops_around(node))


@rule(
    "XLA031",
    "DataLoader worker processes",
    Severity.WARNING,
    targets=frozenset({"xla", "neuron", "cpu"}),
    fixable=True,
    why="Workers are forked from a process with device threads and can hang; the data is in memory anyway.",
    example=Example(
        "loader",
        "train_loader = DataLoader(TensorDataset(X_train, y_train), batch_size=16, drop_last=True, num_workers=4)",
        "train_loader = DataLoader(TensorDataset(X_train, y_train), batch_size=16, drop_last=True, num_workers=0)",
    ),
)
def workers(program: Program) -> Iterator[Hit]:
    for call in program.syntax.calls:
        if program.path(call.func) != "torch.utils.data.DataLoader":
            continue
        count = keyword(call, "num_workers")
        number = constant(count)
        if count is not None and isinstance(number, int) and number > 0:
            persistent = constant(keyword(call, "persistent_workers")) or keyword(call, "prefetch_factor") is not None
            yield Hit(
                count, f"`num_workers={number}` forks {number} processes", () if persistent else (Replace(count, "0"),)
            )


RULES = (
    short_last_batch,
    short_last_slice,
    device_slicing,
    workers,
)
