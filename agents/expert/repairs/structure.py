"""Sizes that must divide each other, and tables that are too short."""

import ast
import math
import re

from agents.contracts import Correction
from agents.expert.repairs.case import Case
from agents.expert.repairs.source import Edit, Source, argument, last_name, number
from runtime.search_space import CategoricalParameter, HyperparameterValue, Parameter

DIVIDES = re.compile(
    r"must be divisible by|not divisible by|divisib|% ?n?_?heads|heads.*(divide|multiple)", re.IGNORECASE
)
INDEX = re.compile(r"index out of range in self|index \d+ is out of bounds|IndexError.*embedding", re.IGNORECASE)
HEADS = re.compile(r"(^|_)n?_?(num_)?heads?$|nhead", re.IGNORECASE)
WIDTHS = re.compile(r"embed|d_model|hidden|width|(^|_)dim$|model_dim", re.IGNORECASE)
PATCH = re.compile(r"patch", re.IGNORECASE)
GROUPED = {
    "MultiheadAttention": (0, "embed_dim", 1, "num_heads"),
    "TransformerEncoderLayer": (0, "d_model", 1, "nhead"),
    "TransformerDecoderLayer": (0, "d_model", 1, "nhead"),
    "GroupNorm": (1, "num_channels", 0, "num_groups"),
}


def heads_divide_width(case: Case) -> Correction | None:
    """Widths become multiples of every head count; without such hyperparameters the code takes a common divisor."""
    if not DIVIDES.search(case.message) and case.kind != "ConstraintError":
        return None
    patches = _patches(case)
    if patches is not None:
        return patches
    heads = [name for name in case.names_like(HEADS) if "dim" not in name]
    widths = [name for name in case.names_like(WIDTHS) if name not in heads and "head" not in name]
    if heads and widths:
        return case.with_space(
            _aligned(case, heads[0], widths), "The number of heads must divide the width: both are aligned."
        )
    return _common_divisor(case)


def _aligned(case: Case, heads: str, widths: list[str]) -> dict[str, Parameter]:
    """Head counts that are powers of two, and widths that are multiples of the largest of them."""
    counts = [count for count in (1, 2, 4, 8) if count <= max(2, int(case.value(heads) or 2))]
    changes: dict[str, Parameter] = {heads: CategoricalParameter(default=counts[-1], categories=[*counts])}
    for name in widths:
        step = counts[-1]
        value = max(step, round(int(case.value(name) or step) / step) * step)
        options: list[HyperparameterValue] = [*sorted({max(step, value // 2 // step * step), value, 2 * value})]
        changes[name] = CategoricalParameter(default=value, categories=options)
    return changes


def _patches(case: Case) -> Correction | None:
    """Patch sizes that divide the length of a sample."""
    names = case.names_like(PATCH)
    if not names:
        return None
    length = case.request.function.data_profile.input_shape[-1]
    now = int(case.value(names[0]) or 1)
    divisors = [size for size in range(1, length + 1) if length % size == 0 and size <= max(2 * now, 2)][-4:]
    best = min(divisors, key=lambda size: abs(size - now))
    change = CategoricalParameter(default=best, categories=[*divisors])
    return case.with_space(
        {names[0]: change}, f"A patch must divide the length {length}: {', '.join(map(str, divisors))} do."
    )


def _common_divisor(case: Case) -> Correction | None:
    """`heads` becomes gcd(width, heads), which always divides."""
    edits: list[Edit] = []
    for call in case.source.calls(*GROUPED):
        wide_place, wide_name, many_place, many_name = GROUPED[last_name(call.func)]
        wide, many = argument(call, wide_place, wide_name), argument(call, many_place, many_name)
        if wide is None or many is None:
            continue
        values = number(wide), number(many)
        if values[0] is not None and values[1] is not None:
            edits.append((many, str(math.gcd(values[0], values[1]))))
        elif "gcd" not in case.source.segment(many):
            edits.append((many, f"math.gcd(int({case.source.segment(wide)}), int({case.source.segment(many)}))"))
    code = case.source.replaced(edits)
    if "math.gcd" in code and "import math" not in code:
        code = Source.read(code).with_import("import math")
    return case.with_code(code, "The number of heads or groups must divide the width: their common divisor is taken.")


def short_table(case: Case) -> Correction | None:
    """An embedding with fewer rows than there are tokens."""
    if not INDEX.search(case.message):
        return None
    profile = case.request.function.data_profile
    calls = case.source.calls("Embedding")
    if not calls or not profile.vocabulary_size:
        return None
    chosen = [call for call in calls if (number(argument(call, 0, "num_embeddings")) or 0) < profile.vocabulary_size][
        :1
    ]
    edits: list[Edit] = []
    for call in chosen:
        rows = argument(call, 0, "num_embeddings")
        if rows is not None:
            edits.append((rows, str(profile.vocabulary_size)))
    return case.with_code(
        case.source.replaced(edits), f"The embedding has a row for each of {profile.vocabulary_size} tokens."
    )


def in_place(case: Case) -> Correction | None:
    """In-place operations that the backward pass can't undo."""
    if (
        "modified by an inplace operation" not in case.message
        and "leaf Variable that requires grad" not in case.message
    ):
        return None
    edits: list[Edit] = []
    for node in case.source.nodes():
        if isinstance(node, ast.keyword) and node.arg == "inplace":
            edits.append((node, "inplace=False"))
    for function in case.source.functions("forward"):
        for node in ast.walk(function):
            if isinstance(node, ast.AugAssign) and isinstance(node.target, ast.Name):
                sign = {ast.Add: "+", ast.Sub: "-", ast.Mult: "*", ast.Div: "/"}.get(type(node.op))
                if sign:
                    name = node.target.id
                    edits.append((node, f"{name} = {name} {sign} ({case.source.segment(node.value)})"))
    return case.with_code(case.source.replaced(edits), "In-place operations are written out of place.")
