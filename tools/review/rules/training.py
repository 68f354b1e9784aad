"""The training loop itself: modes, gradients, what is kept and what is returned."""

import ast
from collections.abc import Iterator

from tools.review.edits import Before, Edit, Import, Replace
from tools.review.finding import Severity
from tools.review.program import XM, Program
from tools.review.rule import Example, Hit, rule
from tools.review.values import Kind

HEAD = "xb, yb = xb.to(device), yb.to(device)\n"
TAIL = "torch_xla.sync()\ntotal += loss.detach()\n"
GOOD_STEP = HEAD + "optimizer.zero_grad()\nloss = criterion(model(xb), yb)\nloss.backward()\noptimizer.step()\n" + TAIL
SCORE = """
    logits = model(X_val.to(device))
    metrics["val_losses"].append(float(criterion(logits, y_val.to(device))))
    metrics["val_acc"].append(float((logits.argmax(1) == y_val.to(device)).float().mean()))
"""
GOOD_SCORE = "model.eval()\nwith torch.no_grad():" + SCORE
MODAL = ("Dropout", "BatchNorm", "InstanceNorm", "Transformer", "MultiheadAttention")
GRAD_OFF = ("torch.no_grad", "torch.inference_mode", "torch.set_grad_enabled", "torch.autograd.no_grad")


@rule(
    "TRN007",
    "an unbounded loop",
    Severity.ERROR,
    why="A loop that never ends holds the device until the limit kills it, and nothing is returned.",
    example=Example(
        "end",
        "while True:\n    optimizer.zero_grad()\nreturn model, metrics",
        "return model, metrics",
    ),
)
def unbounded(program: Program) -> Iterator[Hit]:
    for loop in program.syntax.loops:
        if isinstance(loop, ast.While) and isinstance(loop.test, ast.Constant) and loop.test.value:
            if not any(isinstance(n, ast.Break | ast.Return | ast.Raise) for n in ast.walk(loop)):
                yield Hit(loop, f"`while {ast.unparse(loop.test)}` has no break")
        elif isinstance(loop, ast.For) and isinstance(loop.iter, ast.Call):
            if program.path(loop.iter.func) in ("itertools.count", "itertools.cycle", "count", "cycle"):
                if not any(isinstance(n, ast.Break | ast.Return | ast.Raise) for n in ast.walk(loop)):
                    yield Hit(loop, f"`{program.short(loop.iter)}` never ends and the loop has no break")


def _evaluations(program: Program) -> Iterator[ast.Call]:
    """Calls of a network on validation data outside networks."""
    for call in program.syntax.calls:
        if call in program.model_calls and any(
            "val" in v.roots and "train" not in v.roots for a in call.args for v in program.inference.contexts(a)
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
        elif isinstance(up, ast.FunctionDef) or isinstance(up, ast.For | ast.While):
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
        if _grad_off(program, call, 0):
            continue
        yield Hit(call, f"`{program.short(call)}` scores validation data outside `torch.no_grad()`")
        return


def _grad_off(program: Program, node: ast.AST, depth: int) -> bool:
    for up in program.syntax.ancestors(node):
        if isinstance(up, ast.With) and any(_names_grad(program, item.context_expr) for item in up.items):
            return True
        if isinstance(up, ast.FunctionDef):
            if any(_names_grad(program, d) for d in up.decorator_list):
                return True
            calls = program.inference.callers.get(up, [])
            return depth < 3 and bool(calls) and any(_grad_off(program, c, depth + 1) for c in calls)
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


@rule(
    "TRN014",
    "gradients are never cleared",
    Severity.ERROR,
    fixable=True,
    why="Without `zero_grad()` gradients of all earlier steps add up.",
    example=Example("step", GOOD_STEP.replace("optimizer.zero_grad()\n", ""), GOOD_STEP),
)
def no_zero_grad(program: Program) -> Iterator[Hit]:
    if not program.optimizer_steps or not program.backwards:
        return
    for node in program.syntax.nodes:
        if isinstance(node, ast.Attribute) and node.attr == "zero_grad":
            return
        if (
            isinstance(node, ast.Assign)
            and isinstance(node.targets[0], ast.Attribute)
            and node.targets[0].attr == "grad"
        ):
            return
    call = program.backwards[0]
    if program.path(call.func).endswith("autograd.grad"):
        return
    steps = [s for s in program.optimizer_steps if program.syntax.function_of(s) is program.syntax.function_of(call)]
    name = _optimizer_name(program, steps[0]) if steps else ""
    direct = program.syntax.loops_around(steps[0])[:1] == program.syntax.loops_around(call)[:1] if steps else False
    same = (
        steps
        and program.syntax.parent[program.syntax.statement_of(steps[0])]
        is program.syntax.parent[program.syntax.statement_of(call)]
    )
    edits = (Before(program.syntax.statement_of(call), f"{name}.zero_grad()"),) if name and direct and same else ()
    yield Hit(call, f"`{program.short(call)}` adds to gradients that are never cleared with `zero_grad()`", edits)


def _optimizer_name(program: Program, step: ast.Call) -> str:
    if program.path(step.func) == f"{XM}.optimizer_step":
        return ast.unparse(step.args[0]) if step.args else ""
    func = step.func
    held = func.value if isinstance(func, ast.Attribute) else None
    if held is None or "scaler" in ast.unparse(held):
        return ""
    return ast.unparse(held)


@rule(
    "TRN022",
    "gradients are cleared between backward and step",
    Severity.ERROR,
    why="The step then sees no gradients and the weights never change.",
    example=Example(
        "step",
        HEAD + "loss = criterion(model(xb), yb)\nloss.backward()\noptimizer.zero_grad()\noptimizer.step()\n" + TAIL,
        GOOD_STEP,
    ),
)
def cleared_too_late(program: Program) -> Iterator[Hit]:
    for step in program.optimizer_steps:
        block = _block_of(program, step)
        calls = [(i, s.value) for i, s in enumerate(block) if isinstance(s, ast.Expr) and isinstance(s.value, ast.Call)]
        at = next((i for i, c in calls if c is step), None)
        before = [i for i, c in calls if c in program.backwards and at is not None and i < at]
        backward = before[-1] if before else None
        for index, call in calls:
            cleared = getattr(call.func, "attr", "") == "zero_grad"
            if cleared and at is not None and backward is not None and backward < index < at:
                yield Hit(call, f"`{program.short(call)}` stands between backward and step")


def _block_of(program: Program, node: ast.AST) -> list[ast.stmt]:
    statement = program.syntax.statement_of(node)
    up = program.syntax.parent[statement]
    for name in ("body", "orelse", "finalbody"):
        block = getattr(up, name, None)
        if isinstance(block, list) and statement in block:
            return block
    return []


@rule(
    "TRN015",
    "the loss is never differentiated",
    Severity.ERROR,
    why="Without `loss.backward()` there are no gradients and the weights never change.",
    example=Example("step", GOOD_STEP.replace("loss.backward()\n", ""), GOOD_STEP),
)
def no_backward(program: Program) -> Iterator[Hit]:
    if program.optimizer_steps and not program.backwards:
        step = program.optimizer_steps[0]
        if not any(isinstance(a, ast.Lambda | ast.Name) for a in step.args if not program.path(step.func)):
            yield Hit(step, f"`{program.short(step)}` is called but `backward()` never is")


@rule(
    "TRN016",
    "the weights are never updated",
    Severity.ERROR,
    why="Without an optimizer step the model that is returned is the one that was initialised.",
    example=Example("step", GOOD_STEP.replace("optimizer.step()\n", ""), GOOD_STEP),
)
def no_step(program: Program) -> Iterator[Hit]:
    if not program.backwards or program.optimizer_steps:
        return
    manual = any(isinstance(n, ast.Attribute) and n.attr in ("grad", "sub_", "add_") for n in program.syntax.nodes)
    if not manual:
        yield Hit(program.backwards[0], "gradients are computed but `optimizer.step()` is never called")


@rule(
    "TRN017",
    "return inside the epoch loop",
    Severity.ERROR,
    why="The function returns after the first epoch, whatever the number of epochs.",
    example=Example("validate", GOOD_SCORE + "return model, metrics", GOOD_SCORE),
)
def early_return(program: Program) -> Iterator[Hit]:
    for loop in program.syntax.loops:
        if not program.is_epoch_loop(loop) and loop not in program.train_loops:
            continue
        for statement in loop.body:
            if isinstance(statement, ast.Return):
                yield Hit(statement, f"`{program.short(statement)}` ends the training in the first pass of the loop")


@rule(
    "TRN018",
    "the graph of every step is kept",
    Severity.WARNING,
    fixable=True,
    why="Adding a loss that still requires gradients keeps every step's graph alive until the sum is dropped.",
    example=Example("step", GOOD_STEP.replace("loss.detach()", "loss"), GOOD_STEP),
)
def kept_graph(program: Program) -> Iterator[Hit]:
    differentiated = {ast.unparse(b.func.value) for b in program.backwards if isinstance(b.func, ast.Attribute)}
    for node in program.syntax.nodes:
        if not isinstance(node, ast.AugAssign) or not isinstance(node.op, ast.Add) or node not in program.step_nodes:
            continue
        target = ast.unparse(node.target)
        if target in differentiated or _grad_off(program, node, 0) or _feeds_backward(program, target, differentiated):
            continue
        losses = [n for n in ast.walk(node.value) if isinstance(n, ast.Name) and n.id in differentiated]
        live = [n for n in losses if not _detached(program, n, node)]
        if live and program.value(node.value).kind is Kind.TENSOR:
            edit = Replace(live[0], f"{live[0].id}.detach()")
            yield Hit(node, f"`{program.short(node)}` keeps the graph of `{live[0].id}`; add `.detach()`", (edit,))


def _feeds_backward(program: Program, target: str, differentiated: set[str]) -> bool:
    return any(target in program.assigned_text(name) for name in differentiated)


def _detached(program: Program, node: ast.AST, top: ast.AST) -> bool:
    for up in program.syntax.ancestors(node):
        if up is top:
            return False
        if isinstance(up, ast.Attribute) and up.attr in ("detach", "item", "data", "cpu", "tolist", "shape", "size"):
            return up.attr != "cpu"
        if isinstance(up, ast.Call) and getattr(up.func, "id", "") in ("float", "int", "len"):
            return True
    return False


@rule(
    "TRN019",
    "the best weights are not copied",
    Severity.ERROR,
    fixable=True,
    why="`state_dict()` holds references: what was kept as best changes with every further step.",
    example=Example(
        "validate",
        GOOD_SCORE + 'if metrics["val_acc"][-1] >= max(metrics["val_acc"]):\n    best = model.state_dict()',
        GOOD_SCORE
        + 'if metrics["val_acc"][-1] >= max(metrics["val_acc"]):\n    best = copy.deepcopy(model.state_dict())',
    ),
)
def live_state(program: Program) -> Iterator[Hit]:
    for call in program.syntax.calls:
        func = call.func
        if not isinstance(func, ast.Attribute) or func.attr != "state_dict" or not program.loops_around(call):
            continue
        kept = program.syntax.parent[call]
        copied = isinstance(kept, ast.Call) and getattr(kept.func, "attr", "") == "copy" and not kept.args
        shallow = isinstance(kept, ast.Attribute) and kept.attr == "copy"
        kept_plain = isinstance(kept, ast.Assign | ast.Tuple | ast.Dict)
        if (kept_plain or shallow or copied) and program.value(func.value).kind in (Kind.MODEL, Kind.UNKNOWN):
            wanted = f"copy.deepcopy({ast.unparse(call)})"
            edits: tuple[Edit, ...] = () if shallow else (Replace(call, wanted), Import("import copy"))
            yield Hit(call, f"`{program.short(call)}` is a view of the weights, not a copy", edits)


@rule(
    "TRN021",
    "work at import",
    Severity.ERROR,
    why="The module is imported before it is run; loops, training and file reads belong in `train_model`.",
    example=Example(
        "top", "table = [torch.zeros(3) for _ in range(3)]\nfor row in table:\n    row.add_(1)", "TABLE = [0, 1, 2]"
    ),
)
def work_at_import(program: Program) -> Iterator[Hit]:
    for statement in program.syntax.tree.body:
        if isinstance(statement, ast.For | ast.While | ast.With):
            yield Hit(statement, f"this `{type(statement).__name__.lower()}` runs when the module is imported")
            continue
        value = statement.value if isinstance(statement, ast.Expr | ast.Assign) else None
        for node in ast.walk(value) if value is not None else ():
            if (
                isinstance(node, ast.Call)
                and isinstance(node.func, ast.Name)
                and node.func.id in ("train_model", "main", "print")
            ):
                yield Hit(node, f"`{program.short(node)}` runs when the module is imported")


@rule(
    "TRN023",
    "layers in a plain Python list",
    Severity.ERROR,
    fixable=True,
    why="Layers in a list are no submodules: the optimizer never sees their weights and `.to(device)` leaves them behind.",
    example=Example(
        "net",
        """
class Net(nn.Module):
    def __init__(self, width):
        super().__init__()
        self.hidden = [nn.Linear(width, width), nn.Linear(width, width)]
        self.out = nn.Linear(width, 3)

    def forward(self, x):
        for layer in self.hidden:
            x = torch.relu(layer(x))
        return self.out(x)
""",
        """
class Net(nn.Module):
    def __init__(self, width):
        super().__init__()
        self.hidden = nn.ModuleList([nn.Linear(width, width), nn.Linear(width, width)])
        self.out = nn.Linear(width, 3)

    def forward(self, x):
        for layer in self.hidden:
            x = torch.relu(layer(x))
        return self.out(x)
""",
    ),
)
def listed_layers(program: Program) -> Iterator[Hit]:
    for function in program.syntax.functions:
        owner = program.syntax.class_of(function)
        if function.name != "__init__" or owner is None or not program.syntax.is_module_class(owner):
            continue
        source = ast.unparse(function)
        for node in ast.walk(function):
            target = node.targets[0] if isinstance(node, ast.Assign) else None
            if not isinstance(target, ast.Attribute) or not isinstance(node, ast.Assign):
                continue
            if not isinstance(node.value, ast.List | ast.ListComp):
                continue
            held = program.value(node.value).element
            appended = [
                n
                for n in ast.walk(function)
                if isinstance(n, ast.Call) and ast.unparse(n.func) == f"{ast.unparse(target)}.append"
            ]
            holds_layers = held.kind is Kind.MODEL or any(
                program.value(c.args[0]).kind is Kind.MODEL for c in appended if c.args
            )
            if (
                holds_layers
                and f"Sequential(*{ast.unparse(target)}" not in source
                and f"ModuleList({ast.unparse(target)}" not in source
            ):
                nn = next((alias for alias, path in program.syntax.aliases.items() if path == "torch.nn"), "torch.nn")
                edit = Replace(node.value, f"{nn}.ModuleList({ast.unparse(node.value)})")
                yield Hit(
                    node, f"`{program.short(target)}` hides its layers from the optimizer; use nn.ModuleList", (edit,)
                )


@rule(
    "TRN024",
    "a network without super().__init__()",
    Severity.ERROR,
    fixable=True,
    why="nn.Module must be initialised before layers are assigned: `cannot assign module before Module.__init__() call`.",
    example=Example(
        "net",
        """
class Net(nn.Module):
    def __init__(self, width):
        self.out = nn.Linear(width, 3)

    def forward(self, x):
        return self.out(x)
""",
        """
class Net(nn.Module):
    def __init__(self, width):
        super().__init__()
        self.out = nn.Linear(width, 3)

    def forward(self, x):
        return self.out(x)
""",
    ),
)
def no_super(program: Program) -> Iterator[Hit]:
    for function in program.syntax.functions:
        owner = program.syntax.parent[function]
        if (
            function.name != "__init__"
            or not isinstance(owner, ast.ClassDef)
            or not program.syntax.is_module_class(owner)
        ):
            continue
        if ".__init__(" not in ast.unparse(function):
            yield Hit(
                function,
                f"`{owner.name}.__init__` does not call `super().__init__()`",
                (Before(_first(function), "super().__init__()"),),
            )


def _first(function: ast.AST) -> ast.stmt:
    assert isinstance(function, ast.FunctionDef | ast.AsyncFunctionDef)
    first, *rest = function.body
    documented = isinstance(first, ast.Expr) and isinstance(first.value, ast.Constant) and rest
    return rest[0] if documented else first


RULES = (
    unbounded,
    no_eval,
    gradients_in_validation,
    stays_in_eval,
    no_zero_grad,
    cleared_too_late,
    no_backward,
    no_step,
    early_return,
    kept_graph,
    live_state,
    work_at_import,
    listed_layers,
    no_super,
)
