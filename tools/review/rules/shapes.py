"""XLA rules about shapes and graphs that change, each change being one more compilation."""

import ast
from collections.abc import Iterator

from tools.review.edits import Edit, Replace
from tools.review.finding import Severity
from tools.review.program import Program
from tools.review.rule import XLA, Example, Hit, rule
from tools.review.syntax import argument, constant, keyword
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
DATA_DEPENDENT = frozenset({"nonzero", "masked_select", "unique", "unique_consecutive", "bincount", "argwhere"})
FALLBACK = frozenset(["stft", "istft", "median", "histc", "multinomial", "nanmedian", "kthvalue", "mode"])


def step(code: str) -> str:
    return STEP_HEAD + code + STEP_TAIL


def _hot(program: Program, node: ast.AST) -> bool:
    """Whether `node` runs in a training step, a validation loop or a network's forward."""
    if program.outside(node, "xla"):
        return False
    function = program.syntax.function_of(node)
    if program.in_network(node):
        return function is not None and function.name != "__init__"
    return node in program.step_nodes or any(loop in program.eval_loops for loop in program.loops_around(node))


def _touches_device(program: Program, node: ast.AST) -> bool:
    """Surely on the device anywhere, or not surely on the host in hot code."""
    value = program.value(node)
    if value.kind not in (Kind.TENSOR, Kind.UNKNOWN):
        return False
    if value.place is Place.DEVICE:
        return _hot(program, node)
    return value.kind is Kind.TENSOR and value.place is Place.UNKNOWN and _hot(program, node)


def _operand(program: Program, call: ast.Call) -> tuple[str, ast.expr | None]:
    """The torch function or tensor method that is called, and its tensor."""
    path = program.path(call.func)
    if path.startswith("torch.") and call.args:
        return path.removeprefix("torch."), call.args[0]
    if isinstance(call.func, ast.Attribute) and not path:
        return call.func.attr, call.func.value
    return "", None


@rule(
    "XLA020",
    "the shape of the result depends on the data",
    Severity.ERROR,
    targets=XLA,
    why="XLA compiles for fixed shapes; `nonzero`, `unique`, `masked_select`, `bincount` and one-argument "
    "`torch.where` fall back to the host and recompile for every new shape.",
    example=Example(
        "step",
        step("kept = torch.nonzero(yb)\nloss = criterion(model(xb), yb) + 0.0 * kept.float().mean()"),
        step("kept = (yb != 0).float()\nloss = criterion(model(xb), yb) + 0.0 * kept.mean()"),
    ),
)
def data_dependent(program: Program) -> Iterator[Hit]:
    for call in program.syntax.calls:
        name, tensor = _operand(program, call)
        single_where = name == "where" and len(call.args) == 1 and not call.keywords and program.path(call.func)
        if tensor is not None and (name in DATA_DEPENDENT or single_where) and _touches_device(program, tensor):
            yield Hit(call, f"the shape of `{program.short(call)}` depends on the data; use a mask of fixed shape")


@rule(
    "XLA021",
    "boolean-mask indexing on the device",
    Severity.ERROR,
    targets=XLA,
    why="The number of selected elements is not known when the graph is compiled; multiply by the mask or use "
    "`torch.where(mask, x, other)`.",
    example=Example(
        "step",
        step("mask = yb > 0\nscore = model(xb)\nloss = criterion(score, yb) + score[mask].mean()"),
        step(
            "mask = (yb > 0).float().unsqueeze(1)\nscore = model(xb)\nloss = criterion(score, yb) + (score * mask).mean()"
        ),
    ),
)
def mask_indexing(program: Program) -> Iterator[Hit]:
    for node in program.syntax.nodes:
        if isinstance(node, ast.Subscript) and isinstance(node.ctx, ast.Load) and program.value(node.slice).mask:
            if program.value(node.slice).kind is Kind.TENSOR and _touches_device(program, node.value):
                yield Hit(node, f"`{program.short(node)}` selects a number of elements that depends on the data")


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
    """Whether a train loop goes over this loader: bound to a name it uses, or holding training data and shuffled."""
    held = program.value(call)
    for loop in program.train_loops:
        if not isinstance(loop, ast.For):
            continue
        if call in ast.walk(loop.iter):
            return True
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


def _roots(value: object) -> frozenset[str]:
    from tools.review.operations import flatten
    from tools.review.values import Value, combine

    assert isinstance(value, Value)
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
    return (Replace(call, f"{ast.unparse(call)[:-1]}, drop_last={value})"),)


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
        if not _whole_length(program, stop) or not _sliced(loop, size):
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


def _sliced(loop: ast.For, size: ast.expr) -> bool:
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
    "XLA025",
    "a recurrence is unrolled in Python",
    Severity.WARNING,
    targets=XLA,
    why="Each pass of a Python loop over time is traced into the graph: an LSTM unrolled over 100 steps took 158 s "
    "and 9 GB to compile. Use nn.LSTM or nn.GRU, a scan, or a convolution.",
    example=Example(
        "net",
        """
class Net(nn.Module):
    def __init__(self, width):
        super().__init__()
        self.cell = nn.GRUCell(1, 8)
        self.out = nn.Linear(8, 3)

    def forward(self, x):
        h = torch.zeros(x.size(0), 8, device=x.device)
        for t in range(x.size(1)):
            h = self.cell(x[:, t:t + 1], h)
        return self.out(h)
""",
        """
class Net(nn.Module):
    def __init__(self, width):
        super().__init__()
        self.rnn = nn.GRU(1, 8, batch_first=True)
        self.out = nn.Linear(8, 3)

    def forward(self, x):
        states, last = self.rnn(x.unsqueeze(2))
        return self.out(last[0])
""",
    ),
)
def unrolled(program: Program) -> Iterator[Hit]:
    for loop in program.syntax.loops:
        if not isinstance(loop, ast.For) or not program.in_network(loop) or not isinstance(loop.iter, ast.Call):
            continue
        function = program.syntax.function_of(loop)
        if function is None or function.name == "__init__" or not _over_time(program, loop):
            continue
        if any(
            isinstance(n, ast.Call) and program.value(n).kind in (Kind.TENSOR, Kind.SEQUENCE) for n in ast.walk(loop)
        ):
            yield Hit(
                loop, f"`for {ast.unparse(loop.target)} in {program.short(loop.iter)}` is unrolled into the graph"
            )


def _over_time(program: Program, loop: ast.For) -> bool:
    """A range over a length of the input (or `.unbind(1)`), carrying a state from pass to pass."""
    assert isinstance(loop.iter, ast.Call)
    if getattr(loop.iter.func, "attr", "") == "unbind":
        return True
    if program.path(loop.iter.func) not in ("range", "reversed"):
        return False
    name = ast.unparse(loop.target)
    indexed = [n for n in ast.walk(loop) if isinstance(n, ast.Subscript) and name in _names(n.slice)]
    return any(
        program.value(n.value).kind is Kind.TENSOR and isinstance(n.slice, ast.Tuple | ast.Name) for n in indexed
    )


def _names(node: ast.AST) -> set[str]:
    return {n.id for n in ast.walk(node) if isinstance(n, ast.Name)}


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
        name, tensor = _operand(program, node)
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
                (Replace(call, ast.unparse(call.args[0])),),
            )


@rule(
    "XLA029",
    "packed sequences",
    Severity.ERROR,
    targets=XLA,
    why="`pack_padded_sequence` needs lengths on the host and data-dependent shapes: `data is not allocated yet` on "
    "XLA. Pad to one length and mask.",
    example=Example(
        "net",
        """
class Net(nn.Module):
    def __init__(self, width):
        super().__init__()
        self.rnn = nn.GRU(1, 8, batch_first=True)
        self.out = nn.Linear(8, 3)

    def forward(self, x):
        packed = nn.utils.rnn.pack_padded_sequence(x.unsqueeze(2), [x.size(1)] * x.size(0), batch_first=True)
        return self.out(self.rnn(packed)[1][0])
""",
        """
class Net(nn.Module):
    def __init__(self, width):
        super().__init__()
        self.rnn = nn.GRU(1, 8, batch_first=True)
        self.out = nn.Linear(8, 3)

    def forward(self, x):
        return self.out(self.rnn(x.unsqueeze(2))[1][0])
""",
    ),
)
def packed(program: Program) -> Iterator[Hit]:
    for call in program.syntax.calls:
        leaf = program.path(call.func).rpartition(".")[2]
        if leaf in ("pack_padded_sequence", "pack_sequence") and not program.outside(call, "xla"):
            yield Hit(call, f"`{leaf}` does not work on XLA; pad to one length and mask")


@rule(
    "XLA030",
    "an operation that falls back to the host",
    Severity.WARNING,
    targets=XLA,
    why="torch_xla has no lowering for it: the tensor goes to the host and back in every step.",
    example=Example(
        "step",
        step("middle = torch.median(xb)\nloss = criterion(model(xb), yb) + 0.0 * middle"),
        step("middle = torch.mean(xb)\nloss = criterion(model(xb), yb) + 0.0 * middle"),
    ),
)
def host_fallback(program: Program) -> Iterator[Hit]:
    for call in program.syntax.calls:
        name, tensor = _operand(program, call)
        if tensor is not None and (name in FALLBACK or name.startswith("fft.")) and _touches_device(program, tensor):
            yield Hit(call, f"`{name}` runs on the host, not on the XLA device")


@rule(
    "XLA031",
    "DataLoader worker processes",
    Severity.WARNING,
    targets=frozenset({"xla", "neuron", "cpu"}),
    fixable=True,
    why="Workers are forked from a process with device threads and can hang; the data is in memory, so they gain nothing.",
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
    data_dependent,
    mask_indexing,
    short_last_batch,
    short_last_slice,
    device_slicing,
    unrolled,
    changing_exponent,
    changing_factor,
    inductor,
    packed,
    host_fallback,
    workers,
)
