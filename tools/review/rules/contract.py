"""The contract of a training function: signature, return value, metrics, hyperparameters."""

import ast
import re
from collections.abc import Iterator

from runtime.python_source import parse_module
from tools.review.edits import Edit, Text
from tools.review.finding import Severity
from tools.review.program import Program
from tools.review.rule import Example, Hit, rule

PARAMETERS = ["X_train", "y_train", "X_val", "y_val", "device"]
FIT = """
    model = torch.nn.Linear(X_train.shape[1], 3).to(device)
    optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
    metrics = {"train_losses": [], "val_losses": [], "val_acc": []}
    for epoch in range(2):
        optimizer.zero_grad()
        loss = torch.nn.functional.cross_entropy(model(X_train.to(device)), y_train.to(device))
        loss.backward()
        optimizer.step()
        torch_xla.sync()
        metrics["train_losses"].append(float(loss))
        with torch.no_grad():
            logits = model(X_val.to(device))
            metrics["val_losses"].append(float(torch.nn.functional.cross_entropy(logits, y_val.to(device))))
            metrics["val_acc"].append(float((logits.argmax(1) == y_val.to(device)).float().mean()))
    return model, metrics
"""
IMPORTS = "import torch\nimport torch_xla\n\n\n"
SIGNATURE = "def train_model(X_train, y_train, X_val, y_val, device, **hyperparams):"


@rule(
    "TRN001",
    "train_model is missing or has another signature",
    Severity.ERROR,
    why="The harness calls `train_model(X_train, y_train, X_val, y_val, device, **hyperparams)` by position.",
    example=Example(
        "module",
        IMPORTS + "def train_model(X_train, X_val, y_train, y_val, device, **hyperparams):" + FIT,
        IMPORTS + SIGNATURE + FIT,
    ),
)
def signature(program: Program) -> Iterator[Hit]:
    function = program.syntax.train_model
    if function is None:
        if "train_model" not in program.syntax.bound:
            yield Hit(program.syntax.tree, f"no top-level `{SIGNATURE[4:-1]}` is defined")
        return
    names = [a.arg for a in [*function.args.posonlyargs, *function.args.args]]
    given = [name.lower() for name in names[:5]]
    if given != [name.lower() for name in PARAMETERS]:
        shown = ", ".join(names[:5]) or "nothing"
        yield Hit(
            function, f"`train_model` takes ({shown}); its first five parameters must be ({', '.join(PARAMETERS)})"
        )
        return
    required = len(names) - len(function.args.defaults)
    if required > 5:
        yield Hit(function, f"`{names[5]}` needs a default: the harness passes hyperparameters by name")


@rule(
    "TRN002",
    "train_model does not accept **hyperparams",
    Severity.ERROR,
    fixable=True,
    why="Every value of the search space arrives by name; without `**hyperparams` an unknown one is a TypeError.",
    example=Example(
        "module",
        IMPORTS + "def train_model(X_train, y_train, X_val, y_val, device):" + FIT,
        IMPORTS + SIGNATURE + FIT,
    ),
)
def hyperparams(program: Program) -> Iterator[Hit]:
    function = program.syntax.train_model
    if function is not None and function.args.kwarg is None:
        yield Hit(function, "`train_model` must end its parameters with `**hyperparams`", _accept(program, function))


def _accept(program: Program, function: ast.FunctionDef) -> tuple[Edit, ...]:
    every = [*function.args.posonlyargs, *function.args.args, *function.args.kwonlyargs]
    if not every:
        return ()
    ends: list[ast.arg | ast.expr] = [
        *every,
        *function.args.defaults,
        *(d for d in function.args.kw_defaults if d is not None),
    ]
    row, column = max((n.end_lineno or 0, n.end_col_offset or 0) for n in ends)
    lines = program.syntax.source.splitlines(keepends=True)
    row -= 1
    encoded = lines[row].encode()
    lines[row] = (encoded[:column] + b", **hyperparams" + encoded[column:]).decode()
    text = "".join(lines)
    return (Text(text),) if _parses(text) else ()


def _parses(text: str) -> bool:
    try:
        parse_module(text)
    except SyntaxError:
        return False
    return True


@rule(
    "TRN003",
    "train_model does not return (model, metrics)",
    Severity.ERROR,
    why="The harness takes a tuple of the trained network and the metrics dictionary.",
    example=Example("end", "return model", "return model, metrics"),
)
def returned(program: Program) -> Iterator[Hit]:
    function = program.syntax.train_model
    if function is None:
        return
    returns = [n for n in _own_nodes(function) if isinstance(n, ast.Return)]
    if not returns:
        yield Hit(function, "`train_model` returns nothing; end it with `return model, metrics`")
    for node in returns:
        if node.value is None or (isinstance(node.value, ast.Constant) and node.value.value is None):
            yield Hit(node, "`train_model` returns None here; return `model, metrics`")
        elif isinstance(node.value, ast.Tuple) and len(node.value.elts) != 2:
            yield Hit(node, f"`train_model` returns {len(node.value.elts)} values; return `model, metrics`")
        elif isinstance(node.value, ast.Name | ast.Dict) and not _holds_pair(program, node.value):
            yield Hit(node, f"`train_model` returns `{program.short(node.value)}` alone; return `model, metrics`")


def _holds_pair(program: Program, node: ast.expr) -> bool:
    if not isinstance(node, ast.Name):
        return False
    given = program.assigned(node.id)
    if any(isinstance(value, ast.Tuple) for value in given):
        return True
    alone = any(isinstance(value, ast.Dict) or program.path(getattr(value, "func", None)) == "dict" for value in given)
    return not alone and not _is_model_or_metrics(program, node)


def _is_model_or_metrics(program: Program, node: ast.expr) -> bool:
    kind = program.value(node).kind.value
    return kind in ("model", "sequence") or ast.unparse(node) in ("model", "metrics", "net", "history", "results")


def _own_nodes(function: ast.FunctionDef) -> Iterator[ast.AST]:
    """Nodes of the function itself, nested functions and classes left out."""
    pending: list[ast.AST] = [*function.body]
    while pending:
        node = pending.pop()
        yield node
        if not isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef | ast.Lambda):
            pending.extend(ast.iter_child_nodes(node))


REQUIRED_KEYS = ("train_losses", "val_losses", "val_acc", "val_metric")


@rule(
    "TRN004",
    "metrics lack a required entry",
    Severity.ERROR,
    why="`metrics` must hold train_losses, val_losses and val_acc (or val_metric), one entry an epoch.",
    example=Example(
        "end",
        'return model, {"train_losses": metrics["train_losses"], "val_losses": metrics["val_losses"], "accuracy": 0.0}',
        "return model, metrics",
    ),
)
def metric_keys(program: Program) -> Iterator[Hit]:
    function = program.syntax.train_model
    if function is None or any(returned.hits(program)):
        return
    returned_dict = next(
        (d for n in _own_nodes(function) if isinstance(n, ast.Return) and (d := _returned_dict(n))), None
    )
    keys = _dict_keys(returned_dict) if returned_dict is not None else _all_keys(program)
    made = _made_keys(program) if returned_dict is None else []
    known = keys | {name for name in REQUIRED_KEYS if any(re.fullmatch(pattern, name) for pattern in made)}
    missing = [k for k in ("train_losses", "val_losses") if k not in known]
    if not known & {"val_acc", "val_metric"}:
        missing.append("val_acc")
    if missing and "**" not in keys:
        at = returned_dict or _metrics_dict(program) or function
        yield Hit(at, f"`metrics` lacks {', '.join(missing)}")


def _returned_dict(node: ast.Return) -> ast.Dict | None:
    if isinstance(node.value, ast.Tuple) and len(node.value.elts) == 2 and isinstance(node.value.elts[1], ast.Dict):
        return node.value.elts[1]
    return None


def _dict_keys(node: ast.Dict) -> set[str]:
    return {str(k.value) if isinstance(k, ast.Constant) else "**" for k in node.keys}


def _all_keys(program: Program) -> set[str]:
    """Every string used as a key anywhere in the module, so that a dictionary filled elsewhere counts."""
    keys: set[str] = set()
    for node in program.syntax.nodes:
        if isinstance(node, ast.Dict):
            keys |= _dict_keys(node) - {"**"}
        elif (
            isinstance(node, ast.Subscript)
            and isinstance(node.slice, ast.Constant)
            and isinstance(node.slice.value, str)
        ):
            keys.add(node.slice.value)
        elif isinstance(node, ast.keyword) and node.arg:
            keys.add(node.arg)
        elif isinstance(node, ast.Call) and getattr(node.func, "attr", "") in ("setdefault", "log", "add", "record"):
            keys |= {a.value for a in node.args if isinstance(a, ast.Constant) and isinstance(a.value, str)}
        elif isinstance(node, ast.List | ast.Tuple):
            keys |= {e.value for e in node.elts if isinstance(e, ast.Constant) and isinstance(e.value, str)}
    return keys


def _made_keys(program: Program) -> list[str]:
    """Patterns of the keys that are put together while the program runs: `history[f"{phase}_losses"]`."""
    patterns: list[str] = []
    for node in program.syntax.nodes:
        key = node.slice if isinstance(node, ast.Subscript) else None
        if isinstance(key, ast.JoinedStr):
            patterns.append("".join(_pattern(part) for part in key.values))
        elif isinstance(key, ast.BinOp) and isinstance(key.op, ast.Add):
            patterns.append(_pattern(key.left) + _pattern(key.right))
    return [pattern for pattern in patterns if pattern.strip(".*")]


def _pattern(node: ast.expr) -> str:
    return re.escape(node.value) if isinstance(node, ast.Constant) and isinstance(node.value, str) else ".*"


def _metrics_dict(program: Program) -> ast.AST | None:
    for node in program.syntax.nodes:
        if isinstance(node, ast.Dict) and any("loss" in key for key in _dict_keys(node)):
            return node
    return None


RULES = (signature, hyperparams, returned, metric_keys)
