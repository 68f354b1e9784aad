"""Losses and activations that do not fit each other."""

import ast
from collections.abc import Iterator

from tools.review.edits import KEPT, Around, Edit, Replace
from tools.review.finding import Severity
from tools.review.program import Program
from tools.review.rule import Example, Hit, rule
from tools.review.syntax import keyword
from tools.review.values import Kind, Value

NET = """
class Net(nn.Module):
    def __init__(self, width):
        super().__init__()
        self.out = nn.Linear(width, 3)

    def forward(self, x):
        return {}
"""
STEP = """
xb, yb = xb.to(device), yb.to(device)
optimizer.zero_grad()
loss = {}
loss.backward()
optimizer.step()
torch_xla.sync()
total += loss.detach()
"""
FUNCTIONAL = {
    "cross_entropy": "CrossEntropyLoss",
    "binary_cross_entropy": "BCELoss",
    "binary_cross_entropy_with_logits": "BCEWithLogitsLoss",
    "nll_loss": "NLLLoss",
}


def _losses(program: Program) -> Iterator[tuple[ast.Call, str, ast.expr]]:
    """(call, class of the loss, prediction) of every loss that is computed."""
    for call in program.syntax.calls:
        if not call.args:
            continue
        path = program.path(call.func)
        if path.startswith("torch.nn.functional."):
            name = FUNCTIONAL.get(path.rpartition(".")[2], "")
        else:
            held = program.value(call.func)
            name = held.name.rpartition(".")[2] if held.kind is Kind.LOSS else ""
        if name:
            yield call, name, call.args[0]


def _known(program: Program, node: ast.expr) -> Value:
    return program.value(node)


@rule(
    "NUM001",
    "softmax before CrossEntropyLoss",
    Severity.ERROR,
    fixable=True,
    why="CrossEntropyLoss applies log-softmax itself; probabilities in place of logits flatten the gradient and the "
    "network hardly learns.",
    example=Example("net", NET.format("torch.softmax(self.out(x), dim=1)"), NET.format("self.out(x)")),
)
def softmax_twice(program: Program) -> Iterator[Hit]:
    for call, name, prediction in _losses(program):
        held = _known(program, prediction)
        if name == "CrossEntropyLoss" and held.squashed in ("softmax", "log_softmax", "sigmoid"):
            message = f"`{program.short(prediction)}` went through {held.squashed}, but CrossEntropyLoss wants logits"
            yield Hit(call, message, _unsquash(program, prediction))


def _unsquash(program: Program, prediction: ast.expr) -> tuple[Edit, ...]:
    """Only where the softmax stands in the call itself: elsewhere others may want the probabilities."""
    if isinstance(prediction, ast.Call):
        path = program.path(prediction.func)
        if (
            path in ("torch.softmax", "torch.nn.functional.softmax", "torch.nn.functional.log_softmax", "torch.sigmoid")
            and prediction.args
        ):
            return (Around(prediction, prediction.args[0], KEPT),)
        func = prediction.func
        if isinstance(func, ast.Attribute) and func.attr in ("softmax", "log_softmax", "sigmoid"):
            return (Around(prediction, func.value, KEPT),)
    return ()


@rule(
    "NUM002",
    "sigmoid before BCEWithLogitsLoss",
    Severity.ERROR,
    fixable=True,
    why="BCEWithLogitsLoss applies the sigmoid itself.",
    example=Example(
        "step",
        STEP.format("F.binary_cross_entropy_with_logits(torch.sigmoid(model(xb)), F.one_hot(yb, 3).float())"),
        STEP.format("F.binary_cross_entropy_with_logits(model(xb), F.one_hot(yb, 3).float())"),
    ),
)
def sigmoid_twice(program: Program) -> Iterator[Hit]:
    for call, name, prediction in _losses(program):
        if name == "BCEWithLogitsLoss" and _known(program, prediction).squashed in ("sigmoid", "softmax"):
            yield Hit(
                call,
                f"`{program.short(prediction)}` is a probability; this loss wants logits",
                _unsquash(program, prediction),
            )


@rule(
    "NUM003",
    "BCELoss on logits",
    Severity.ERROR,
    why="BCELoss takes the logarithm of its input: outside [0, 1] it raises or gives NaN. Use BCEWithLogitsLoss.",
    example=Example(
        "step",
        STEP.format("F.binary_cross_entropy(model(xb), F.one_hot(yb, 3).float())"),
        STEP.format("F.binary_cross_entropy_with_logits(model(xb), F.one_hot(yb, 3).float())"),
    ),
)
def bce_on_logits(program: Program) -> Iterator[Hit]:
    for call, name, prediction in _losses(program):
        held = _known(program, prediction)
        if name == "BCELoss" and held.through_model and not held.squashed and not _bounded(program, prediction):
            yield Hit(call, f"`{program.short(prediction)}` are logits; use BCEWithLogitsLoss")


def _bounded(program: Program, prediction: ast.expr) -> bool:
    """A module that mentions a sigmoid may well end on it in a way that isn't followed."""
    return any(word in program.syntax.source for word in ("igmoid", "softmax(")) or "clamp" in ast.unparse(prediction)


@rule(
    "NUM004",
    "NLLLoss on logits",
    Severity.ERROR,
    why="NLLLoss expects log-probabilities; use CrossEntropyLoss on logits.",
    example=Example("step", STEP.format("F.nll_loss(model(xb), yb)"), STEP.format("F.cross_entropy(model(xb), yb)")),
)
def nll_on_logits(program: Program) -> Iterator[Hit]:
    for call, name, prediction in _losses(program):
        held = _known(program, prediction)
        if name != "NLLLoss" or not held.through_model or held.squashed == "log_softmax":
            continue
        if (
            "log_softmax" not in program.syntax.source
            and "LogSoftmax" not in program.syntax.source
            and "log(" not in program.syntax.source
        ):
            yield Hit(call, f"`{program.short(prediction)}` are no log-probabilities; use CrossEntropyLoss")


@rule(
    "NUM005",
    "log of a softmax",
    Severity.WARNING,
    fixable=True,
    why="The softmax underflows to 0 and its log to -inf; `log_softmax` is exact.",
    example=Example(
        "step",
        STEP.format("F.nll_loss(torch.log(torch.softmax(model(xb), dim=1)), yb)"),
        STEP.format("F.nll_loss(torch.log_softmax(model(xb), dim=1), yb)"),
    ),
)
def log_of_softmax(program: Program) -> Iterator[Hit]:
    for call in program.syntax.calls:
        inner = call.args[0] if program.path(call.func) == "torch.log" and call.args else None
        if inner is None and getattr(call.func, "attr", "") == "log" and isinstance(call.func, ast.Attribute):
            inner = call.func.value if not program.path(call.func) else None
        if isinstance(inner, ast.Call) and program.value(inner).squashed == "softmax":
            path = program.path(inner.func)
            edits: tuple[Edit, ...] = ()
            if path in ("torch.softmax", "torch.nn.functional.softmax"):
                new = (
                    ast.unparse(inner.func).replace("softmax", "log_softmax")
                    + ast.unparse(inner)[len(ast.unparse(inner.func)) :]
                )
                edits = (Replace(call, new),)
            yield Hit(call, f"`{program.short(call)}` loses precision; use `log_softmax`", edits)


@rule(
    "NUM006",
    "a loss over argmax",
    Severity.ERROR,
    why="argmax has no gradient: the loss can't teach the network anything.",
    example=Example(
        "step",
        STEP.format("F.mse_loss(model(xb).argmax(dim=1).float(), yb.float()) + 0.0 * model(xb).sum()"),
        STEP.format("criterion(model(xb), yb)"),
    ),
)
def loss_of_argmax(program: Program) -> Iterator[Hit]:
    for call in program.syntax.calls:
        path = program.path(call.func)
        is_loss = program.value(call.func).kind is Kind.LOSS or (
            path.startswith("torch.nn.functional.") and "loss" in path
        )
        is_loss = is_loss or path.endswith(("cross_entropy", "with_logits"))
        if not is_loss or not call.args or call not in {n for loop in program.train_loops for n in program.reach(loop)}:
            continue
        for node in ast.walk(call.args[0]):
            if (
                isinstance(node, ast.Call)
                and getattr(node.func, "attr", "") in ("argmax", "round")
                and keyword(node, "decimals") is None
                and program.value(node).through_model
            ):
                yield Hit(node, f"`{program.short(node)}` has no gradient")


RULES = (softmax_twice, sigmoid_twice, bce_on_logits, nll_on_logits, log_of_softmax, loss_of_argmax)
