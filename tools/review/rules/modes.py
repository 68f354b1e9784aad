"""Rules about training and evaluation mode."""

import ast
from collections.abc import Iterator

from tools.review.edits import Before, Edit
from tools.review.finding import Severity
from tools.review.program import Program
from tools.review.rule import Example, Hit, rule

SCORE = """
    logits = model(X_val.to(device))
    metrics["val_losses"].append(float(criterion(logits, y_val.to(device))))
    metrics["val_acc"].append(float((logits.argmax(1) == y_val.to(device)).float().mean()))
"""
GOOD_SCORE = "model.eval()\nwith torch.no_grad():" + SCORE
MODAL = ("Dropout", "BatchNorm", "InstanceNorm", "Transformer", "MultiheadAttention")
GRAD_OFF = ("torch.no_grad", "torch.inference_mode", "torch.set_grad_enabled", "torch.autograd.no_grad")


def _evaluations(program: Program) -> Iterator[ast.Call]:
    """Calls of a network on validation data outside networks."""
    for call in program.syntax.calls:
        if (
            call in program.model_calls
            and call not in program.step_nodes
            and any(
                "val" in v.roots and "train" not in v.roots for a in call.args for v in program.inference.contexts(a)
            )
        ):
            yield call


@rule(
    "TRN011",
    "validation without model.eval()",
    Severity.WARNING,
    fixable=True,
    why="Dropout stays on and batch norm learns from the validation data until `model.eval()` is called.",
    example=Example("validate", "with torch.no_grad():" + SCORE, GOOD_SCORE),
)
def no_eval(program: Program) -> Iterator[Hit]:
    if not any(layer in program.syntax.source for layer in MODAL):
        return
    for call in _evaluations(program):
        function = program.syntax.function_of(call)
        if function is None or _switches(program, function, "eval"):
            continue
        if any(
            _switches(program, f, "eval")
            for c in program.inference.callers.get(function, [])
            if (f := program.syntax.function_of(c))
        ):
            continue
        edits: tuple[Edit, ...] = ()
        if isinstance(call.func, ast.Name):
            edits = (Before(_outermost_with(program, call), f"{call.func.id}.eval()"),)
        yield Hit(call, f"`{program.short(call)}` scores validation data while the model is in training mode", edits)
        return


def _outermost_with(program: Program, call: ast.Call) -> ast.stmt:
    """Where `eval()` goes: before the `with` or the loop over batches that holds the call."""
    statement = program.syntax.statement_of(call)
    for up in program.syntax.ancestors(call):
        if isinstance(up, ast.With) or (isinstance(up, ast.For) and not program.is_epoch_loop(up)):
            statement = up
        elif isinstance(up, ast.FunctionDef | ast.For | ast.While):
            break
    return statement


def _switches(program: Program, function: ast.AST, mode: str) -> bool:
    for node in program.reach(function):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
            if node.func.attr == mode and not program.path(node.func):
                return True
            if node.func.attr == "train" and node.args and mode == "eval":
                return True
    return False


@rule(
    "TRN012",
    "validation that records gradients",
    Severity.WARNING,
    fixable=True,
    why="Outside `torch.no_grad()` every validation pass keeps its graph in memory and is slower.",
    example=Example("validate", "model.eval()\nif True:" + SCORE, GOOD_SCORE),
)
def gradients_in_validation(program: Program) -> Iterator[Hit]:
    for call in _evaluations(program):
        if grad_off(program, call, 0):
            continue
        yield Hit(call, f"`{program.short(call)}` scores validation data outside `torch.no_grad()`")
        return


def grad_off(program: Program, node: ast.AST, depth: int) -> bool:
    for up in program.syntax.ancestors(node):
        if isinstance(up, ast.With) and any(_names_grad(program, item.context_expr) for item in up.items):
            return True
        if isinstance(up, ast.FunctionDef):
            if any(_names_grad(program, d) for d in up.decorator_list):
                return True
            calls = program.inference.callers.get(up, [])
            return depth < 3 and bool(calls) and any(grad_off(program, c, depth + 1) for c in calls)
    return False


def _names_grad(program: Program, node: ast.expr) -> bool:
    if isinstance(node, ast.IfExp):
        return _names_grad(program, node.body) or _names_grad(program, node.orelse)
    text = ast.unparse(node)
    return any(name.rpartition(".")[2] in text for name in GRAD_OFF) or "grad" in text


@rule(
    "TRN013",
    "training goes on in evaluation mode",
    Severity.WARNING,
    fixable=True,
    why="After `model.eval()` in the first epoch, dropout and batch norm stay off for all the rest.",
    example=Example(
        "body",
        """
model = nn.Sequential(nn.Linear(X_train.shape[1], 8), nn.Dropout(0.1), nn.Linear(8, 3)).to(device)
optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
criterion = nn.CrossEntropyLoss()
metrics = {"train_losses": [], "val_losses": [], "val_acc": []}
for epoch in range(2):
    optimizer.zero_grad()
    loss = criterion(model(X_train.to(device)), y_train.to(device))
    loss.backward()
    optimizer.step()
    torch_xla.sync()
    metrics["train_losses"].append(float(loss))
    model.eval()
    with torch.no_grad():
        logits = model(X_val.to(device))
        metrics["val_losses"].append(float(criterion(logits, y_val.to(device))))
        metrics["val_acc"].append(float((logits.argmax(1) == y_val.to(device)).float().mean()))
return model, metrics
""",
        """
model = nn.Sequential(nn.Linear(X_train.shape[1], 8), nn.Dropout(0.1), nn.Linear(8, 3)).to(device)
optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
criterion = nn.CrossEntropyLoss()
metrics = {"train_losses": [], "val_losses": [], "val_acc": []}
for epoch in range(2):
    model.train()
    optimizer.zero_grad()
    loss = criterion(model(X_train.to(device)), y_train.to(device))
    loss.backward()
    optimizer.step()
    torch_xla.sync()
    metrics["train_losses"].append(float(loss))
    model.eval()
    with torch.no_grad():
        logits = model(X_val.to(device))
        metrics["val_losses"].append(float(criterion(logits, y_val.to(device))))
        metrics["val_acc"].append(float((logits.argmax(1) == y_val.to(device)).float().mean()))
return model, metrics
""",
    ),
)
def stays_in_eval(program: Program) -> Iterator[Hit]:
    if not any(layer in program.syntax.source for layer in MODAL):
        return
    for loop in program.syntax.loops:
        if not program.is_epoch_loop(loop) or not any(n in program.optimizer_steps for n in program.reach(loop)):
            continue
        evals = [n for n in program.reach(loop) if isinstance(n, ast.Call) and getattr(n.func, "attr", "") == "eval"]
        trains = any(isinstance(n, ast.Call) and getattr(n.func, "attr", "") == "train" for n in program.reach(loop))
        if evals and not trains:
            func = evals[0].func
            here = isinstance(func, ast.Attribute) and isinstance(func.value, ast.Name) and evals[0] in ast.walk(loop)
            edits = (
                (Before(loop.body[0], f"{ast.unparse(func.value)}.train()"),)
                if here and isinstance(func, ast.Attribute)
                else ()
            )
            yield Hit(evals[0], "`eval()` is called in the epoch loop and `train()` is not", edits)


RULES = (
    no_eval,
    gradients_in_validation,
    stays_in_eval,
)
