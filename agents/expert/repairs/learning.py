"""Training that diverges, ignores a class, or ends with too large a model."""

import ast
import re

from agents.contracts import Correction
from agents.expert.repairs.case import BATCH, RATE, SIZE, Case, lowered
from agents.expert.repairs.source import last_name
from runtime.search_space import CategoricalParameter, Parameter

DIVERGED = re.compile(r"\bnan\b|\binf(inite)?\b|not finite|non-finite|diverge|overflow", re.IGNORECASE)
ONE_CLASS = re.compile(
    r"(only|just|always) (one|a single|the same) class|never predicts|constant prediction|vanish", re.IGNORECASE
)
SIZE_EXCEEDED = re.compile(r"(?P<now>[\d.]+) ?KB.*?(?P<limit>[\d.]+) ?KB", re.IGNORECASE | re.DOTALL)
EMPTY_EPOCH = re.compile(r"division by zero|non-empty (list|TensorList)|metrics\[.*\] is empty|float division")
OPTIMIZER = re.compile(r"opt|adam|sgd", re.IGNORECASE)
CLIP = 'torch.nn.utils.clip_grad_norm_([p for group in {optimizer}.param_groups for p in group["params"]], 1.0)'


def divergence(case: Case) -> Correction | None:
    """A tenth of the learning rate, then clipped gradients, then a hundredth."""
    if not DIVERGED.search(f"{case.kind} {case.message}"):
        return None
    rates = {name: lowered(case.space[name], float(case.value(name) or 0) / 10) for name in case.names_like(RATE)}
    smaller: dict[str, Parameter] = {name: parameter for name, parameter in rates.items() if parameter is not None}
    slower = case.with_space(smaller, "The training diverged: a tenth of the learning rate.") if smaller else None
    clipped = _clipped(case)
    return clipped if case.times_tried("bo_config") and clipped else slower or clipped


def _clipped(case: Case) -> Correction | None:
    """Clip gradients between the backward pass and the step."""
    if "clip_grad" in case.code:
        return None
    for function in (node for node in case.source.nodes() if isinstance(node, ast.FunctionDef)):
        backward = next((node for node in ast.walk(function) if _is_backward(node)), None)
        optimizer = _optimizer(case, function)
        if isinstance(backward, ast.Expr) and optimizer:
            code = case.source.with_lines_after(backward, [CLIP.format(optimizer=optimizer)])
            return case.with_code(code, "The training diverged: gradients are clipped to norm 1.")
    return None


def _is_backward(node: ast.AST) -> bool:
    return isinstance(node, ast.Expr) and isinstance(node.value, ast.Call) and last_name(node.value.func) == "backward"


def _optimizer(case: Case, function: ast.FunctionDef) -> str:
    """`self.opt` of `self.opt.step()` or of `xm.optimizer_step(self.opt)`, as the function calls it."""
    for call in (node for node in ast.walk(function) if isinstance(node, ast.Call)):
        name = last_name(call.func)
        if name == "optimizer_step" and call.args:
            return case.source.segment(call.args[0])
        if name == "step" and isinstance(call.func, ast.Attribute) and OPTIMIZER.search(last_name(call.func.value)):
            return case.source.segment(call.func.value)
    return ""


def vanished_class(case: Case) -> Correction | None:
    """A network that answers one class for all learns again, with a gentler rate and weighted classes."""
    if not ONE_CLASS.search(case.message):
        return None
    weighted = _weighted_loss(case)
    if weighted is not None:
        return weighted
    changes = {name: lowered(case.space[name], float(case.value(name) or 0) / 3) for name in case.names_like(RATE)}
    gentler: dict[str, Parameter] = {name: parameter for name, parameter in changes.items() if parameter is not None}
    return case.with_space(gentler, "One class swallowed the others: a gentler learning rate.") if gentler else None


def _weighted_loss(case: Case) -> Correction | None:
    """`nn.CrossEntropyLoss()` in train_model becomes weighted by the classes' frequency in y_train."""
    losses = [call for call in case.source.calls("CrossEntropyLoss") if not call.args and not call.keywords]
    classes = case.request.function.data_profile.num_classes
    if not losses or not classes or "y_train" not in case.code:
        return None
    weight = (
        f"weight=(len(y_train) / ({classes} * torch.bincount(y_train.detach().cpu().long(), minlength={classes})"
        ".clamp(min=1))).sqrt().clamp(0.25, 4.0).to(device)"
    )
    code = case.source.replaced([(call, f"{case.source.segment(call.func)}({weight})") for call in losses])
    return case.with_code(code, "One class swallowed the others: rare classes weigh more in the loss.")


def size_exceeded(case: Case) -> Correction | None:
    """Eight bits first; then widths, by the root of how much too large the model is."""
    found = SIZE_EXCEEDED.search(case.message)
    if not found:
        return None
    now, limit = float(found["now"]), float(found["limit"])
    if now <= limit:
        return None
    bits = case.value("quantization_bits")
    changes: dict[str, Parameter] = {}
    if bits in (16, 32) and "quantization_bits" in case.space:
        fits = [width for width in (8, 16) if now * width / float(bits) <= 0.95 * limit]
        kept = max(fits, default=8)
        changes["quantization_bits"] = CategoricalParameter(default=kept, categories=[w for w in (8, 16) if w <= kept])
        now *= kept / float(bits)
    elif "quantization_bits" not in case.space:
        changes["quantization_bits"] = CategoricalParameter(default=8, categories=[8])
        now /= 4
    if now > 0.95 * limit:
        changes |= case.scaled(SIZE, 0.9 * (limit / now) ** 0.5)
    return case.with_space(changes, f"The model was too large for {limit:g} KB: fewer bits, and then fewer units.")


def too_few_rows(case: Case) -> Correction | None:
    """An empty epoch: the batch is larger than the data."""
    changes = case.scaled(BATCH, 0.25) if EMPTY_EPOCH.search(case.message) else {}
    return case.with_space(changes, "An epoch had no batch: smaller batches.") if changes else None
