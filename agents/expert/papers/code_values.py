"""Which values a program gives its hyperparameters: the defaults of its search space, and the literals in its text."""

import ast
import math
from collections import defaultdict

from agents.expert.repairs.source import Source, argument, last_name
from agents.paper_names import group_of, read_name
from runtime.search_space import SearchSpace, defaults

FIRST_ARGUMENT = {"Dropout": "dropout", "Dropout1d": "dropout", "Dropout2d": "dropout"}
KERNEL_PLACE = 2
AXES = ("dim", "d", "n", "h")
"""In code these name an axis or a loop's end, not a hyperparameter."""


def find_values(source: Source, space: SearchSpace) -> dict[str, list[float]]:
    """Group (or plain name) of a hyperparameter → its values, those of the search space's defaults first."""
    values: dict[str, list[float]] = defaultdict(list)

    def add(name: str, value: object) -> None:
        if isinstance(value, int | float) and not isinstance(value, bool) and name not in AXES and math.isfinite(value):
            values[key_of(name)].append(float(value))

    for name, value in defaults(space).items():
        add(name, value)
    for node in source.nodes():
        if isinstance(node, ast.keyword) and node.arg:
            add(node.arg, _literal(node.value))
            if node.arg == "betas" and isinstance(node.value, ast.Tuple) and len(node.value.elts) == 2:
                add("beta1", _literal(node.value.elts[0]))
                add("beta2", _literal(node.value.elts[1]))
        elif isinstance(node, ast.Dict):
            for key, entry in zip(node.keys, node.values, strict=True):
                if isinstance(key, ast.Constant) and isinstance(key.value, str):
                    add(key.value, _literal(entry))
        elif isinstance(node, ast.Assign) and len(node.targets) == 1:
            add(last_name(node.targets[0]), _literal(node.value))
        elif isinstance(node, ast.Call):
            called = last_name(node.func)
            if called in FIRST_ARGUMENT:
                add(FIRST_ARGUMENT[called], _literal(argument(node, 0, "p")))
            elif called in ("Conv1d", "Conv2d"):
                add("kernel_size", _literal(argument(node, KERNEL_PLACE, "kernel_size")))
    return dict(values)


def find_places(source: Source) -> dict[str, list[int]]:
    """Group (or plain name) of a hyperparameter → the lines that read it by its name, give it or set it, in order."""
    places: dict[str, set[int]] = defaultdict(set)
    for node in source.nodes():
        names: list[ast.AST | str | None] = []
        if isinstance(node, ast.Call):
            names = [*node.args[:1], *(keyword.arg for keyword in node.keywords)]
        elif isinstance(node, ast.Subscript):
            names = [node.slice]
        elif isinstance(node, ast.Assign):
            names = [last_name(target) for target in node.targets]
        for name in names:
            plain = _literal(name) if isinstance(name, ast.AST) else name
            if isinstance(plain, str) and isinstance(node, ast.expr | ast.stmt):
                places[key_of(plain)].add(node.lineno)
    return {key: sorted(lines) for key, lines in places.items()}


def key_of(name: str) -> str:
    """What all names of one hyperparameter have in common."""
    return group_of(name) or read_name(name)


def _literal(node: ast.AST | None) -> object:
    return node.value if isinstance(node, ast.Constant) else None
