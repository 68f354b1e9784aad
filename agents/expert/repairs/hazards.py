"""Where numbers stop being numbers: roots, logarithms and quotients of zero, weights that begin large."""

import ast
import re

from agents.contracts import Correction
from agents.expert.repairs.case import Case
from agents.expert.repairs.source import Edit, argument, last_name

NAN = re.compile(r"\bnan\b", re.IGNORECASE)
DIVERGED = re.compile(r"\b(nan|inf(inite)?)\b|diverge", re.IGNORECASE)
SPREAD = re.compile(r"\.(std|var|norm)\(")
GUARDED = re.compile(r"clamp|eps|1e-|maximum")
REDUCED = re.compile(r"\.(sum|pow|mean|var|square)\(")
PLAIN_OWNERS = ("math", "np", "numpy")
LEAST = {"log": "1e-8", "log2": "1e-8", "log10": "1e-8", "sqrt": "1e-12", "rsqrt": "1e-12"}
LARGE_STD, LARGE_BOUND = 0.3, 0.5
SOFTER = 10


def unguarded(case: Case) -> Correction | None:
    """Every logarithm, root, quotient and mask that makes NaN of a zero gets a small distance from it.

    Numbers that were sound for an epoch went wrong by the learning rate more likely: that is tried before.
    """
    if not NAN.search(case.message) or not ("[0] is nan" in case.message or case.times_tried("bo_config")):
        return None
    edits: list[Edit] = []
    for node in case.source.nodes():
        if isinstance(node, ast.Call):
            edits += _logarithm_or_root(case, node)
            edits += [(node, "-1e9")] if _is_minus_infinity(case, node) else []
        elif isinstance(node, ast.BinOp):
            edits += _power_or_quotient(case, node)
        elif isinstance(node, ast.UnaryOp | ast.Attribute) and _is_minus_infinity(case, node):
            edits.append((node, "-1e9"))
    explanation = "A root, logarithm, mask or quotient of zero is no number: each keeps a small distance from it now."
    return case.with_code(case.source.replaced(edits), explanation)


def large_start(case: Case) -> Correction | None:
    """Weights that are drawn by hand, and widely, begin ten times smaller."""
    if not DIVERGED.search(case.message):
        return None
    edits: list[Edit] = []
    for call in case.source.calls("normal_", "uniform_"):
        place, name, large = (2, "std", LARGE_STD) if last_name(call.func) == "normal_" else (2, "b", LARGE_BOUND)
        on_tensor = isinstance(call.func, ast.Attribute) and last_name(call.func.value) != "init"
        wide = argument(call, place - on_tensor, name)
        if isinstance(wide, ast.Constant) and isinstance(wide.value, int | float) and wide.value > large:
            edits.append((wide, f"{wide.value / SOFTER:g}"))
            low = argument(call, 1 - on_tensor, "a") if name == "b" else None
            edits += [(low, f"({case.source.segment(low)}) / {SOFTER}")] if low is not None else []
    return case.with_code(case.source.replaced(edits), "The weights began too large: ten times smaller.")


def _logarithm_or_root(case: Case, call: ast.Call) -> list[Edit]:
    least = {"log": "1e-8", "log2": "1e-8", "log10": "1e-8", "sqrt": "1e-12", "rsqrt": "1e-12"}.get(
        last_name(call.func)
    )
    if least is None or not isinstance(call.func, ast.Attribute):
        return []
    owner = call.func.value
    if isinstance(owner, ast.Name) and owner.id in PLAIN_OWNERS:
        return []
    inner = owner if not call.args else call.args[0]
    text = case.source.segment(inner)
    return [] if GUARDED.search(text) else [(inner, f"({text}).clamp(min={least})")]


def _power_or_quotient(case: Case, node: ast.BinOp) -> list[Edit]:
    if isinstance(node.op, ast.Pow) and isinstance(node.right, ast.Constant) and node.right.value == 0.5:
        text = case.source.segment(node.left)
        wants = REDUCED.search(text) and not GUARDED.search(text)
        return [(node.left, f"({text}).clamp(min=1e-12)")] if wants else []
    if isinstance(node.op, ast.Div):
        text = case.source.segment(node.right)
        made = f"{text} {_definition(case, node.right)}"
        wants = SPREAD.search(made) and not GUARDED.search(made)
        return [(node.right, f"({text} + 1e-4)")] if wants else []
    return []


def _definition(case: Case, node: ast.expr) -> str:
    """What a name or an attribute of `self` is made of, or ""."""
    name = last_name(node)
    for other in case.source.nodes():
        if isinstance(other, ast.Assign) and name and any(last_name(target) == name for target in other.targets):
            return case.source.segment(other.value)
        if isinstance(other, ast.Call) and last_name(other.func) == "register_buffer" and len(other.args) > 1:
            stored = other.args[0]
            if isinstance(stored, ast.Constant) and stored.value == name:
                return case.source.segment(other.args[1])
    return ""


def _is_minus_infinity(case: Case, node: ast.expr) -> bool:
    text = case.source.segment(node).replace("'", '"').replace(" ", "")
    return text in ('float("-inf")', '-float("inf")', "-torch.inf", "-math.inf", "-np.inf", "-numpy.inf")
