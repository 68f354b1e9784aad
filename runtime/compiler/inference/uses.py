"""Features of what is done with a value: operations, methods, comparisons, calls that it flows into."""

import ast
from collections.abc import Iterator, Sequence

from runtime.compiler.inference import callers
from runtime.compiler.inference.evaluation import Evaluation
from runtime.compiler.inference.known import ON_BUILT_IN
from runtime.compiler.inference.names import words
from runtime.compiler.inference.scopes import OWN, Scope, called, last_name
from runtime.compiler.inference.slots import Slot
from runtime.compiler.inference.type_names import NOTHING
from runtime.compiler.inference.values import of_types

MOST_USES = 40
MOST_LATER = 15


def of_uses(slot: Slot, evaluation: Evaluation) -> Iterator[str]:
    """Of a variable, and of what it is stored in."""
    uses = slot.scope.uses.get(slot.name, [])
    if not uses:
        yield "unused"
    for use in uses[:MOST_USES]:
        yield from _of_use(use, slot.scope, evaluation)
        yield from _later(use, slot.scope, evaluation)


def of_results(scope: Scope, evaluation: Evaluation) -> Iterator[str]:
    """Of what a function returns, where it is called."""
    for call, caller in callers.calls_of(evaluation, scope):
        for feature in _of_use(call, caller, evaluation):
            yield f"result {feature}"
        for feature in _later(call, caller, evaluation):
            yield f"result {feature}"


def _later(use: ast.expr, scope: Scope, evaluation: Evaluation) -> Iterator[str]:
    """Of the variable or the attribute of `self` that a value is assigned to as it is."""
    parent = scope.code.parents.get(use)
    targets = parent.targets if isinstance(parent, ast.Assign) else []
    for target in targets:
        match target:
            case ast.Name(id=name) if not isinstance(use, ast.Name) or name != use.id:
                later: Sequence[tuple[ast.expr, Scope]] = [(one, scope) for one in scope.uses.get(name, [])]
            case ast.Attribute(value=ast.Name(id=holder), attr=name) if holder in OWN:
                loads = scope.code.loads.get(name, [])
                later = [(one, at) for one, at in loads if isinstance(one.value, ast.Name) and one.value.id in OWN]
            case _:
                continue
        for one, at in later[:MOST_LATER]:
            for feature in _of_use(one, at, evaluation):
                yield f"then {feature}"


def _of_use(use: ast.expr, scope: Scope, evaluation: Evaluation) -> Iterator[str]:
    parent = scope.code.parents.get(use)
    match parent:
        case ast.Attribute(attr=attr):
            outer = scope.code.parents.get(parent)
            calls = isinstance(outer, ast.Call) and outer.func is parent
            yield f"{'method' if calls else 'attribute'} .{attr}"
        case ast.Call(func=func) if func is use:
            yield "called"
        case ast.Call():
            yield from _passed_on(use, parent, scope, evaluation)
        case ast.keyword(arg=arg):
            outer = scope.code.parents.get(parent)
            if isinstance(outer, ast.Call):
                yield from _received(scope, outer, 0, arg or "**", evaluation)
            yield f"keyword {arg}"
            yield from (f"keyword ~{word}" for word in words(arg or "**"))
        case ast.BinOp(left=left, op=op, right=right):
            other = right if left is use else left
            side = "left" if left is use else "right"
            yield f"{side} of {type(op).__name__}"
            yield from of_types(f"{type(op).__name__} with", evaluation.types(other, scope))
        case ast.Compare(left=left, ops=ops, comparators=others):
            yield from _compared(use, left, ops, others, scope, evaluation)
        case ast.Subscript(value=value, slice=index):
            if value is use:
                yield f"part {type(index).__name__} {type(parent.ctx).__name__}"
                yield from of_types("index", evaluation.types(index, scope))
            else:
                yield "index of"
                yield from (f"index of ~{word}" for word in words(last_name(value)))
        case ast.For(iter=iterated) | ast.comprehension(iter=iterated) if iterated is use:
            yield "iterated"
            target = parent.target
            yield f"iterated into {len(target.elts) if isinstance(target, ast.Tuple) else 1}"
        case ast.Assign(targets=targets):
            for target in targets:
                yield "assigned on"
                yield from (f"to ~{word}" for word in words(last_name(target)))
                if isinstance(target, ast.Tuple):
                    yield f"unpacked {len(target.elts)}"
                if isinstance(target, ast.Name | ast.Attribute):
                    yield f"to {last_name(target)}"
        case ast.AugAssign(op=op):
            yield f"added by {type(op).__name__}"
        case ast.FormattedValue(format_spec=spec):
            yield f"formatted {ast.unparse(spec) if spec else ''}"[:20]
        case ast.UnaryOp(op=op):
            yield f"unary {type(op).__name__}"
        case ast.If() | ast.While() | ast.IfExp() | ast.BoolOp() | ast.Assert():
            yield f"tested in {type(parent).__name__}"
        case ast.Tuple():
            yield "in tuple"
            outer = scope.code.parents.get(parent)
            if isinstance(outer, ast.BinOp) and isinstance(outer.op, ast.Mod):
                yield "formatted by %"
            if isinstance(outer, ast.Subscript):
                yield "index in tuple"
        case ast.Slice():
            yield "bound of slice"
        case None:
            return
        case _:
            yield f"in {type(parent).__name__}"


def _passed_on(use: ast.expr, call: ast.Call, scope: Scope, evaluation: Evaluation) -> Iterator[str]:
    name = called(call)
    place = next((at for at, argument in enumerate(call.args) if argument is use), 0)
    yield f"passed to {name} {min(place, 3)}"
    yield from (f"passed to ~{word}" for word in words(name))
    if name in ("isinstance", "issubclass") and len(call.args) == 2 and place == 0:
        tested = call.args[1].elts if isinstance(call.args[1], ast.Tuple) else [call.args[1]]
        yield from (f"instance of {last_name(one)}" for one in tested)
    yield from _received(scope, call, place, "", evaluation)


def _received(scope: Scope, call: ast.Call, place: int, keyword: str, evaluation: Evaluation) -> Iterator[str]:
    """What the function that is called thinks of its argument."""
    for function in meant(call, scope, evaluation):
        names = [argument.arg for argument in function.arguments][1 if function.is_method else 0 :]
        name = keyword if keyword in names else names[place] if not keyword and place < len(names) else ""
        if not name:
            continue
        yield f"received as {name}"
        yield from (f"received as ~{word}" for word in words(name))
        found = evaluation.declared(name, function)
        if found != NOTHING:
            yield from of_types("received", found)


def meant(call: ast.Call, scope: Scope, evaluation: Evaluation) -> list[Scope]:
    """Functions that a call may mean, where they are known."""
    project, code = evaluation.project, scope.code
    match call.func:
        case ast.Name(id=name):
            held = project.class_of(code, name) if name in code.classes or name in code.imports else None
            if held:
                return [one for one in held[0].by_name.get("__init__", []) if one.owner == held[1].name]
            return project.functions_of(code, name)
        case ast.Attribute(value=ast.Name(id=held_name), attr=name) if held_name in code.imports:
            return project.function_in(code, held_name, name)
        case ast.Attribute(attr=name) if name not in ON_BUILT_IN:
            return project.methods_of(code, name)[:2]
    return []


def _compared(
    use: ast.expr,
    left: ast.expr,
    ops: list[ast.cmpop],
    others: list[ast.expr],
    scope: Scope,
    evaluation: Evaluation,
) -> Iterator[str]:
    operands = [left, *others]
    at = next(place for place, operand in enumerate(operands) if operand is use)
    op = ops[max(at - 1, 0)]
    other = operands[at - 1] if at else operands[1]
    name = type(op).__name__
    side = " right" if at and isinstance(op, ast.In | ast.NotIn) else ""
    yield f"compared {name}{side}"
    yield from of_types(f"compared {name}{side} with", evaluation.types(other, scope))
