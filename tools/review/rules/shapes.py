"""XLA rules about shapes that depend on the data and operations without a lowering."""

import ast
from collections.abc import Iterator

from tools.review.finding import Severity
from tools.review.program import Program
from tools.review.rule import XLA, Example, Hit, rule
from tools.review.rules.hot import operand, step, touches_device
from tools.review.values import Kind

DATA_DEPENDENT = frozenset({"nonzero", "masked_select", "unique", "unique_consecutive", "bincount", "argwhere"})
FALLBACK = frozenset(["stft", "istft", "median", "histc", "multinomial", "nanmedian", "kthvalue", "mode"])


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
        name, tensor = operand(program, call)
        single_where = name == "where" and len(call.args) == 1 and not call.keywords and program.path(call.func)
        if tensor is not None and (name in DATA_DEPENDENT or single_where) and touches_device(program, tensor):
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
            "mask = (yb > 0).float()[:, None]\nscore = model(xb)\nloss = criterion(score, yb) + (score * mask).mean()"
        ),
    ),
)
def mask_indexing(program: Program) -> Iterator[Hit]:
    for node in program.syntax.nodes:
        if not isinstance(node, ast.Subscript) or not isinstance(node.ctx, ast.Load):
            continue
        index = program.value(node.slice)
        if index.mask and index.kind is Kind.TENSOR and touches_device(program, node.value):
            yield Hit(node, f"`{program.short(node)}` selects a number of elements that depends on the data")


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
        name, tensor = operand(program, call)
        if tensor is not None and (name in FALLBACK or name.startswith("fft.")) and touches_device(program, tensor):
            yield Hit(call, f"`{name}` runs on the host, not on the XLA device")


RULES = (
    data_dependent,
    mask_indexing,
    unrolled,
    packed,
    host_fallback,
)
