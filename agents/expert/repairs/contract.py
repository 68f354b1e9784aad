"""Code that does not keep the contract of a training function, or is not code at all."""

import ast
import re

from agents.contracts import Correction
from agents.expert.repairs.case import Case
from agents.expert.repairs.metrics import SYNONYMS
from agents.expert.repairs.source import Edit, Source, last_name, parameters

RETURNS = re.compile(
    r"must return \(model, metrics\)|cannot unpack|not enough values to unpack"
    r"|the (first|second) value that train_model"
)
STATE = re.compile(r"the first value .* not (OrderedDict|dict)\b")
UNDEFINED = re.compile(r"must define train_model|no attribute 'train_model'|name 'train_model' is not defined")
FENCE = re.compile(r"```(?:python|py)?\s*\n(.*?)(?:\n```|\Z)", re.DOTALL)


def not_python(case: Case) -> Correction | None:
    """Fences and prose around the code, and tabs among spaces."""
    if case.kind not in ("SyntaxError", "IndentationError", "TabError"):
        return None
    blocks = FENCE.findall(case.code)
    candidates = [max(blocks, key=len)] if blocks else []
    candidates += [case.code.expandtabs(4), _from_first_import(case.code), _without_tail(case.code)]
    for code in candidates:
        if code and "def train_model" in code and Source.read(code).tree is not None:
            return case.with_code(code.strip() + "\n", "Only the Python of the answer is kept.")
    return None


def _from_first_import(code: str) -> str:
    """From the first line that begins a module to the last that is indented or closes one."""
    lines = code.splitlines()
    starts = [i for i, line in enumerate(lines) if re.match(r"(import|from)\s+\w|class\s+\w|def\s+\w", line)]
    return _without_tail("\n".join(lines[starts[0] :])) if starts else ""


def _without_tail(code: str) -> str:
    """Without trailing lines that don't parse: prose after the code."""
    lines = code.splitlines()
    for end in range(len(lines), max(0, len(lines) - 40), -1):
        text = "\n".join(lines[:end])
        if Source.read(text).tree is not None and re.search(r"\n\s+return .*", text):
            return text
    return ""


def missing_function(case: Case) -> Correction | None:
    """A training function under another name."""
    if not UNDEFINED.search(case.message) or case.source.tree is None:
        return None
    wide = [node for node in case.source.tree.body if isinstance(node, ast.FunctionDef) and len(parameters(node)) >= 4]
    named = [node for node in wide if re.search(r"train|fit|main|run", node.name)] or wide
    if not named:
        return None
    code = f"{case.code.rstrip()}\n\n\ntrain_model = {named[0].name}\n"
    return case.with_code(code, f"The training function was called {named[0].name}: it is train_model.")


def wrong_return(case: Case) -> Correction | None:
    """train_model returns the model alone, or more than two values, or the two the other way round."""
    functions = case.source.functions("train_model")
    if not RETURNS.search(case.message) or not functions:
        return None
    returns = [node for node in ast.walk(functions[-1]) if isinstance(node, ast.Return) and _owner(functions[-1], node)]
    metrics = _metrics_text(case, functions[-1])
    edits: list[Edit] = []
    if state := STATE.search(case.message):
        return _state_returned(case, functions[-1], returns, state[1])
    for node in returns:
        value = node.value
        if isinstance(value, ast.Tuple) and len(value.elts) == 2:
            first, second = (case.source.segment(element) for element in value.elts)
            edits.append((node, f"return {second}, {first}"))
        elif isinstance(value, ast.Tuple) and len(value.elts) > 2:
            edits.append((node, f"return {case.source.segment(value.elts[0])}, {metrics}"))
        elif value is not None:
            model = _model_name(case, functions[-1])
            given = case.source.segment(value)
            edits.append(
                (node, f"return {model or given}, {given if given != model and 'metric' in given else metrics}")
            )
    if not returns:
        model = _model_name(case, functions[-1]) or "model"
        last = functions[-1].body[-1]
        return case.with_code(
            case.source.with_lines_after(last, [f"return {model}, {metrics}"]), "train_model returned nothing."
        )
    return case.with_code(case.source.replaced(edits), "train_model returns the model and its metrics.")


def _state_returned(case: Case, function: ast.FunctionDef, returns: list[ast.Return], kind: str) -> Correction | None:
    """`return weights, metrics`: the model that they belong to gets them and is returned."""
    model = _model_name(case, function)
    pairs = [node for node in returns if isinstance(node.value, ast.Tuple) and len(node.value.elts) == 2]
    if model is None or not pairs or not isinstance(pairs[-1].value, ast.Tuple):
        return None
    first, second = (case.source.segment(element) for element in pairs[-1].value.elts)
    if kind == "dict" and second == model:
        return case.with_code(
            case.source.replaced([(pairs[-1], f"return {second}, {first}")]),
            "The model comes first, its metrics second.",
        )
    text = f"{model}.load_state_dict({first})\n{' ' * pairs[-1].col_offset}return {model}, {second}"
    return case.with_code(
        case.source.replaced([(pairs[-1], text)]), "Weights were returned: the model that they belong to is."
    )


def _owner(function: ast.FunctionDef, statement: ast.Return) -> bool:
    inner = [
        node for node in ast.walk(function) if isinstance(node, ast.FunctionDef | ast.Lambda) and node is not function
    ]
    return not any(statement in ast.walk(node) for node in inner)


def _model_name(case: Case, function: ast.FunctionDef) -> str | None:
    classes = {node.name for node in case.source.nodes() if isinstance(node, ast.ClassDef)} | {"Sequential", "to"}
    for node in ast.walk(function):
        if isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Name) and isinstance(node.value, ast.Call):
            built = last_name(node.value.func) in classes
            if built and (last_name(node.value.func) != "to" or "model" in node.targets[0].id):
                return node.targets[0].id
    return None


def _metrics_text(case: Case, function: ast.FunctionDef) -> str:
    """A dict of the lists that the function keeps under usual names; an empty list is named where none is kept."""
    lists = {
        node.targets[0].id
        for node in ast.walk(function)
        if isinstance(node, ast.Assign)
        and isinstance(node.targets[0], ast.Name)
        and isinstance(node.value, ast.List | ast.Dict)
    }
    if "metrics" in lists:
        return "metrics"
    score = "val_acc" if case.request.function.data_profile.task_type == "classification" else "val_metric"
    parts = []
    for wanted in ("train_losses", "val_losses", score):
        kept = next((name for name in (wanted, *SYNONYMS[wanted]) if name in lists), None)
        parts.append(f'"{wanted}": {kept or "[]"}')
    return "{" + ", ".join(parts) + "}"
