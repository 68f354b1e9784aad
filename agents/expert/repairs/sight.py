"""What a model must not see when it answers: other rows, the tokens to come, the labels."""

import ast
import re
from collections.abc import Iterator

from agents.contracts import Correction
from agents.expert.repairs.case import Case
from agents.expert.repairs.layers import guarded, with_keyword
from agents.expert.repairs.source import Edit, Source, last_name, parameters

MIXED_ROWS = re.compile(r"changes with the other rows of its batch")
AHEAD = re.compile(r"the model looks ahead")
WANTED = re.compile(r"(\w+)\.forward\(\) missing \d+ required positional arguments?: (.+)")
BATCHED = ("TransformerEncoderLayer", "TransformerDecoderLayer", "MultiheadAttention", "LSTM", "GRU", "RNN")
MASKS = {"TransformerEncoder": "mask", "TransformerEncoderLayer": "src_mask", "MultiheadAttention": "attn_mask"}
ARGUMENTS = {"TransformerEncoder": 1, "TransformerEncoderLayer": 1, "MultiheadAttention": 3}
NORMS = {1: "BatchNorm1d", 2: "BatchNorm1d", 3: "BatchNorm2d"}
"""By the axes of a sample; the first is normalised."""
STDS = ("std", "var")


def rows_mixed(case: Case) -> Correction | None:
    """The batch is the first axis everywhere, and statistics are those of training."""
    if not MIXED_ROWS.search(case.message):
        return None
    edits: list[Edit] = [
        (call, with_keyword(case, call, "batch_first=True"))
        for call in case.source.calls(*BATCHED)
        if not any(word.arg == "batch_first" for word in call.keywords)
    ]
    edits += [(word, "track_running_stats=True") for word in _keywords(case, "track_running_stats")]
    if code := case.with_code(case.source.replaced(edits), "The batch is the first axis of attention and recurrence."):
        return code
    return _running_statistics(case)


def _keywords(case: Case, name: str) -> Iterator[ast.keyword]:
    return (node for node in case.source.nodes() if isinstance(node, ast.keyword) and node.arg == name)


def _running_statistics(case: Case) -> Correction | None:
    """`x = (x - x.mean(0)) / x.std(0)` in a forward becomes a batch norm, which keeps the statistics of training."""
    shape = case.request.function.data_profile.input_shape
    for owner in (node for node in case.source.nodes() if isinstance(node, ast.ClassDef)):
        methods = {node.name: node for node in owner.body if isinstance(node, ast.FunctionDef)}
        forward, start = methods.get("forward"), methods.get("__init__")
        if forward is None or start is None or len(parameters(forward)) < 2 or len(shape) not in NORMS:
            continue
        x = parameters(forward)[1]
        values = [
            node.value
            for node in ast.walk(forward)
            if isinstance(node, ast.Assign) and _over_rows(node.value, x, ("mean",)) and _over_rows(node.value, x, STDS)
        ]
        begun = next((node for node in start.body if "super()" in case.source.segment(node)), None)
        if not values or begun is None:
            continue
        line = f"self.statistics = torch.nn.{NORMS[len(shape)]}({shape[0]}, affine=False)"
        code = Source.read(case.source.replaced([(value, f"self.statistics({x})") for value in values]))
        again = next(node for node in code.nodes() if isinstance(node, ast.stmt) and node.lineno == begun.lineno
                     and not isinstance(node, ast.FunctionDef))  # fmt: skip
        text = code.with_lines_after(again, [line])
        text = text if "import torch" in text else f"import torch\n{text}"
        return case.with_code(text, "Rows were normalised by those beside them: by the statistics of training now.")
    return None


def _over_rows(node: ast.expr, x: str, names: tuple[str, ...]) -> bool:
    """Whether an expression reduces the rows of `x`, its axis 0."""
    for call in ast.walk(node):
        if isinstance(call, ast.Call) and last_name(call.func) in names and isinstance(call.func, ast.Attribute):
            axes = [*call.args, *(word.value for word in call.keywords if word.arg in ("dim", "axis"))]
            about_x = last_name(call.func.value) == x
            if about_x and any(isinstance(axis, ast.Constant) and axis.value == 0 for axis in axes):
                return True
    return False


def looks_ahead(case: Case) -> Correction | None:
    """Attention gets a causal mask."""
    if not AHEAD.search(case.message):
        return None
    kinds = {
        last_name(node.targets[0]): last_name(node.value.func)
        for node in case.source.nodes()
        if isinstance(node, ast.Assign) and isinstance(node.value, ast.Call) and last_name(node.value.func) in MASKS
    }
    axis = 1 if "batch_first=True" in case.code else 0
    edits: list[Edit] = []
    for call in (node for node in case.source.nodes() if isinstance(node, ast.Call)):
        kind = kinds.get(last_name(call.func), "")
        if kind and len(call.args) == ARGUMENTS[kind] and not any("mask" in (w.arg or "") for w in call.keywords):
            x = case.source.segment(call.args[0])
            size = f"({x}).shape[{axis}]"
            mask = f'torch.triu(torch.full(({size}, {size}), float("-inf"), device=({x}).device), 1)'
            causal = ", is_causal=True" if kind == "TransformerEncoder" else ""
            edits.append((call, with_keyword(case, call, f"{MASKS[kind]}={mask}{causal}")))
        elif last_name(call.func) == "scaled_dot_product_attention" and len(call.args) == 3 and not call.keywords:
            edits.append((call, with_keyword(case, call, "is_causal=True")))
    return case.with_code(case.source.replaced(edits), "The model saw what it was to predict: attention is causal now.")


def wants_labels(case: Case) -> Correction | None:
    """A forward that asks for more than a row does without it when nobody gives it."""
    found = WANTED.search(case.message)
    if not found or case.phase not in ("measure", "export"):
        return None
    missing = set(re.findall(r"'(\w+)'", found[2]))
    owners = [node for node in case.source.nodes() if isinstance(node, ast.ClassDef) and node.name == found[1]]
    forwards = [
        one for owner in owners for one in owner.body if isinstance(one, ast.FunctionDef) and one.name == "forward"
    ]
    if not forwards:
        return None
    edits: list[Edit] = [
        (one, f"{case.source.segment(one)}=None") for one in forwards[0].args.args if one.arg in missing
    ]
    for statement in forwards[0].body:
        used = {node.id for node in ast.walk(statement) if isinstance(node, ast.Name)} & missing
        if not used:
            continue
        without = _without(case, statement, sorted(used))
        if without is None:
            return None
        edits.append((statement, without))
    return case.with_code(case.source.replaced(edits), f"Nobody gives {', '.join(sorted(missing))} to a model in use.")


def _without(case: Case, statement: ast.stmt, names: list[str]) -> str | None:
    """The statement, for when the names may be None; None when it can't be done without them."""
    given = " and ".join(f"{name} is not None" for name in names)
    if isinstance(statement, ast.Return) and isinstance(statement.value, ast.BinOp):
        sides = [statement.value.left, statement.value.right]
        free = [side for side in sides if not any(isinstance(n, ast.Name) and n.id in names for n in ast.walk(side))]
        if len(free) == 1 and isinstance(statement.value.op, ast.Add | ast.Sub):
            return f"return {case.source.segment(statement.value)} if {given} else {case.source.segment(free[0])}"
        return None
    if isinstance(statement, ast.AugAssign | ast.Expr):
        return guarded(case, statement, given)
    if isinstance(statement, ast.Assign) and isinstance(statement.targets[0], ast.Name):
        read = {node.id for node in ast.walk(statement.value) if isinstance(node, ast.Name)}
        return guarded(case, statement, given) if statement.targets[0].id in read else None
    return None
