"""Tensors whose shapes don't meet: layers of the wrong width, axes that are missing or swapped."""

import ast
import math
import re

from agents.contracts import Correction
from agents.expert.families.family import outputs
from agents.expert.repairs.case import Case, lowered
from agents.expert.repairs.source import Edit, argument, first_body_statement, last_name, number, parameters
from runtime.search_space import Parameter

MATRICES = re.compile(r"mat1 and mat2 shapes cannot be multiplied \((\d+)x(\d+) and (\d+)x(\d+)\)")
CHANNELS = re.compile(
    r"weight of size \[([\d, ]+)\], expected input\[([\d, ]+)\] to have (\d+) channels, but got (\d+) channels"
)
AXES = re.compile(r"Expected .* input to (conv[123]d|max_pool\dd|batch_norm).*got input of size: \[([\d, ]+)\]")
RECURRENT = re.compile(r"input.size\(-1\) must be equal to input_size. Expected (\d+), got (\d+)")
NORM_AXES = re.compile(r"expected (2D or 3D|4D|3D) input \(got (\d)D input\)")
FEATURES = re.compile(
    r"running_mean should contain (\d+) elements not (\d+)|normalized_shape=\[(\d+)\].*got input of size\[.*?(\d+)\]"
)
VIEW = re.compile(r"shape '\[[-\d, ]+\]' is invalid for input of size|view size is not compatible")
BATCHES = re.compile(r"Expected input batch_size \((\d+)\) to match target batch_size \((\d+)\)")
LABEL = re.compile(r"Target (-?\d+) is out of bounds|label.* out of range|class.* out of range", re.IGNORECASE)
KERNEL = re.compile(
    r"Kernel size can't be greater than actual input size|Output size is too small|output size is too small"
)
ONE_VALUE = re.compile(r"Expected more than 1 value per channel")
CONVOLUTIONS = ("Conv1d", "Conv2d", "Conv3d", "LazyConv1d", "LazyConv2d")
POOLS = ("MaxPool1d", "MaxPool2d", "AvgPool1d", "AvgPool2d", "max_pool1d", "max_pool2d", "avg_pool1d", "avg_pool2d")


def linear_width(case: Case) -> Correction | None:
    """A Linear layer of the wrong width: flatten what comes in, or take the width from the message."""
    found = MATRICES.search(case.message)
    if not found:
        return None
    rows, came, expected, out = (int(group) for group in found.groups())
    unflattened = rows != case.value("batch_size") and expected % came == 0 and expected > came
    if unflattened and (flattened := _flattened(case)) is not None:
        return flattened
    calls = case.source.calls("Linear")
    narrow = [call for call in calls if number(argument(call, 0, "in_features")) == expected]
    exact = [call for call in narrow if number(argument(call, 1, "out_features")) == out]
    chosen = exact or narrow or _layer_at(case, ("Linear",))
    edits = _argument_edits(chosen[:1], 0, "in_features", came)
    explanation = f"The layer expected {expected} features and {came} came: it is built for {came}."
    return case.with_code(case.source.replaced(edits), explanation)


def _flattened(case: Case) -> Correction | None:
    """What a layer reads on the failing line, flattened to one row a sample; a view that splits rows goes first."""
    views = [
        call
        for call in case.source.calls("view", "reshape")
        if len(call.args) == 2 and number(call.args[1]) is not None
    ]
    edits: list[Edit] = [
        (call, f"{case.source.segment(call.func.value)}.flatten(1)")
        for call in views
        if isinstance(call.func, ast.Attribute)
    ]
    if edits:
        return case.with_code(case.source.replaced(edits), "The reshape did not keep one row a sample: corrected.")
    for node in case.source.nodes():
        called = isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.lineno == case.line
        if called and isinstance(node, ast.Call) and _owner_is_self(node) and len(node.args) == 1:
            text = case.source.segment(node.args[0])
            if not text.endswith(".flatten(1)"):
                edits.append((node.args[0], f"{text}.flatten(1)" if text.isidentifier() else f"({text}).flatten(1)"))
    code = case.source.replaced(edits[-1:])
    return case.with_code(code, "The layer reads whole samples: they are flattened first.")


def _owner_is_self(call: ast.Call) -> bool:
    owner = call.func.value if isinstance(call.func, ast.Attribute) else None
    return isinstance(owner, ast.Name) and owner.id == "self"


def convolution_channels(case: Case) -> Correction | None:
    """A missing channel axis, swapped axes, or a convolution built for other channels."""
    found = CHANNELS.search(case.message)
    if not found:
        return None
    weight = [int(size) for size in found[1].split(",")]
    expected, came = int(found[3]), int(found[4])
    shape = case.request.function.data_profile.input_shape
    if len(shape) == 2 and expected == shape[0] and came == shape[1]:
        return _at_start_of_forward(
            case, "{x} = {x}.transpose(1, 2)", "Channels come before steps: the axes are swapped back."
        )
    if int(found[2].split(",")[0]) == 1 and came not in shape and expected == 1:
        return _as_profiled(case)
    calls = case.source.calls(*CONVOLUTIONS)
    exact = [
        c
        for c in calls
        if number(argument(c, 0, "in_channels")) == expected and number(argument(c, 1, "out_channels")) == weight[0]
    ]
    chosen = (
        exact
        or _layer_at(case, CONVOLUTIONS)
        or [c for c in calls if number(argument(c, 0, "in_channels")) == expected]
    )
    edits = _argument_edits(chosen[:1], 0, "in_channels", came)
    return case.with_code(case.source.replaced(edits), f"The convolution expected {expected} channels and {came} came.")


def _as_profiled(case: Case) -> Correction | None:
    """Samples take the shape that the profile gives them, whatever axes were lost on the way."""
    sizes = ", ".join(str(size) for size in case.request.function.data_profile.input_shape)
    line = f"{{x}} = {{x}}.reshape({{x}}.shape[0], {sizes})"
    return _at_start_of_forward(case, line, f"An axis was missing: samples have the shape ({sizes}).")


def missing_axis(case: Case) -> Correction | None:
    """A convolution or pooling that was given too few or too many axes."""
    found = AXES.search(case.message)
    if not found:
        return None
    axes = len(found[2].split(","))
    wanted = {"conv1d": 3, "conv2d": 4, "conv3d": 5, "max_pool1d": 3, "max_pool2d": 4}.get(found[1], 3)
    if len(case.request.function.data_profile.input_shape) == wanted - 1 and axes < wanted:
        return _as_profiled(case)
    if axes == wanted - 1:
        return _at_start_of_forward(case, "{x} = {x}.unsqueeze(1)", "The channel axis was missing: it is added.")
    if axes == 2 and wanted == 4:
        features = case.request.function.data_profile.feature_count
        side = math.isqrt(features)
        line = f"{{x}} = {{x}}.reshape({{x}}.shape[0], 1, {side}, {side})"
        if side * side == features:
            return _at_start_of_forward(case, line, f"The features are read as an image of {side} x {side}.")
    if axes == wanted + 1:
        return _at_start_of_forward(case, "{x} = {x}.flatten(1, 2)", "There was an axis too many: two are joined.")
    return None


def recurrent_width(case: Case) -> Correction | None:
    """An LSTM or GRU whose input size is not the last axis: swap the axes, or take the size from the message."""
    found = RECURRENT.search(case.message)
    if not found:
        return None
    expected, came = int(found[1]), int(found[2])
    shape = case.request.function.data_profile.input_shape
    if len(shape) == 2 and (expected, came) == (shape[0], shape[1]):
        return _at_start_of_forward(case, "{x} = {x}.transpose(1, 2)", "A recurrence reads (rows, steps, channels).")
    calls = case.source.calls("LSTM", "GRU", "RNN", "LSTMCell", "GRUCell")
    exact = [call for call in calls if number(argument(call, 0, "input_size")) == expected] or calls
    edits = _argument_edits(exact[:1], 0, "input_size", came)
    return case.with_code(case.source.replaced(edits), f"The recurrence expected {expected} features and {came} came.")


def norm_width(case: Case) -> Correction | None:
    """A normalisation built for another number of features, or for other axes."""
    axes = NORM_AXES.search(case.message)
    if axes:
        right = {"2": "BatchNorm1d", "3": "BatchNorm1d", "4": "BatchNorm2d"}.get(axes[2])
        layers = _layer_at(case, ("BatchNorm1d", "BatchNorm2d")) or case.source.calls("BatchNorm1d", "BatchNorm2d")[:1]
        if right is None:
            return None
        edits: list[Edit] = [(call.func, f"torch.nn.{right}") for call in layers]
        return case.with_code(case.source.replaced(edits), f"{right} is the norm for {axes[2]} axes.")
    found = FEATURES.search(case.message)
    if not found:
        return None
    wrong, came = (int(found[2]), int(found[1])) if found[1] else (int(found[3]), int(found[4]))
    calls = [
        c
        for c in case.source.calls("BatchNorm1d", "BatchNorm2d", "LayerNorm")
        if number(argument(c, 0, "num_features")) in (wrong, came)
    ]
    values = {wrong: came, came: wrong}
    chosen = _layer_at(case, ("BatchNorm1d", "BatchNorm2d", "LayerNorm")) or calls[:1]
    edits = []
    for call in chosen[:1]:
        have = number(call.args[0]) if call.args else None
        if have in values:
            edits.append((call.args[0], str(values[have])))
    return case.with_code(case.source.replaced(edits), "The norm was built for another number of features.")


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


def output_width(case: Case) -> Correction | None:
    """Labels beyond the last layer's width: build it for the profile's classes."""
    if not LABEL.search(case.message):
        return None
    classes = outputs(case.request.function.data_profile)
    named = [
        node
        for node in case.source.nodes()
        if isinstance(node, ast.Assign)
        and re.search(r"class|n_out|output", last_name(node.targets[0]), re.IGNORECASE)
        and number(node.value) is not None
    ]
    edits: list[Edit] = [(node.value, str(classes)) for node in named]
    if not edits:
        heads = [call for call in case.source.calls("Linear") if number(argument(call, 1, "out_features")) is not None]
        edits = _argument_edits(heads[-1:], 1, "out_features", classes)
    return case.with_code(case.source.replaced(edits), f"There are {classes} classes: the last layer answers for each.")


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
                    _with_keyword(
                        case,
                        call,
                        f"padding={size} // 2" if number(kernel) is None else f"padding={(number(kernel) or 3) // 2}",
                    ),
                )
            )
    for call in case.source.calls(*POOLS):
        if not any(word.arg == "ceil_mode" for word in call.keywords):
            edits.append((call, _with_keyword(case, call, "ceil_mode=True")))
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
    edits: list[Edit] = [(call, _with_keyword(case, call, "drop_last=True")) for call in loaders[:1]]
    if not edits:
        edits = [(call.func, "torch.nn.LayerNorm") for call in case.source.calls("BatchNorm1d")]
    return case.with_code(case.source.replaced(edits), "A batch held one row: the last, smaller batch is dropped.")


def _with_keyword(case: Case, call: ast.Call, keyword: str) -> str:
    parts = [case.source.segment(value) for value in call.args] + [case.source.segment(word) for word in call.keywords]
    return f"{case.source.segment(call.func)}({', '.join([*parts, keyword])})"


def _argument_edits(calls: list[ast.Call], place: int, name: str, value: int) -> list[Edit]:
    found = [argument(call, place, name) for call in calls]
    return [(node, str(value)) for node in found if node is not None]


def _layer_at(case: Case, kinds: tuple[str, ...]) -> list[ast.Call]:
    """The one layer of these kinds behind `self.name(...)` on the innermost failing line."""
    for line in reversed(case.lines):
        names = {
            node.func.attr
            for node in case.source.nodes()
            if isinstance(node, ast.Call)
            and isinstance(node.func, ast.Attribute)
            and node.lineno == line
            and isinstance(node.func.value, ast.Name)
            and node.func.value.id == "self"
        }
        found = [
            inner
            for node in case.source.nodes()
            if isinstance(node, ast.Assign) and last_name(node.targets[0]) in names
            for inner in ast.walk(node.value)
            if isinstance(inner, ast.Call) and last_name(inner.func) in kinds
        ]
        if len(found) == 1:
            return found
    return []


def _at_start_of_forward(case: Case, line: str, explanation: str) -> Correction | None:
    """A line at the top of the failing class's `forward` (the last one defined where the line says nothing)."""
    forwards = case.source.functions("forward")
    outermost = [f for f in forwards for line_number in case.lines if f.lineno <= line_number <= (f.end_lineno or 0)]
    chosen = outermost[:1] or forwards[-1:]
    if not chosen or len(parameters(chosen[0])) < 2:
        return None
    written = line.format(x=parameters(chosen[0])[1])
    start = first_body_statement(chosen[0])
    if case.source.segment(start) == written:  # it was done already, and once too often
        return case.with_code(case.source.without(start), explanation)
    return case.with_code(case.source.with_lines_before(start, [written]), explanation)
