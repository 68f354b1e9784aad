"""Rules about validation and test data where they must not be."""

import ast
from collections.abc import Iterator

from tools.review.finding import Severity
from tools.review.program import Program
from tools.review.rule import Example, Hit, rule
from tools.review.syntax import words
from tools.review.values import Kind, Value

TEST_NAMES = words("""
    X_test y_test x_test test_loader X_te y_te test_data test_labels test_dataset
""")


def _validation(value: Value) -> bool:
    return "val" in value.roots


@rule(
    "TRN008",
    "training on validation data",
    Severity.ERROR,
    why="A model trained on the data that judges it looks better than it is; validation data may only be scored.",
    example=Example(
        "loader",
        """
X_all = torch.cat([X_train, X_val])
y_all = torch.cat([y_train, y_val])
train_loader = DataLoader(TensorDataset(X_all, y_all), batch_size=16, shuffle=True, drop_last=True)
""",
        "train_loader = DataLoader(TensorDataset(X_train, y_train), batch_size=16, shuffle=True, drop_last=True)",
    ),
)
def trained_on_validation(program: Program) -> Iterator[Hit]:
    for call in program.backwards:
        func = call.func
        loss = (
            func.value
            if isinstance(func, ast.Attribute) and not program.path(func)
            else call.args[0]
            if call.args
            else None
        )
        if loss is None or not any(_validation(value) for value in program.inference.contexts(loss)):
            continue
        if not _shared_helper(program, call):
            yield Hit(call, f"`{program.short(call)}` trains on the validation data")
    for call in program.syntax.calls:
        fits = isinstance(call.func, ast.Attribute) and call.func.attr in ("fit", "fit_transform", "partial_fit")
        if fits and any(_validation(program.value(arg)) for arg in call.args):
            yield Hit(call, f"`{program.short(call)}` fits on the validation data")


def _shared_helper(program: Program, call: ast.Call) -> bool:
    """In a helper that also sees training data, a backward under an unknown condition may skip validation data."""
    function = program.syntax.function_of(call)
    if function is None or function is program.syntax.train_model:
        return False
    loss = call.func.value if isinstance(call.func, ast.Attribute) else call
    trains = any("train" in value.roots for value in program.inference.contexts(loss))
    for up in program.syntax.ancestors(call):
        if up is function:
            return False
        if isinstance(up, ast.If) and trains:
            return True
    return False


@rule(
    "TRN009",
    "test data",
    Severity.ERROR,
    why="`train_model` is given training and validation data only; the test split is measured once, elsewhere.",
    example=Example(
        "end",
        "test_acc = float((model(X_test.to(device)).argmax(1) == 0).float().mean())\nreturn model, metrics",
        "return model, metrics",
    ),
)
def test_data(program: Program) -> Iterator[Hit]:
    bound = program.syntax.bound
    for node in program.syntax.nodes:
        if (
            isinstance(node, ast.Name)
            and isinstance(node.ctx, ast.Load)
            and node.id in TEST_NAMES
            and node.id not in bound
        ):
            yield Hit(node, f"`{node.id}` is not given to `train_model`; use the validation data")


@rule(
    "TRN010",
    "validation data inside the returned model",
    Severity.ERROR,
    why="A model that carries the validation labels can look the answers up instead of predicting them.",
    example=Example(
        "setup",
        """
model = Net(X_train.shape[1]).to(device)
model.answers = y_val
criterion = nn.CrossEntropyLoss()
optimizer = torch.optim.Adam(model.parameters(), lr=1e-3)
""",
        """
model = Net(X_train.shape[1]).to(device)
criterion = nn.CrossEntropyLoss()
optimizer = torch.optim.Adam(model.parameters(), lr=1e-3)
""",
    ),
)
def carried_labels(program: Program) -> Iterator[Hit]:
    made = _constructions(program)
    for node in program.syntax.nodes:
        if isinstance(node, ast.Assign):
            for target in node.targets:
                owner = target.value if isinstance(target, ast.Attribute) else None
                if (
                    owner is not None
                    and program.value(owner).kind is Kind.MODEL
                    and _validation(program.value(node.value))
                ):
                    yield Hit(node, f"`{program.short(target)}` keeps validation data in the model")
        elif isinstance(node, ast.Call) and (node in made or _buffer(program, node)):
            for arg in [*node.args, *(k.value for k in node.keywords)]:
                held = program.value(arg)
                if _validation(held) and held.kind in (Kind.TENSOR, Kind.ARRAY):
                    yield Hit(arg, f"`{program.short(arg)}` puts validation data into the model")


def _constructions(program: Program) -> set[ast.AST]:
    return {c for c in program.syntax.calls if program.value(c).kind is Kind.MODEL and program.value(c).origin == id(c)}


def _buffer(program: Program, call: ast.Call) -> bool:
    func = call.func
    named = isinstance(func, ast.Attribute) and func.attr in ("register_buffer", "copy_", "register_parameter")
    return named and isinstance(func, ast.Attribute) and program.value(func.value).kind is Kind.MODEL


@rule(
    "TRN020",
    "metrics that are written, not measured",
    Severity.ERROR,
    why="Metrics must come from the model's outputs; constants say nothing and are measured again anyway.",
    example=Example(
        "end",
        'metrics["val_acc"] = [0.99] * epochs\nreturn model, metrics',
        'metrics["best_val_acc"] = max(metrics["val_acc"])\nreturn model, metrics',
    ),
)
def written_metrics(program: Program) -> Iterator[Hit]:
    for node in program.syntax.nodes:
        if isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Subscript):
            if _metric_key(node.targets[0].slice) and _made_up(node.value):
                yield Hit(node, f"`{program.short(node)}` is not measured")
        elif isinstance(node, ast.Dict):
            for key, value in zip(node.keys, node.values, strict=True):
                if key is not None and _metric_key(key) and _made_up(value):
                    yield Hit(value, f"`{program.short(key)}: {program.short(value)}` is not measured")
        elif (
            isinstance(node, ast.Call)
            and isinstance(node.func, ast.Attribute)
            and node.func.attr == "append"
            and node.args
        ):
            named = any(
                name in ast.unparse(node.func.value) for name in ("val_acc", "val_losses", "train_losses", "val_metric")
            )
            if (
                named
                and isinstance(node.args[0], ast.Constant)
                and node.args[0].value not in (0, 0.0, None)
                and not _rescue(program, node)
            ):
                yield Hit(node, f"`{program.short(node)}` is not measured")


def _metric_key(node: ast.expr) -> bool:
    return isinstance(node, ast.Constant) and node.value in ("train_losses", "val_losses", "val_acc", "val_metric")


def _made_up(node: ast.expr) -> bool:
    """A non-empty list of literal numbers, or one number repeated."""
    if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Mult):
        return _made_up(node.left) or _made_up(node.right)
    if isinstance(node, ast.List):
        numbers = [e for e in node.elts if isinstance(e, ast.Constant) and isinstance(e.value, int | float) and e.value]
        return bool(numbers) and len(numbers) == len(node.elts)
    return False


def _rescue(program: Program, node: ast.AST) -> bool:
    return any(isinstance(up, ast.ExceptHandler | ast.If) for up in program.syntax.ancestors(node))


RULES = (trained_on_validation, test_data, carried_labels, written_metrics)
