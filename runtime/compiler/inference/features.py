"""Features of a slot: short strings, each true of it or not, that a classifier learns from.

From names (sub-words), what is assigned (by the abstract evaluation), annotations and defaults, docstrings, what is
done with it (operations, methods, calls that it flows into), slots of the same name, and where it stands. Nothing is
run.
"""

import ast
from collections import Counter
from collections.abc import Iterator

from runtime.compiler.inference import callers
from runtime.compiler.inference.evaluation import Evaluation
from runtime.compiler.inference.names import of_name, words
from runtime.compiler.inference.namesakes import of_namesakes
from runtime.compiler.inference.said import of_docstring
from runtime.compiler.inference.scopes import Scope
from runtime.compiler.inference.slots import Slot
from runtime.compiler.inference.type_names import UNKNOWN, Types
from runtime.compiler.inference.uses import MOST_USES, of_results, of_uses
from runtime.compiler.inference.values import kinds_of, of_binding, of_expression, of_types


def features(slot: Slot, evaluation: Evaluation) -> set[str]:
    """All of one slot's."""
    found = set(of_name(slot.name, "name") if slot.role != "return" else _of_function(slot.scope))
    found |= set(_of_place(slot))
    found |= set(_of_return(slot, evaluation) if slot.role == "return" else _of_values(slot, evaluation))
    found |= set(of_docstring(slot, evaluation))
    found |= set(of_namesakes(slot, evaluation))
    if slot.role == "return":
        found |= set(of_results(slot.scope, evaluation))
    else:
        found |= set(of_uses(slot, evaluation))
    return {f"{slot.role[0]}:{feature}" for feature in found if feature.startswith(("name", "is"))} | found


def _of_function(scope: Scope) -> Iterator[str]:
    yield from of_name(scope.short, "function")
    if isinstance(scope.node, ast.Module):
        return
    yield from (f"decorator {name}" for name in scope.decorators)
    if scope.yields:
        yield "yields"
    if not any(value is not None for value in scope.returns):
        yield "returns nothing"
    if not isinstance(scope.node.body[-1], ast.Return | ast.Raise | ast.If | ast.Try | ast.With):
        yield "may fall off"
    yield f"returns {min(len(scope.returns), 4)}"
    yield f"owner {bool(scope.owner)}"
    yield from (f"owner ~{word}" for word in words(scope.owner))
    yield from (f"takes {argument.arg}" for argument in scope.arguments[:6])


def _of_place(slot: Slot) -> Iterator[str]:
    yield f"is {slot.role}"
    if slot.role != "argument":
        yield "is module's" if isinstance(slot.scope.node, ast.Module) else "is function's"
        yield from (f"in {word}" for word in words(slot.scope.short))
        return
    names = [argument.arg for argument in slot.scope.arguments]
    yield f"is argument {min(names.index(slot.name), 5)}"
    yield f"is of {min(len(names), 6)}"
    yield f"of {slot.scope.short} {min(names.index(slot.name), 5)}"
    yield from (f"in {word}" for word in words(slot.scope.short))
    yield from (f"owner ~{word}" for word in words(slot.scope.owner))
    yield from (f"decorator {name}" for name in slot.scope.decorators)
    yield from (f"beside {other}" for other in names if other not in ("self", "cls", slot.name))
    if slot.name in slot.scope.bindings:
        yield "is rebound"


def _of_return(slot: Slot, evaluation: Evaluation) -> Iterator[str]:
    scope = slot.scope
    yield from of_types("value", evaluation.result(scope))
    for value in (scope.yields or scope.returns)[:MOST_USES]:
        if value is not None:
            yield from of_types("returned", evaluation.types(value, scope))
            yield from (f"returned {feature}" for feature in of_expression(value))
    for _, _, value in callers.shown(scope):
        yield from of_types("shown", evaluation.types(value, scope.code.module))
        yield "shown Call"
    if not isinstance(scope.node, ast.Module) and scope.node.returns is not None:
        yield from _of_hint(scope.node.returns, scope, evaluation)


def _of_hint(hint: ast.expr, scope: Scope, evaluation: Evaluation) -> Iterator[str]:
    yield from of_types("hint", evaluation.annotation(hint, scope))
    yield from (f"hint ~{word}" for word in words(ast.unparse(hint))[:6])


def _of_values(slot: Slot, evaluation: Evaluation) -> Iterator[str]:
    scope = slot.scope
    yield from of_types("value", evaluation.variable(slot.name, scope))
    for binding in scope.bindings.get(slot.name, [])[:MOST_USES]:
        yield f"bound {binding.how}"
        yield from of_types(f"by {binding.how}", evaluation.binding(binding, scope, name=slot.name))
        yield from of_binding("from", binding)
        if binding.operator:
            yield f"changed {type(binding.operator).__name__}"
    if slot.role == "argument":
        yield from _of_argument(slot, evaluation)


def _of_argument(slot: Slot, evaluation: Evaluation) -> Iterator[str]:
    scope = slot.scope
    default = scope.default(slot.name)
    if default is None:
        yield "default missing"
    else:
        yield from of_types("default", evaluation.types(default, scope.outer or scope.code.module))
        if isinstance(default, ast.Constant):
            yield f"default = {default.value!r:.12}"
    for argument in scope.arguments:
        if argument.arg == slot.name and argument.annotation:
            yield from _of_hint(argument.annotation, scope, evaluation)
    passed = callers.passed(evaluation, slot.name, scope)
    calls = len(callers.calls_of(evaluation, scope))
    yield from _of_calls(len(passed), calls, default is not None)
    given = [evaluation.types(value, caller) for value, caller in passed]
    if default is not None:
        given += [evaluation.types(default, scope.outer or scope.code.module)] * (calls - len(passed))
    yield from _most_given(given)
    for value, caller in passed:
        yield from of_types("passed", evaluation.types(value, caller))
        yield from (f"passed {feature}" for feature in of_expression(value))


def _most_given(given: list[Types]) -> Iterator[str]:
    """What most calls pass, those that leave it out with its default value."""
    kinds = Counter(kind for types in given if len(kinds_of(types)) == 1 for kind in kinds_of(types) if kind != UNKNOWN)
    for kind, count in kinds.most_common(1):
        yield f"given most {kind}"
        if count * 2 > len(given):
            yield f"given by far {kind}"


def _of_calls(passed: int, calls: int, has_default: bool) -> Iterator[str]:
    """How often calls that are known leave an argument out."""
    if not calls:
        yield "never called"
    elif has_default:
        yield f"given {'never' if not passed else 'always' if passed == calls else 'sometimes'}"
        yield f"given by most {passed * 2 > calls}"
