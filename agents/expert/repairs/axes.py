"""Axes that are missing or too many, and axes that shrink to nothing."""

import ast
import math
import re

from agents.contracts import Correction
from agents.expert.repairs.case import Case, lowered
from agents.expert.repairs.layers import CONVOLUTIONS, as_profiled, at_start_of_forward, with_keyword
from agents.expert.repairs.source import Edit, argument, number
from runtime.search_space import Parameter

AXES = re.compile(r"Expected .* input to (conv[123]d|max_pool\dd|batch_norm).*got input of size: \[([\d, ]+)\]")
VIEW = re.compile(r"shape '\[[-\d, ]+\]' is invalid for input of size|view size is not compatible")
BATCHES = re.compile(r"Expected input batch_size \((\d+)\) to match target batch_size \((\d+)\)")
KERNEL = re.compile(
    r"Kernel size can't be greater than actual input size|Output size is too small|output size is too small"
)
ONE_VALUE = re.compile(r"Expected more than 1 value per channel")
POOLS = ("MaxPool1d", "MaxPool2d", "AvgPool1d", "AvgPool2d", "max_pool1d", "max_pool2d", "avg_pool1d", "avg_pool2d")


def missing_axis(case: Case) -> Correction | None:
    """A convolution or pooling that was given too few or too many axes."""
    found = AXES.search(case.message)
    if not found:
        return None
    axes = len(found[2].split(","))
    wanted = {"conv1d": 3, "conv2d": 4, "conv3d": 5, "max_pool1d": 3, "max_pool2d": 4}.get(found[1], 3)
    if len(case.request.function.data_profile.input_shape) == wanted - 1 and axes < wanted:
        return as_profiled(case)
    if axes == wanted - 1:
        return at_start_of_forward(case, "{x} = {x}.unsqueeze(1)", "The channel axis was missing: it is added.")
    if axes == 2 and wanted == 4:
        features = case.request.function.data_profile.feature_count
        side = math.isqrt(features)
        line = f"{{x}} = {{x}}.reshape({{x}}.shape[0], 1, {side}, {side})"
        if side * side == features:
            return at_start_of_forward(case, line, f"The features are read as an image of {side} x {side}.")
    if axes == wanted + 1:
        return at_start_of_forward(case, "{x} = {x}.flatten(1, 2)", "There was an axis too many: two are joined.")
    return None


def bad_view(case: Case) -> Correction | None:
    """`view` with sizes that don't fit becomes flatten, or reshape where only the memory order is wrong."""
    mismatch = BATCHES.search(case.message)
    if not VIEW.search(case.message) and not mismatch:
        return None
    calls = [call for call in case.source.calls("view", "reshape") if isinstance(call.func, ast.Attribute)]
    here = calls if mismatch else [call for call in calls if call.lineno in case.lines] or calls
    edits: list[Edit] = []
    for call in here:
        owner = case.source.segment(call.func.value) if isinstance(call.func, ast.Attribute) else ""
        if "not compatible" in case.message:
            edits.append((call, f"{owner}.reshape({', '.join(case.source.segment(one) for one in call.args)})"))
        elif len(call.args) == 2:
            edits.append((call, f"{owner}.flatten(1)"))
    return case.with_code(case.source.replaced(edits), "The reshape did not keep one row a sample: corrected.")


def too_small(case: Case) -> Correction | None:
    """Kernels and pools larger than what is left: padded convolutions and pools that round up; then less depth."""
    if not KERNEL.search(case.message):
        return None
    edits: list[Edit] = []
    for call in case.source.calls(*CONVOLUTIONS):
        if not any(word.arg in ("padding", "stride") for word in call.keywords) and len(call.args) <= 3:
            kernel = argument(call, 2, "kernel_size")
            size = case.source.segment(kernel) if kernel is not None else "3"
            edits.append(
                (
                    call,
                    with_keyword(
                        case,
                        call,
                        f"padding={size} // 2" if number(kernel) is None else f"padding={(number(kernel) or 3) // 2}",
                    ),
                )
            )
    for call in case.source.calls(*POOLS):
        if not any(word.arg == "ceil_mode" for word in call.keywords):
            edits.append((call, with_keyword(case, call, "ceil_mode=True")))
    mended = case.with_code(
        case.source.replaced(edits), "The signal shrank to nothing: convolutions are padded, pools round up."
    )
    if mended is not None:
        return mended
    changes: dict[str, Parameter] = {}
    for name in case.names_like(re.compile(r"kernel|depth|layers|blocks|pool", re.IGNORECASE)):
        moved = lowered(case.space[name], float(case.value(name) or 1) - 1)
        if moved is not None:
            changes[name] = moved
    return case.with_space(changes, "The signal shrank to nothing: fewer and smaller kernels.") if changes else None


def one_row_batch(case: Case) -> Correction | None:
    """A last batch of one row breaks batch norm: it is dropped, or the norm does without other rows."""
    if not ONE_VALUE.search(case.message):
        return None
    loaders = [c for c in case.source.calls("DataLoader") if not any(word.arg == "drop_last" for word in c.keywords)]
    edits: list[Edit] = [(call, with_keyword(case, call, "drop_last=True")) for call in loaders[:1]]
    if not edits:
        edits = [(call.func, "torch.nn.LayerNorm") for call in case.source.calls("BatchNorm1d")]
    return case.with_code(case.source.replaced(edits), "A batch held one row: the last, smaller batch is dropped.")
