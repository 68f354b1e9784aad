"""Weights: loaded into another module than they were taken from, or stored for nothing."""

import ast
import re

from agents.contracts import Correction
from agents.expert.repairs.case import Case
from agents.expert.repairs.learning import SIZE_EXCEEDED
from agents.expert.repairs.source import Edit, Source, argument, last_name, number

OTHER_STATE = re.compile(r"Error\(s\) in loading state_dict")


def state_of_a_part(case: Case) -> Correction | None:
    """Weights are kept from the module into which they are loaded."""
    if not OTHER_STATE.search(case.message):
        return None
    loads = [call for call in case.source.calls("load_state_dict") if call.lineno in case.lines]
    if not loads or not isinstance(loads[0].func, ast.Attribute):
        return None
    whole = case.source.segment(loads[0].func.value)
    edits: list[Edit] = []
    for call in case.source.calls("state_dict"):
        owner = case.source.segment(call.func.value) if isinstance(call.func, ast.Attribute) else ""
        if owner != whole and (owner.startswith(f"{whole}.") or whole.startswith(f"{owner}.")):
            edits.append((call, f"{whole}.state_dict()"))
    return case.with_code(case.source.replaced(edits), f"The weights are kept from {whole}, which gets them back.")


def stored_for_nothing(case: Case) -> Correction | None:
    """Too large a model: rows for tokens that there are not, and buffers that no answer needs."""
    if not SIZE_EXCEEDED.search(case.message):
        return None
    edits = [*_idle_rows(case), *_idle_buffers(case)]
    return case.with_code(
        case.source.replaced(edits),
        "The model stored what no answer needs: rows for tokens that there are not, or buffers.",
    )


def _idle_rows(case: Case) -> list[Edit]:
    wanted = case.request.function.data_profile.vocabulary_size
    found: list[Edit] = []
    for call in case.source.calls("Embedding", "EmbeddingBag") if wanted else []:
        rows = argument(call, 0, "num_embeddings")
        if rows is None:
            continue
        size = number(rows) if isinstance(rows, ast.Constant) else _constant(case.source, last_name(rows))
        if wanted and size is not None and size > 2 * wanted:
            found.append((rows, str(wanted)))
    return found


def _constant(source: Source, name: str) -> int | None:
    """The whole number that a module gives a name, once."""
    values = [
        number(node.value)
        for node in source.nodes()
        if isinstance(node, ast.Assign) and any(last_name(target) == name for target in node.targets)
    ]
    return values[0] if len(values) == 1 else None


def _idle_buffers(case: Case) -> list[Edit]:
    """Buffers that neither `forward` nor what it calls reads are not saved any more."""
    found: list[Edit] = []
    for owner in (node for node in case.source.nodes() if isinstance(node, ast.ClassDef)):
        methods = {node.name: node for node in owner.body if isinstance(node, ast.FunctionDef)}
        reached, pending = set[str](), ["forward"]
        read: set[str] = set()
        while pending:
            name = pending.pop()
            if name in reached or name not in methods:
                continue
            reached.add(name)
            attributes = {node.attr for node in ast.walk(methods[name]) if isinstance(node, ast.Attribute)}
            read |= attributes
            pending += attributes
        for call in (node for node in ast.walk(owner) if isinstance(node, ast.Call)):
            named = call.args[0] if last_name(call.func) == "register_buffer" and len(call.args) == 2 else None
            if not call.keywords and isinstance(named, ast.Constant) and named.value not in read and reached:
                parts = ", ".join(case.source.segment(one) for one in call.args)
                found.append((call, f"{case.source.segment(call.func)}({parts}, persistent=False)"))
    return found
