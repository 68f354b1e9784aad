"""Rules about the training loop: its end, what it keeps, when it runs."""

import ast
from collections.abc import Iterator

from tools.review.edits import KEPT, Around, Edit, Import
from tools.review.finding import Severity
from tools.review.program import Program
from tools.review.rule import Example, Hit, rule
from tools.review.rules.modes import GOOD_SCORE
from tools.review.values import Kind

ENDLESS = ("itertools.count", "itertools.cycle")
WAYS_OUT = (ast.Break, ast.Return, ast.Raise, ast.Yield, ast.YieldFrom)
"""What leaves a loop; a generator ends with whoever reads it."""


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
        if any(isinstance(n, WAYS_OUT) for n in ast.walk(loop)):
            continue
        if isinstance(loop, ast.While) and isinstance(loop.test, ast.Constant) and loop.test.value:
            yield Hit(loop, f"`while {ast.unparse(loop.test)}` has no break")
        elif isinstance(loop, ast.For) and isinstance(loop.iter, ast.Call) and program.path(loop.iter.func) in ENDLESS:
            yield Hit(loop, f"`{program.short(loop.iter)}` never ends and the loop has no break")


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
            edits: tuple[Edit, ...] = (
                () if shallow else (Around(call, call, f"copy.deepcopy({KEPT})"), Import("import copy"))
            )
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


RULES = (
    unbounded,
    early_return,
    live_state,
    work_at_import,
)
