"""Metrics under other names, or of other types than numbers."""

import ast
import re

from agents.contracts import Correction
from agents.expert.repairs.case import Case
from agents.expert.repairs.source import Edit, last_name

LACKS = re.compile(r"metrics lacks '(\w+)'")
NOT_A_LIST = re.compile(r"metrics\['(\w+)'\] must be a list")
NOT_A_NUMBER = re.compile(r"metrics\['(\w+)'\]\[\d+\] must be a number")
SYNONYMS = {
    "train_losses": ("train_loss", "training_loss", "training_losses", "loss", "losses", "train_loss_history"),
    "val_losses": ("val_loss", "validation_loss", "validation_losses", "valid_loss", "valid_losses"),
    "val_acc": (
        "val_accuracy", "val_accuracies", "val_accs", "validation_accuracy", "accuracy", "acc", "val_scores",
    ),
    "val_metric": ("val_r2", "r2", "val_metrics", "val_score", "perplexity"),
}  # fmt: skip


def missing_metric(case: Case) -> Correction | None:
    """A metric under another name, or kept in a list that was not handed over."""
    found = LACKS.search(case.message)
    if not found:
        return None
    wanted = found[1]
    keys = [node for node in case.source.nodes() if isinstance(node, ast.Constant) and node.value in SYNONYMS[wanted]]
    if keys:
        code = case.source.replaced([(node, f'"{wanted}"') for node in keys])
        return case.with_code(code, f"The metric {keys[0].value!r} is called {wanted}.")
    if renamed := _renamed_at_the_end(case, wanted):
        return renamed
    stored = {node.id for node in case.source.nodes() if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store)}
    kept = next((name for name in (wanted, *SYNONYMS[wanted]) if name in stored), None)
    dicts = [
        node.value
        for node in case.source.nodes()
        if isinstance(node, ast.Assign | ast.Return) and isinstance(node.value, ast.Dict | ast.Tuple)
    ]
    literals = [part for one in dicts for part in ast.walk(one) if isinstance(part, ast.Dict) and part.keys]
    if kept is None or not literals:
        return None
    text = case.source.segment(literals[-1]).rstrip("} \n").rstrip(",")
    code = case.source.replaced([(literals[-1], f'{text}, "{wanted}": {kept}}}')])
    return case.with_code(code, f"The metric {wanted} was kept and not handed over.")


def _renamed_at_the_end(case: Case, wanted: str) -> Correction | None:
    """Names that are put together while the program runs are put right where the metrics are returned."""
    ends = [name[name.index("_") :] for name in SYNONYMS[wanted] if "_" in name]
    made = [
        part.value
        for node in case.source.nodes()
        if isinstance(node, ast.JoinedStr)
        for part in node.values
        if isinstance(part, ast.Constant) and isinstance(part.value, str)
    ]
    returns = [node for one in case.source.functions("train_model") for node in ast.walk(one) if _is_pair(node)]
    if not any(text in ends for text in made) or not returns or "known.get" in case.code:
        return None
    edits: list[Edit] = []
    table = {other: name for name, others in SYNONYMS.items() for other in others}
    for node in returns:
        assert isinstance(node, ast.Return) and isinstance(node.value, ast.Tuple)
        model, metrics = (case.source.segment(element) for element in node.value.elts)
        pad = " " * node.col_offset
        renamed = f"{{known.get(name, name): values for name, values in ({metrics}).items()}}"
        edits.append((node, f"known = {table!r}\n{pad}return {model}, {renamed}"))
    return case.with_code(
        case.source.replaced(edits), f"The metrics are returned by the names that they have: {wanted}."
    )


def _is_pair(node: ast.AST) -> bool:
    return isinstance(node, ast.Return) and isinstance(node.value, ast.Tuple) and len(node.value.elts) == 2


def formatted_metrics(case: Case) -> Correction | None:
    """Numbers that were put into text for a reader are kept as numbers."""
    if not NOT_A_NUMBER.search(case.message) or "not str" not in case.message:
        return None
    edits: list[Edit] = []
    for call in case.source.calls("append"):
        given = call.args[0] if len(call.args) == 1 else None
        if isinstance(given, ast.JoinedStr):
            values = [part.value for part in given.values if isinstance(part, ast.FormattedValue)]
            edits += [(given, case.source.segment(values[0]))] if len(values) == 1 else []
        elif isinstance(given, ast.Call) and last_name(given.func) in ("str", "format") and len(given.args) in (1, 2):
            edits.append((given, case.source.segment(given.args[0])))
    return case.with_code(case.source.replaced(edits), "Metrics were formatted as text: they are numbers.")


def metric_types(case: Case) -> Correction | None:
    """A metric that is one number, or whose entries are tensors."""
    single, entries = NOT_A_LIST.search(case.message), NOT_A_NUMBER.search(case.message)
    if not single and not entries:
        return None
    functions = case.source.functions("train_model")
    returns = [node for node in ast.walk(functions[-1]) if isinstance(node, ast.Return)] if functions else []
    if not returns or not isinstance(returns[-1].value, ast.Tuple) or len(returns[-1].value.elts) != 2:
        return None
    model, metrics = (case.source.segment(element) for element in returns[-1].value.elts)
    lists = f"{{k: v if isinstance(v, (list, tuple)) else [v] for k, v in ({metrics}).items()}}"
    plain = f"{{k: [float(e) for e in v] for k, v in {lists}.items()}}"
    return case.with_code(
        case.source.replaced([(returns[-1], f"return {model}, {plain}")]),
        "Metrics are lists of plain numbers, one an epoch.",
    )
