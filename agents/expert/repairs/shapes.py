"""Layers of the wrong width: features, channels, recurrences, norms, outputs."""

import ast
import re

from agents.contracts import Correction
from agents.expert.families.family import outputs
from agents.expert.repairs.case import Case
from agents.expert.repairs.layers import CONVOLUTIONS, argument_edits, as_profiled, at_start_of_forward, layer_at
from agents.expert.repairs.source import Edit, argument, last_name, number

MATRICES = re.compile(r"mat1 and mat2 shapes cannot be multiplied \((\d+)x(\d+) and (\d+)x(\d+)\)")
CHANNELS = re.compile(
    r"weight of size \[([\d, ]+)\], expected input\[([\d, ]+)\] to have (\d+) channels, but got (\d+) channels"
)
RECURRENT = re.compile(r"input.size\(-1\) must be equal to input_size. Expected (\d+), got (\d+)")
NORM_AXES = re.compile(r"expected (2D or 3D|4D|3D) input \(got (\d)D input\)")
FEATURES = re.compile(
    r"running_mean should contain (\d+) elements not (\d+)|normalized_shape=\[(\d+)\].*got input of size\[.*?(\d+)\]"
)
LABEL = re.compile(r"Target (-?\d+) is out of bounds|label.* out of range|class.* out of range", re.IGNORECASE)


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
    chosen = exact or narrow or layer_at(case, ("Linear",))
    edits = argument_edits(chosen[:1], 0, "in_features", came)
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
        return at_start_of_forward(
            case, "{x} = {x}.transpose(1, 2)", "Channels come before steps: the axes are swapped back."
        )
    if int(found[2].split(",")[0]) == 1 and came not in shape and expected == 1:
        return as_profiled(case)
    calls = case.source.calls(*CONVOLUTIONS)
    exact = [
        c
        for c in calls
        if number(argument(c, 0, "in_channels")) == expected and number(argument(c, 1, "out_channels")) == weight[0]
    ]
    chosen = (
        exact or layer_at(case, CONVOLUTIONS) or [c for c in calls if number(argument(c, 0, "in_channels")) == expected]
    )
    edits = argument_edits(chosen[:1], 0, "in_channels", came)
    return case.with_code(case.source.replaced(edits), f"The convolution expected {expected} channels and {came} came.")


def recurrent_width(case: Case) -> Correction | None:
    """An LSTM or GRU whose input size is not the last axis: swap the axes, or take the size from the message."""
    found = RECURRENT.search(case.message)
    if not found:
        return None
    expected, came = int(found[1]), int(found[2])
    shape = case.request.function.data_profile.input_shape
    if len(shape) == 2 and (expected, came) == (shape[0], shape[1]):
        return at_start_of_forward(case, "{x} = {x}.transpose(1, 2)", "A recurrence reads (rows, steps, channels).")
    calls = case.source.calls("LSTM", "GRU", "RNN", "LSTMCell", "GRUCell")
    exact = [call for call in calls if number(argument(call, 0, "input_size")) == expected] or calls
    edits = argument_edits(exact[:1], 0, "input_size", came)
    return case.with_code(case.source.replaced(edits), f"The recurrence expected {expected} features and {came} came.")


def norm_width(case: Case) -> Correction | None:
    """A normalisation built for another number of features, or for other axes."""
    axes = NORM_AXES.search(case.message)
    if axes:
        right = {"2": "BatchNorm1d", "3": "BatchNorm1d", "4": "BatchNorm2d"}.get(axes[2])
        layers = layer_at(case, ("BatchNorm1d", "BatchNorm2d")) or case.source.calls("BatchNorm1d", "BatchNorm2d")[:1]
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
    chosen = layer_at(case, ("BatchNorm1d", "BatchNorm2d", "LayerNorm")) or calls[:1]
    edits = []
    for call in chosen[:1]:
        have = number(call.args[0]) if call.args else None
        if have in values:
            edits.append((call.args[0], str(values[have])))
    return case.with_code(case.source.replaced(edits), "The norm was built for another number of features.")


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
        edits = argument_edits(heads[-1:], 1, "out_features", classes)
    return case.with_code(case.source.replaced(edits), f"There are {classes} classes: the last layer answers for each.")
