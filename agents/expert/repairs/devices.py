"""Tensors on the wrong device, and code that is written for CUDA alone."""

import ast
import re

from agents.contracts import Correction
from agents.expert.repairs.case import Case
from agents.expert.repairs.source import Edit, Source, first_body_statement, last_name, parameters

MIXED = re.compile(
    r"Expected XLA tensor|Expected all tensors to be on the same device|not an XLA tensor|IsXlaTensor"
    r"|Input type \(.*\) and weight type \(.*\) should be the same|on (cpu|different devices?), but",
    re.IGNORECASE,
)
CUDA = re.compile(r"not compiled with CUDA|no NVIDIA driver|No CUDA GPUs|re-initialize CUDA|cuda", re.IGNORECASE)
CREATORS = ("zeros", "ones", "arange", "randn", "rand", "full", "eye", "linspace", "empty", "tensor", "randint")


def cuda_only(case: Case) -> Correction | None:
    """`.cuda()`, `device="cuda"` and `torch.device("cuda")` become the device that train_model is given."""
    if not CUDA.search(case.everything) or "cuda" not in case.code:
        return None
    edits: list[Edit] = []
    for node in case.source.nodes():
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr == "cuda":
            edits.append((node, f"{case.source.segment(node.func.value)}.to(device)"))
        elif isinstance(node, ast.Call) and last_name(node.func) == "device" and "cuda" in case.source.segment(node):
            edits.append((node, "device"))
        elif isinstance(node, ast.Expr) and "torch.cuda" in case.source.segment(node):
            edits.append((node, "pass"))
        elif isinstance(node, ast.Constant) and isinstance(node.value, str) and node.value.startswith("cuda"):
            edits.append((node, "device"))
    code = case.source.replaced(edits).replace("device = device\n", "")
    return case.with_code(code, "The code asked for CUDA: it uses the device that it is given.")


def mixed_devices(case: Case) -> Correction | None:
    """Model, batches, and tensors made inside forward all go to the device."""
    if not MIXED.search(case.message):
        return None
    if kept := _plain_tensors(case):
        return kept
    explanation = "Model, batches and tensors made in forward are brought to one device."
    code = _creators_on_device(case.source)
    code = _batches_on_device(Source.read(code))
    code = _model_on_device(Source.read(code))
    if code.strip() != case.code.strip():
        return case.with_code(code, explanation)
    functions = case.source.functions("train_model")
    if not functions or len(parameters(functions[0])) < 5:
        return None
    lines = [f"{name} = {name}.to({parameters(functions[0])[4]})" for name in parameters(functions[0])[:4]]
    code = case.source.with_lines_before(first_body_statement(functions[0]), lines)
    return (
        case.with_code(code, "All data is brought to the device before training.")
        if lines[0] not in case.code
        else None
    )


def _plain_tensors(case: Case) -> Correction | None:
    """Tensors that a module keeps as plain attributes stay behind when it is moved: they follow their use."""
    forwards = case.source.functions("forward")
    failing = [one for one in forwards if any(one.lineno <= line <= (one.end_lineno or 0) for line in case.lines)]
    edits: list[Edit] = []
    for forward in failing:
        plain = _plain_attributes(case, forward)
        x = parameters(forward)[1] if len(parameters(forward)) > 1 else ""
        inner = {child for node in ast.walk(forward) if isinstance(node, ast.Subscript) for child in [node.value]}
        for node in ast.walk(forward):
            attribute = node.value if isinstance(node, ast.Subscript) else node
            kept = isinstance(attribute, ast.Attribute) and last_name(attribute.value) == "self"
            if not kept or not isinstance(attribute, ast.Attribute) or attribute.attr not in plain or node in inner:
                continue
            if not isinstance(node, ast.Subscript | ast.Attribute) or not isinstance(node.ctx, ast.Load) or not x:
                continue
            edits.append((node, f"{case.source.segment(node)}.to({x}.device)"))
    return case.with_code(case.source.replaced(edits), "Tensors that a module keeps follow its input to the device.")


def _plain_attributes(case: Case, forward: ast.FunctionDef) -> set[str]:
    """Attributes that the forward's class makes of torch's creators, neither parameters nor buffers nor modules."""
    owners = [node for node in case.source.nodes() if isinstance(node, ast.ClassDef) and forward in node.body]
    return {
        node.targets[0].attr
        for owner in owners
        for node in ast.walk(owner)
        if isinstance(node, ast.Assign)
        and isinstance(node.targets[0], ast.Attribute)
        and any(_of_torch(one.func) and last_name(one.func) in CREATORS for one in _calls(node.value))
        and not any(
            last_name(one.func) in ("Parameter", "ParameterList", "ParameterDict") for one in _calls(node.value)
        )
    }


def _calls(node: ast.expr) -> list[ast.Call]:
    return [one for one in ast.walk(node) if isinstance(one, ast.Call)]


def _creators_on_device(source: Source) -> str:
    """`torch.zeros(n)` inside a forward is made where its input is."""
    edits: list[Edit] = []
    for function in source.functions("forward"):
        names = parameters(function)
        for node in ast.walk(function):
            made = isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr in CREATORS
            if not made or not isinstance(node, ast.Call) or len(names) < 2 or not _of_torch(node.func):
                continue
            if not any(word.arg == "device" for word in node.keywords):
                parts = [source.segment(one) for one in (*node.args, *node.keywords)]
                edits.append((node, f"{source.segment(node.func)}({', '.join([*parts, f'device={names[1]}.device'])})"))
    return source.replaced(edits)


def _of_torch(node: ast.expr) -> bool:
    return isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name) and node.value.id == "torch"


def _batches_on_device(source: Source) -> str:
    """What a loop takes from a loader is moved first; what is sliced or used from the arrays is moved where it is."""
    for loop in [node for node in source.nodes() if isinstance(node, ast.For)]:
        target = loop.target
        if isinstance(target, ast.Tuple) and isinstance(target.elts[-1], ast.Tuple):
            target = target.elts[-1]
        names = [name.id for name in target.elts if isinstance(name, ast.Name)] if isinstance(target, ast.Tuple) else []
        body = source.segment(loop)
        loads = re.search(r"loader|dataset|dl\b|batches|data", source.segment(loop.iter), re.IGNORECASE)
        if len(names) == 2 and loads and f"{names[0]}.to(device" not in body:
            line = f"{names[0]}, {names[1]} = {names[0]}.to(device), {names[1]}.to(device)"
            return _batches_on_device(Source.read(source.with_lines_before(loop.body[0], [line])))
    edits: list[Edit] = []
    moved = {
        node.func.value
        for node in source.nodes()
        if isinstance(node, ast.Call)
        and isinstance(node.func, ast.Attribute)
        and node.func.attr in ("to", "cpu", "size", "numpy")
    }
    for node in source.nodes():
        if (
            isinstance(node, ast.Subscript)
            and _is_data(node.value)
            and isinstance(node.ctx, ast.Load)
            and node not in moved
        ):
            edits.append((node, f"{source.segment(node)}.to(device)"))
        elif isinstance(node, ast.Call) and re.search(r"model|net|criterion|loss", last_name(node.func)):
            edits += [(one, f"{source.segment(one)}.to(device)") for one in node.args if _is_data(one)]
    return source.replaced(edits)


def _is_data(node: ast.expr) -> bool:
    return isinstance(node, ast.Name) and re.fullmatch(r"[Xxy]_(train|val|valid|tr|va)", node.id) is not None


def _model_on_device(source: Source) -> str:
    """`model = Net(…)` is followed by `model = model.to(device)` unless it is moved somewhere."""
    classes = {node.name for node in source.nodes() if isinstance(node, ast.ClassDef)} | {"Sequential"}
    for function in source.functions("train_model"):
        for node in ast.walk(function):
            if not isinstance(node, ast.Assign) or not isinstance(node.targets[0], ast.Name):
                continue
            name = node.targets[0].id
            built = isinstance(node.value, ast.Call) and last_name(node.value.func) in classes
            if built and not re.search(rf"\b{name}(\s*=\s*{name})?\.to\(\s*device", source.text):
                return source.with_lines_after(node, [f"{name} = {name}.to(device)"])
    return source.text
