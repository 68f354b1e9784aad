"""Features of a slot: short strings, each true of it or not, that a classifier learns from.

From names (sub-words), what is assigned (by the abstract evaluation), annotations and defaults, what is done with it
(operations, methods, calls that it flows into), and where it stands. Nothing is run.
"""

import ast
import re
from collections.abc import Iterator

from runtime.compiler.inference.classes import kind
from runtime.compiler.inference.evaluation import UNKNOWN, Evaluation, Types
from runtime.compiler.inference.scopes import Binding, Scope, called, last_name
from runtime.compiler.inference.slots import Slot

WORD = re.compile(r"[A-Z]+(?=[A-Z][a-z])|[A-Z]?[a-z]+|[A-Z]+|\d+")
MOST_USES = 40
FEWEST_LETTERS = 4


def words(name: str) -> list[str]:
    """Sub-words of an identifier: `max`, `line`, `length` of `maxLineLength` or `max_line_length`."""
    return [word.lower() for word in WORD.findall(name)]


def features(slot: Slot, evaluation: Evaluation) -> set[str]:
    """All of one slot's."""
    found = set(_of_name(slot.name, "name") if slot.role != "return" else _of_function(slot.scope))
    found |= set(_of_place(slot))
    found |= set(_of_values(slot, evaluation))
    if slot.role == "return":
        found |= set(_of_returns(slot.scope))
    else:
        found |= set(_of_uses(slot, evaluation))
    return {f"{slot.role[0]}:{feature}" for feature in found if feature.startswith(("name", "is"))} | found


def _of_name(name: str, label: str) -> Iterator[str]:
    yield f"{label}={name.lower().strip('_')}"
    parts = words(name)
    for part in parts:
        yield f"{label}~{part}"
        if len(part) > FEWEST_LETTERS and part.endswith("s"):
            yield f"{label}~{part[:-1]}+s"
    if parts:
        yield f"{label}<{parts[0]}"
        yield f"{label}>{parts[-1]}"
        yield f"{label} plural" if parts[-1].endswith("s") and len(parts[-1]) > 2 else f"{label} singular"
        yield f"{label} long {min(len(parts), 3)}"
    if len(name) == 1:
        yield f"{label} letter"
    if name.isupper():
        yield f"{label} upper"
    if name.startswith("_"):
        yield f"{label} private"


def _of_function(scope: Scope) -> Iterator[str]:
    yield from _of_name(scope.name.rpartition(".")[2], "function")
    if isinstance(scope.node, ast.Module):
        return
    for decorator in scope.node.decorator_list:
        yield f"decorator {last_name(decorator.func if isinstance(decorator, ast.Call) else decorator)}"
    if scope.yields:
        yield "yields"
    if not any(value is not None for value in scope.returns):
        yield "returns nothing"
    if not isinstance(scope.node.body[-1], ast.Return | ast.Raise | ast.If | ast.Try | ast.With):
        yield "may fall off"
    yield f"returns {min(len(scope.returns), 4)}"
    yield f"owner {bool(scope.owner)}"


def _of_place(slot: Slot) -> Iterator[str]:
    yield f"is {slot.role}"
    if slot.role != "argument":
        yield "is module's" if isinstance(slot.scope.node, ast.Module) else "is function's"
        return
    names = [argument.arg for argument in slot.scope.arguments]
    yield f"is argument {min(names.index(slot.name), 5)}"
    yield f"is of {min(len(names), 6)}"
    for word in words(slot.scope.name.rpartition(".")[2]):
        yield f"in {word}"
    for word in words(slot.scope.owner):
        yield f"owner ~{word}"
    for other in names:
        if other not in ("self", "cls", slot.name):
            yield f"beside {other}"
    if slot.name in slot.scope.bindings:
        yield "is rebound"


def _values(label: str, types: Types) -> Iterator[str]:
    """Kinds that an evaluation found, alone and together."""
    kinds = sorted({UNKNOWN if name == UNKNOWN else kind(name) or UNKNOWN for name in types})
    for one in kinds:
        yield f"{label} {one}"
    if len(kinds) <= 3:
        yield f"{label} only {'|'.join(kinds)}"
    surely = [one for one in kinds if one not in (UNKNOWN, "None")]
    if len(surely) == 1:
        yield f"{label} mostly {surely[0]}"


def _of_values(slot: Slot, evaluation: Evaluation) -> Iterator[str]:
    scope = slot.scope
    if slot.role == "return":
        yield from _values("value", evaluation.result(scope))
        if not isinstance(scope.node, ast.Module) and scope.node.returns is not None:
            yield from _values("hint", evaluation.annotation(scope.node.returns))
            yield from (f"hint ~{word}" for word in words(ast.unparse(scope.node.returns))[:6])
        return
    yield from _values("value", evaluation.variable(slot.name, scope))
    bindings = scope.bindings.get(slot.name, [])
    for binding in bindings[:MOST_USES]:
        yield f"bound {binding.how}"
        yield from _values(f"by {binding.how}", evaluation.binding(binding, scope))
        yield from _shape("from", binding)
        if binding.operator:
            yield f"changed {type(binding.operator).__name__}"
    if slot.role == "argument":
        yield from _of_argument(slot, evaluation)


def _of_argument(slot: Slot, evaluation: Evaluation) -> Iterator[str]:
    scope = slot.scope
    default = scope.default(slot.name)
    if default is not None:
        yield from _values("default", evaluation.types(default, scope.outer or evaluation.code.module))
        if isinstance(default, ast.Constant):
            yield f"default = {default.value!r:.12}"
    else:
        yield "default missing"
    for argument in scope.arguments:
        if argument.arg == slot.name and argument.annotation:
            yield from _values("hint", evaluation.annotation(argument.annotation))
            yield from (f"hint ~{word}" for word in words(ast.unparse(argument.annotation))[:6])
    for passed, caller in evaluation.passed(slot.name, scope):
        yield from _values("passed", evaluation.types(passed, caller))
        yield from (f"passed {feature}" for feature in _of_expression(passed))


def _shape(label: str, binding: Binding) -> Iterator[str]:
    if binding.expression is None:
        return
    place = f" {binding.path}" if binding.path else ""
    for feature in _of_expression(binding.expression):
        yield f"{label} {binding.how}{place} {feature}"


def _of_expression(node: ast.expr) -> Iterator[str]:
    """What an expression looks like, for those whose types aren't known."""
    match node:
        case ast.Call():
            name = called(node)
            yield f"call {name}"
            yield from (f"call ~{word}" for word in words(name))
            if name[:1].isupper():
                yield "call Class"
        case ast.Attribute(attr=name):
            yield f"attribute {name}"
            yield from (f"attribute ~{word}" for word in words(name))
        case ast.Name(id=name):
            yield f"name {name}"
            yield from (f"name ~{word}" for word in words(name))
        case ast.Subscript(value=value, slice=index):
            yield f"part {type(index).__name__}"
            yield from (f"part of ~{word}" for word in words(last_name(value)))
        case ast.BinOp(op=op):
            yield f"operation {type(op).__name__}"
        case _:
            yield type(node).__name__


def _of_returns(scope: Scope) -> Iterator[str]:
    for value in (scope.yields or scope.returns)[:MOST_USES]:
        if value is not None:
            yield from (f"returned {feature}" for feature in _of_expression(value))


def _of_uses(slot: Slot, evaluation: Evaluation) -> Iterator[str]:
    uses = slot.scope.uses.get(slot.name, [])
    if not uses:
        yield "unused"
    for use in uses[:MOST_USES]:
        yield from _of_use(use, slot.scope, evaluation)


def _of_use(use: ast.expr, scope: Scope, evaluation: Evaluation) -> Iterator[str]:
    parent = evaluation.code.parents.get(use)
    match parent:
        case ast.Attribute(attr=attr):
            outer = evaluation.code.parents.get(parent)
            calls = isinstance(outer, ast.Call) and outer.func is parent
            yield f"{'method' if calls else 'attribute'} .{attr}"
        case ast.Call(func=func) if func is use:
            yield "called"
        case ast.Call():
            yield from _passed_on(use, parent)
        case ast.keyword(arg=arg):
            yield f"keyword {arg}"
            yield from (f"keyword ~{word}" for word in words(arg or "**"))
        case ast.BinOp(left=left, op=op, right=right):
            other = right if left is use else left
            side = "left" if left is use else "right"
            yield f"{side} of {type(op).__name__}"
            yield from _values(f"{type(op).__name__} with", evaluation.types(other, scope))
        case ast.Compare(left=left, ops=ops, comparators=others):
            yield from _compared(use, left, ops, others, scope, evaluation)
        case ast.Subscript(value=value, slice=index):
            if value is use:
                yield f"part {type(index).__name__} {type(parent.ctx).__name__}"
                yield from _values("index", evaluation.types(index, scope))
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
            outer = evaluation.code.parents.get(parent)
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


def _passed_on(use: ast.expr, call: ast.Call) -> Iterator[str]:
    name = called(call)
    place = next((at for at, argument in enumerate(call.args) if argument is use), 0)
    yield f"passed to {name} {min(place, 3)}"
    yield from (f"passed to ~{word}" for word in words(name))
    if name in ("isinstance", "issubclass") and len(call.args) == 2 and place == 0:
        tested = call.args[1].elts if isinstance(call.args[1], ast.Tuple) else [call.args[1]]
        yield from (f"instance of {last_name(one)}" for one in tested)


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
    yield from _values(f"compared {name}{side} with", evaluation.types(other, scope))
