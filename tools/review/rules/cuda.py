"""CUDA-only code, for targets that have no CUDA."""

import ast
from collections.abc import Iterator

from tools.review.edits import KEPT, Around, Edit, Replace
from tools.review.finding import Severity
from tools.review.program import Program
from tools.review.rule import NOT_CUDA, Example, Hit, rule
from tools.review.rules.placement import device_name
from tools.review.syntax import constant, keyword

MODEL_SETUP = """
model = Net(X_train.shape[1]).to(device)
criterion = nn.CrossEntropyLoss()
optimizer = torch.optim.Adam(model.parameters(), lr=1e-3)
"""
HARMLESS = ("is_available", "manual_seed", "device_count", "is_initialized", "is_bf16_supported")
STEP = """
optimizer.zero_grad()
loss = criterion(model(xb), yb)
loss.backward()
optimizer.step()
torch_xla.sync()
total += loss.detach()
"""


def _free(program: Program, node: ast.AST) -> bool:
    return not program.guarded(node, "cuda")


@rule(
    "CUD001",
    ".cuda()",
    Severity.ERROR,
    targets=NOT_CUDA,
    fixable=True,
    why="There is no CUDA device on this target; move to the `device` that `train_model` is given.",
    example=Example("step", "xb, yb = xb.cuda(), yb.to(device)" + STEP, "xb, yb = xb.to(device), yb.to(device)" + STEP),
)
def cuda_method(program: Program) -> Iterator[Hit]:
    for call in program.syntax.calls:
        func = call.func
        if isinstance(func, ast.Attribute) and func.attr == "cuda" and not program.path(func) and _free(program, call):
            device = device_name(program, call)
            edits = (Around(call, func.value, f"{KEPT}.to({device})"),) if device else ()
            yield Hit(call, f"`{program.short(call)}` needs CUDA; use `.to(device)`", edits)


@rule(
    "CUD002",
    "a CUDA device by name",
    Severity.ERROR,
    targets=NOT_CUDA,
    fixable=True,
    why="A device chosen by name ignores the one that `train_model` is given, and CUDA is not there.",
    example=Example("setup", 'device = torch.device("cuda")' + MODEL_SETUP, MODEL_SETUP),
)
def cuda_name(program: Program) -> Iterator[Hit]:
    for node in program.syntax.nodes:
        value = constant(node)
        if not isinstance(value, str) or not (value == "cuda" or value.startswith("cuda:")):
            continue
        up = program.syntax.parent[node]
        if (
            isinstance(up, ast.Compare | ast.MatchValue)
            or not isinstance(node, ast.expr)
            or not _is_device(program, node)
        ):
            continue
        if (
            isinstance(up, ast.IfExp)
            and node is up.body
            and "cuda" in ast.unparse(up.test)
            and "is_available" not in ast.unparse(up.test)
        ):
            continue
        if program.guarded(node, "cuda") and not isinstance(up, ast.IfExp):
            continue
        yield Hit(node, f'the device "{value}" is named in the code; use the given `device`', _given(program, node))


def _is_device(program: Program, node: ast.expr) -> bool:
    """Used as a device: argument of `.to`, `torch.device`, `device=`, autocast, or assigned to a device name."""
    up = program.syntax.parent[node]
    if isinstance(up, ast.IfExp):
        return _is_device(program, up)
    if isinstance(up, ast.Call):
        name = getattr(up.func, "attr", getattr(up.func, "id", ""))
        return name in ("to", "device", "empty_cache") and node in up.args
    if isinstance(up, ast.keyword):
        call = program.syntax.parent[up]
        return up.arg in ("device", "map_location") and "autocast" not in ast.unparse(call)
    return isinstance(up, ast.Assign) and any("device" in ast.unparse(target) for target in up.targets)


def _given(program: Program, node: ast.expr) -> tuple[Edit, ...]:
    """`device = torch.device("cuda" …)` inside train_model -> `device = torch.device(device)`."""
    function = program.syntax.train_model
    if function is None or "device" not in {a.arg for a in function.args.args}:
        return ()
    if function not in program.syntax.ancestors(node) or program.syntax.class_of(node) is not None:
        return ()
    top: ast.AST = node
    up = program.syntax.parent[node]
    if isinstance(up, ast.IfExp):
        top, up = up, program.syntax.parent[up]
    return (Replace(top, "device"),) if isinstance(top, ast.expr) else ()


@rule(
    "CUD003",
    "torch.cuda",
    Severity.ERROR,
    targets=NOT_CUDA,
    why='`torch.cuda` functions raise or do nothing where there is no CUDA; guard them by `device.type == "cuda"` '
    "or leave them out.",
    example=Example("setup", MODEL_SETUP + "torch.cuda.synchronize()", MODEL_SETUP + "torch.cuda.manual_seed_all(0)"),
)
def cuda_module(program: Program) -> Iterator[Hit]:
    for call in program.syntax.calls:
        path = program.path(call.func)
        if not path.startswith("torch.cuda.") or path.startswith("torch.cuda.amp."):
            continue
        if not path.rpartition(".")[2].startswith(HARMLESS) and _free(program, call):
            yield Hit(call, f"`{program.short(call.func)}` needs CUDA")


@rule(
    "CUD004",
    "CUDA automatic mixed precision",
    Severity.ERROR,
    targets=NOT_CUDA,
    why="CUDA autocast is silently ignored on XLA and a GradScaler only adds host reads; use "
    '`torch.autocast("xla", dtype=torch.bfloat16)` or plain float32.',
    example=Example(
        "step",
        """
xb, yb = xb.to(device), yb.to(device)
optimizer.zero_grad()
with torch.cuda.amp.autocast():
    loss = criterion(model(xb), yb)
loss.backward()
optimizer.step()
torch_xla.sync()
total += loss.detach()
""",
        "xb, yb = xb.to(device), yb.to(device)" + STEP,
    ),
)
def cuda_amp(program: Program) -> Iterator[Hit]:
    for call in program.syntax.calls:
        path = program.path(call.func)
        leaf = path.rpartition(".")[2]
        if leaf not in ("autocast", "GradScaler") or not path.startswith("torch.") or not _free(program, call):
            continue
        enabled = keyword(call, "enabled")
        if enabled is not None and constant(enabled) is not True:
            continue
        named = constant(keyword(call, "device_type") or (call.args[0] if call.args else None))
        if leaf == "GradScaler" or path.startswith("torch.cuda.") or named == "cuda":
            yield Hit(call, f"`{program.short(call)}` is for CUDA only")


@rule(
    "CUD005",
    "multi-GPU wrappers",
    Severity.ERROR,
    targets=NOT_CUDA,
    fixable=True,
    why="DataParallel and DistributedDataParallel need CUDA devices or a process group; one device is given.",
    example=Example(
        "setup",
        """
model = nn.DataParallel(Net(X_train.shape[1]).to(device))
criterion = nn.CrossEntropyLoss()
optimizer = torch.optim.Adam(model.parameters(), lr=1e-3)
""",
        MODEL_SETUP,
    ),
)
def multi_gpu(program: Program) -> Iterator[Hit]:
    for call in program.syntax.calls:
        leaf = program.path(call.func).rpartition(".")[2]
        if leaf in ("DataParallel", "DistributedDataParallel") and _free(program, call) and call.args:
            plain = leaf == "DataParallel" and ".module" not in program.syntax.source
            edits = (Around(call, call.args[0], KEPT),) if plain else ()
            yield Hit(call, f"`{leaf}` needs several CUDA devices", edits)


@rule(
    "CUD006",
    "the given device is replaced by the CPU",
    Severity.WARNING,
    targets=frozenset({"xla", "neuron", "cuda"}),
    fixable=True,
    why="Everything then runs on the CPU, whatever device was asked for.",
    example=Example(
        "setup", 'device = torch.device("cpu")' + MODEL_SETUP, "device = torch.device(device)" + MODEL_SETUP
    ),
)
def forced_cpu(program: Program) -> Iterator[Hit]:
    function = program.syntax.train_model
    for node in ast.walk(function) if function is not None else ():
        if not isinstance(node, ast.Assign) or ast.unparse(node.targets[0]) != "device":
            continue
        named = node.value.args[0] if isinstance(node.value, ast.Call) and node.value.args else node.value
        if constant(named) == "cpu" and not any(
            isinstance(up, ast.If | ast.Try) for up in program.syntax.ancestors(node)
        ):
            yield Hit(node, "`device` is replaced by the CPU", (Replace(named, "device"),))


RULES = (cuda_method, cuda_name, cuda_module, cuda_amp, multi_gpu, forced_cpu)
