"""Numbers of the wrong type: labels as floats, inputs as doubles, ids as floats."""

import ast
import re

from agents.contracts import Correction
from agents.expert.repairs.case import Case
from agents.expert.repairs.source import Edit, first_body_statement, last_name, parameters

DTYPE = re.compile(
    r"expected scalar type|must have the same dtype|should be the same|Found dtype|result type \w+ can't be cast"
    r"|not implemented for '(Int|Long|Float|Byte|Double|Half|Bool)'|one of the following scalar types|expected dtype"
    r"|Expected floating point type for target|to have the same dtype|only applicable to index tensor",
    re.IGNORECASE,
)
INDICES = re.compile(
    r"argument #1 'indices'|indices->dtype\(\)|indices must be long|tensors used as indices", re.IGNORECASE
)
TARGET_AXES = re.compile(r"multi-target not supported|0D or 1D target tensor expected")
TARGET_SIZE = re.compile(
    r"Target size \(torch.Size\(\[\d+\]\)\) must be the same as input size|target size .* different to the input size"
)
NUMPY = re.compile(
    r"expected np.ndarray|not numpy.ndarray|numpy.ndarray' object has no attribute|can't convert np.ndarray"
)
NOT_CALLABLE = "'int' object is not callable"
REQUIRES_GRAD = re.compile(r"Can't call numpy\(\) on Tensor that requires grad")
ONE_ELEMENT = re.compile(
    r"only (one element|integer|length-1|0-dim).* (tensors|arrays?) can be converted"
    r"|a Tensor with \d+ elements cannot be converted"
)
SCALAR_LOSS = re.compile(r"grad can be implicitly created only for scalar outputs")


def wrong_dtype(case: Case) -> Correction | None:
    """Inputs and labels take the types of the task: in forward where it failed there, else before training."""
    numpy_came = NUMPY.search(case.message) or (NOT_CALLABLE in case.message and _datasets(case))
    if not DTYPE.search(case.message) and not numpy_came:
        return None
    profile = case.request.function.data_profile
    x_type = "long" if profile.is_text else "float32"
    y_type = "float32" if profile.task_type == "regression" else "long"
    if numpy_came and _datasets(case):
        return _as_tensors(case)
    return _cast_in_forward(case, x_type) or _cast_first(case, x_type, y_type) or _cast_in_losses(case, y_type)


def ids_as_floats(case: Case) -> Correction | None:
    """What an embedding looks up is whole."""
    if not INDICES.search(case.message):
        return None
    tables = {
        last_name(node.targets[0])
        for node in case.source.nodes()
        if isinstance(node, ast.Assign)
        and any(
            isinstance(one, ast.Call) and last_name(one.func) in ("Embedding", "EmbeddingBag") for one in ast.walk(node)
        )
    }
    edits: list[Edit] = [
        (call.args[0], f"{case.source.segment(call.args[0])}.long()")
        for call in case.source.calls(*tables, "embedding")
        if call.args and not case.source.segment(call.args[0]).endswith(".long()") and call.lineno in case.lines
    ]
    return case.with_code(case.source.replaced(edits), "An embedding looks ids up: they are whole numbers.")


def _datasets(case: Case) -> list[ast.Call]:
    return [call for call in case.source.calls("TensorDataset") if call.lineno in case.lines]


def _as_tensors(case: Case) -> Correction | None:
    """Arrays that go into a TensorDataset become tensors there."""
    edits: list[Edit] = [
        (one, f"torch.as_tensor({case.source.segment(one)})")
        for call in case.source.calls("TensorDataset")
        for one in call.args
    ]
    return case.with_code(case.source.replaced(edits), "NumPy arrays become tensors.")


def _cast_in_forward(case: Case, x_type: str) -> Correction | None:
    """The input of the forward that failed is cast, whatever type it came with."""
    for function in case.source.functions("forward"):
        inside = any(function.lineno <= line <= (function.end_lineno or 0) for line in case.lines)
        if not inside or len(parameters(function)) < 2:
            continue
        x = parameters(function)[1]
        line = f"{x} = {x}.to(torch.{x_type})"
        if line in case.source.segment(function):
            continue
        code = case.source.with_lines_before(first_body_statement(function), [line])
        return case.with_code(code, f"The network reads {x_type}: its input is cast.")
    return None


def _cast_first(case: Case, x_type: str, y_type: str) -> Correction | None:
    """All four arrays are cast at the top of train_model."""
    functions = case.source.functions("train_model")
    if not functions or len(parameters(functions[0])) < 4:
        return None
    types = (x_type, y_type, x_type, y_type)
    lines = [
        f"{name} = torch.as_tensor({name}).to(torch.{wanted})"
        for name, wanted in zip(parameters(functions[0])[:4], types, strict=True)
    ]
    if lines[0] in case.code:
        return None
    code = case.source.with_lines_before(first_body_statement(functions[0]), lines)
    code = code if "import torch" in code else f"import torch\n{code}"
    return case.with_code(code, f"Inputs are brought to {x_type} and targets to {y_type} before training.")


def _cast_in_losses(case: Case, y_type: str) -> Correction | None:
    """The second argument of the loss is cast."""
    cast = f".to(torch.{y_type})"
    edits: list[Edit] = [
        (call.args[1], f"{case.source.segment(call.args[1])}{cast}")
        for call in _losses(case)
        if not case.source.segment(call.args[1]).endswith(cast)
    ]
    return case.with_code(case.source.replaced(edits), f"The loss wants targets of type {y_type}.")


def _losses(case: Case) -> list[ast.Call]:
    """Calls of a loss with outputs and targets."""
    calls = [node for node in case.source.nodes() if isinstance(node, ast.Call) and len(node.args) == 2]
    return [call for call in calls if re.search("loss|criterion|cross_entropy", last_name(call.func))]


def target_axes(case: Case) -> Correction | None:
    """Targets with an axis too many, or outputs of shape (rows, 1) beside targets of shape (rows,)."""
    flatten_targets, squeeze_outputs = TARGET_AXES.search(case.message), TARGET_SIZE.search(case.everything)
    if not flatten_targets and not squeeze_outputs:
        return None
    place, suffix = (1, ".reshape(-1)") if flatten_targets else (0, ".squeeze(-1)")
    edits: list[Edit] = [(call.args[place], case.source.segment(call.args[place]) + suffix) for call in _losses(case)]
    return case.with_code(case.source.replaced(edits), "Outputs and targets are brought to one shape before the loss.")


def to_numpy(case: Case) -> Correction | None:
    """`.numpy()` of what is on a device or needs gradients."""
    if not REQUIRES_GRAD.search(case.message) and "type tensor to numpy" not in case.message:
        return None
    edits: list[Edit] = [
        (call, f"{case.source.segment(call.func.value)}.detach().cpu().numpy()")
        for call in case.source.calls("numpy")
        if isinstance(call.func, ast.Attribute) and "cpu()" not in case.source.segment(call.func.value)
    ]
    edits += [
        (call, f"{case.source.segment(call.func)}({case.source.segment(call.args[0])}.detach().cpu())")
        for call in case.source.calls("array", "asarray")
        if len(call.args) == 1
    ]
    return case.with_code(case.source.replaced(edits), "A tensor is brought to the host before NumPy reads it.")


def not_a_scalar(case: Case) -> Correction | None:
    """A loss or metric that is still a vector is averaged."""
    if SCALAR_LOSS.search(case.message):
        calls = [call for call in case.source.calls("backward") if not call.args]
    elif ONE_ELEMENT.search(case.message):
        calls = [call for call in case.source.calls("item") if call.lineno in case.lines] or case.source.calls("item")
    else:
        return None
    edits: list[Edit] = [
        (call.func.value, f"{case.source.segment(call.func.value)}.mean()")
        for call in calls
        if isinstance(call.func, ast.Attribute)
    ]
    return case.with_code(case.source.replaced(edits), "A vector stood where one number belongs: it is averaged.")
