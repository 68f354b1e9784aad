"""Features of what is known of other slots that have the same name."""

from collections import Counter
from collections.abc import Iterator

from runtime.compiler.inference.evaluation import Evaluation
from runtime.compiler.inference.scopes import Scope
from runtime.compiler.inference.slots import Slot
from runtime.compiler.inference.type_names import UNKNOWN
from runtime.compiler.inference.values import kinds_of

MOST = 10


def of_namesakes(slot: Slot, evaluation: Evaluation) -> Iterator[str]:
    """Variables of that name in other functions of the file, then of the project; functions of that name."""
    if slot.role == "return":
        found = _counted(evaluation, evaluation.project.methods.get(slot.scope.short, []), slot, "")
        yield from _of_counts("namesakes", found)
        return
    near = [scope for scope in slot.scope.code.holders.get(slot.name, []) if scope is not slot.scope]
    yield from _of_counts("namesakes", _counted(evaluation, near, slot, slot.name))
    far = [scope for scope in evaluation.project.holders(slot.name) if scope.code is not slot.scope.code]
    yield from _of_counts("far namesakes", _counted(evaluation, far, slot, slot.name))


def _counted(evaluation: Evaluation, scopes: list[Scope], slot: Slot, name: str) -> Counter[str]:
    found: Counter[str] = Counter()
    for scope in scopes[:MOST]:
        if scope is slot.scope:
            continue
        types = evaluation.variable(name, scope) if name else evaluation.returned(scope)
        for kind in kinds_of(types):
            found[kind] += 1
    return found


def _of_counts(label: str, counts: Counter[str]) -> Iterator[str]:
    known = {kind: count for kind, count in counts.items() if kind != UNKNOWN}
    total = sum(known.values())
    for kind, count in known.items():
        yield f"{label} {kind}"
        if count * 2 > total:
            yield f"{label} mostly {kind}"
        if count == total and count > 1:
            yield f"{label} all {kind}"
