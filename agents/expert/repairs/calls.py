"""Calls that don't fit: keywords, signatures, hyperparameters, values of the wrong type."""

import ast
import re

from agents.contracts import Correction
from agents.expert.repairs.case import DROPOUT, Case
from agents.expert.repairs.source import first_body_statement, last_name, parameters
from runtime.search_space import CategoricalParameter, Parameter, RealParameter

UNEXPECTED = re.compile(r"(?:(\w+)\.)?(\w+)\(\) got an unexpected keyword argument '(\w+)'")
REQUIRED = re.compile(r"train_model\(\) missing \d+ required (?:positional|keyword-only) arguments?: (.+)")
POSITIONAL = re.compile(r"train_model\(\) takes")
NOT_INTEGER = re.compile(
    r"'float' object cannot be interpreted as an integer|must be tuple of ints, (but got|not) .*float"
    r"|expected.*\bint\b.*got.*float|integer argument expected|type 'float'|(empty|randn|zeros|range)\(\)",
    re.IGNORECASE,
)
PROBABILITY = re.compile(r"probability has to be between 0 and 1", re.IGNORECASE)
METRICS_ARGUMENT = re.compile(r"step\(\) missing 1 required positional argument: 'metrics'")
LAYERS = (
    "Linear", "Conv1d", "Conv2d", "LSTM", "GRU", "RNN", "Embedding", "BatchNorm1d", "BatchNorm2d", "LayerNorm", "range",
    "MultiheadAttention", "TransformerEncoderLayer", "DataLoader", "zeros", "randn", "empty",
)  # fmt: skip
CONTRACT = ("X_train", "y_train", "X_val", "y_val", "device")


def unexpected_keyword(case: Case) -> Correction | None:
    """train_model takes any hyperparameter; a library call loses the keyword that it does not know."""
    found = UNEXPECTED.search(case.message)
    if not found:
        return None
    owner, called, keyword = found[1] or "", found[2], found[3]
    if called == "train_model":
        return _open_signature(case)
    names = {owner, called} - {"__init__", ""}
    calls = [call for call in case.source.calls(*names) if any(word.arg == keyword for word in call.keywords)]
    if not calls:
        calls = [
            node
            for node in case.source.nodes()
            if isinstance(node, ast.Call)
            and any(word.arg == keyword for word in node.keywords)
            and node.lineno in case.lines
        ]
    edits: list[tuple[ast.AST, str]] = []
    for call in calls:
        kept = [case.source.segment(value) for value in call.args]
        kept += [case.source.segment(word) for word in call.keywords if word.arg != keyword]
        edits.append((call, f"{case.source.segment(call.func)}({', '.join(kept)})"))
    return case.with_code(
        case.source.replaced(edits), f"{'.'.join(sorted(names))} has no argument {keyword}: left out."
    )


def _open_signature(case: Case) -> Correction | None:
    """`train_model(…, **hyperparams)`."""
    for function in case.source.functions("train_model"):
        if function.args.kwarg is None:
            code = _with_header(case, function, f"{ast.unparse(function.args)}, **hyperparams")
            return case.with_code(code, "train_model must accept any hyperparameter.")
    return None


def _with_header(case: Case, function: ast.FunctionDef, arguments: str) -> str:
    """The text with another parameter list for a function whose body begins on a line of its own."""
    lines = case.code.splitlines()
    header = f"{' ' * function.col_offset}def {function.name}({arguments}):"
    return "\n".join([*lines[: function.lineno - 1], header, *lines[function.body[0].lineno - 1 :]]) + "\n"


def required_argument(case: Case) -> Correction | None:
    """A hyperparameter that train_model demands gets its default from the search space."""
    found = REQUIRED.search(case.message)
    functions = case.source.functions("train_model")
    if not found or not functions:
        return None
    edits: list[tuple[ast.AST, str]] = []
    missing = set(re.findall(r"'(\w+)'", found[1]))
    for node in (*functions[0].args.args, *functions[0].args.kwonlyargs):
        if node.arg in missing and node.arg not in CONTRACT:
            value = case.space[node.arg].default if node.arg in case.space else None
            edits.append((node, f"{case.source.segment(node)}={value!r}"))
    return case.with_code(
        case.source.replaced(edits), f"train_model demanded {', '.join(sorted(missing))}: given defaults."
    )


def wrong_signature(case: Case) -> Correction | None:
    """train_model with too few parameters gets the ones of the contract, in the same order."""
    functions = case.source.functions("train_model")
    if not POSITIONAL.search(case.message) or not functions:
        return None
    names = parameters(functions[0])
    if len(names) >= len(CONTRACT):
        return None
    arguments = ", ".join([*names, *CONTRACT[len(names) :], "**hyperparams"])
    explanation = "train_model takes X_train, y_train, X_val, y_val, device and the hyperparameters."
    return case.with_code(_with_header(case, functions[0], arguments), explanation)


def missing_hyperparameter(case: Case) -> Correction | None:
    """`hyperparams["x"]` of a name that was not given reads a default instead."""
    if case.kind != "KeyError":
        return None
    name = case.message.strip("'\" ")
    edits: list[tuple[ast.AST, str]] = []
    for node in case.source.nodes():
        if not isinstance(node, ast.Subscript) or not isinstance(node.slice, ast.Constant) or node.slice.value != name:
            continue
        owner = case.source.segment(node.value)
        if isinstance(node.ctx, ast.Load) and re.search(
            r"param|config|^h$|^hp$|kwargs|settings|args", owner, re.IGNORECASE
        ):
            edits.append((node, f'{owner}.get("{name}", {_default(case, name)!r})'))
    return case.with_code(case.source.replaced(edits), f"{name} is not always given: it has a default now.")


def _default(case: Case, name: str) -> object:
    """From the search space, else what is usual for such a name."""
    if name in case.space:
        return case.space[name].default
    usual: tuple[tuple[str, object], ...] = (
        ("lr|learning_rate", 1e-3), ("batch", 32), ("epoch", 10), ("drop", 0.1), ("decay", 1e-4), ("layer|depth", 2),
        ("head", 2), ("kernel", 3), ("class", case.request.function.data_profile.num_classes or 1), ("moment", 0.9),
        ("bits", 8), ("patience", 5), ("optim", "adam"), ("activation", "relu"),
    )  # fmt: skip
    return next((value for pattern, value in usual if re.search(pattern, name, re.IGNORECASE)), 64)


def float_for_integer(case: Case) -> Correction | None:
    """Sizes that came as floats: made whole where a layer is built, else among the hyperparameters."""
    if not NOT_INTEGER.search(case.message):
        return None
    edits: list[tuple[ast.AST, str]] = [
        (value, f"int({case.source.segment(value)})")
        for node in case.source.nodes()
        if isinstance(node, ast.Call) and node.lineno in case.lines and last_name(node.func) in LAYERS
        for value in node.args
        if not isinstance(value, ast.Constant | ast.Starred) and not case.source.segment(value).startswith("int(")
    ]
    made_whole = case.with_code(case.source.replaced(edits), "Sizes came as floats: they are made whole.")
    functions = case.source.functions("train_model")
    if made_whole is not None or not functions or functions[0].args.kwarg is None:
        return made_whole
    name = functions[0].args.kwarg.arg
    line = f"{name} = {{k: int(v) if isinstance(v, float) and v >= 1 else v for k, v in {name}.items()}}"
    if line in case.code:
        return None
    code = case.source.with_lines_before(first_body_statement(functions[0]), [line])
    return case.with_code(code, "Sizes came as floats: they are made whole.")


def dropout_range(case: Case) -> Correction | None:
    """A dropout probability outside [0, 1]."""
    if not PROBABILITY.search(case.message):
        return None
    changes: dict[str, Parameter] = {}
    for name in case.names_like(DROPOUT):
        parameter = case.space[name]
        if isinstance(parameter, CategoricalParameter):
            kept = [value for value in parameter.categories if isinstance(value, int | float) and 0 <= value < 0.95]
            changes[name] = CategoricalParameter(default=kept[0] if kept else 0.1, categories=[*kept] or [0.1])
        else:
            changes[name] = RealParameter(default=0.2, low=0.01, high=0.5)
    if changes:
        return case.with_space(changes, "Dropout is a probability: its range lies between 0 and 0.5 now.")
    return None


def scheduler_metric(case: Case) -> Correction | None:
    """ReduceLROnPlateau.step() wants the validation loss."""
    statement = case.source.statement_at(case.line)
    if not METRICS_ARGUMENT.search(case.message) or not isinstance(statement, ast.Expr):
        return None
    stored = [
        node.id
        for node in case.source.nodes()
        if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store) and node.lineno < statement.lineno
    ]
    wanted = [name for name in stored if re.search(r"val.*loss|loss.*val", name)] or [n for n in stored if "loss" in n]
    if not wanted or not isinstance(statement.value, ast.Call):
        return None
    name = next((one for one in reversed(wanted) if not one.endswith("es")), None)
    argument = name or f"{wanted[-1]}[-1]"
    code = case.source.replaced([(statement.value, f"{case.source.segment(statement.value.func)}({argument})")])
    return case.with_code(code, "ReduceLROnPlateau steps on the validation loss.")


def recurrent_tuple(case: Case) -> Correction | None:
    """`x = self.lstm(x)` returns (output, state): the output alone goes on."""
    if "not tuple" not in case.message and "'tuple' object has no attribute" not in case.message:
        return None
    layers = {
        last_name(node.targets[0])
        for node in case.source.nodes()
        if isinstance(node, ast.Assign)
        and isinstance(node.value, ast.Call)
        and last_name(node.value.func) in ("LSTM", "GRU", "RNN", "MultiheadAttention")
    }
    edits: list[tuple[ast.AST, str]] = [
        (node, f"{case.source.segment(node)}[0]")
        for node in case.source.nodes()
        if isinstance(node, ast.Call) and last_name(node.func) in layers and not _unpacked(case, node)
    ]
    return case.with_code(
        case.source.replaced(edits), "A recurrent layer returns its state too: only its output goes on."
    )


def _unpacked(case: Case, call: ast.Call) -> bool:
    return any(
        isinstance(node, ast.Assign) and node.value is call and isinstance(node.targets[0], ast.Tuple)
        for node in case.source.nodes()
    )
