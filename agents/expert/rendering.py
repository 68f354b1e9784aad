"""From blueprint files to one self-contained module text."""

import ast
from collections import defaultdict
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from runtime.data_profile import TaskType
from runtime.python_source import parse_module

BLUEPRINTS = Path(__file__).parent / "blueprints"
PACKAGE = "agents.expert.blueprints."
COMMENTS_FOR_TOOLS = ("  # type: ignore", "  # noqa")


def render(blueprint: str, task: TaskType, constants: dict[str, Any], defaults: dict[str, Any]) -> str:
    """The text of a blueprint, the parts that it imports written out below it, its constants set.

    `constants` replaces top-level names such as INPUT_SHAPE, `defaults` the whole of DEFAULTS. The objective is the
    one of `task`. Raises KeyError for a constant that the blueprint lacks.
    """
    sources: dict[str, str] = {}
    _collect(blueprint, task, sources)
    trees = {name: parse_module(source) for name, source in sources.items()}
    order = [blueprint, *(name for name in sources if name != blueprint)]
    guarded = [
        _lines(sources[name], node.lineno, node.end_lineno)
        for name in order
        for node in trees[name].body
        if isinstance(node, ast.Try)
    ]
    head = f'"""{ast.get_docstring(trees[blueprint], clean=False)}"""\n\n' + _merged_imports(trees.values())
    bodies = [_body(trees[name], sources[name]) for name in order]
    text = "\n\n".join([head, *guarded]) + "\n\n" + "\n\n\n".join(bodies)
    text = _set_constants(text, {**constants, "DEFAULTS": defaults})
    return "\n".join(_without_tool_comments(line) for line in text.splitlines()).rstrip() + "\n"


def _collect(name: str, task: TaskType, sources: dict[str, str]) -> None:
    """Read a blueprint file after the files that it imports."""
    source = (BLUEPRINTS / f"{name}.py").read_text(encoding="utf-8")
    for node in parse_module(source).body:
        if isinstance(node, ast.ImportFrom) and node.module and node.module.startswith(PACKAGE):
            needed = node.module.removeprefix(PACKAGE)
            needed = task if needed == "classification" else needed
            if needed not in sources:
                _collect(needed, task, sources)
    sources[name] = source


def _merged_imports(trees: Iterable[ast.Module]) -> str:
    """One import block, the standard library first, in the order that ruff wants."""
    plain: set[str] = set()
    named: dict[str, set[str]] = defaultdict(set)
    for tree in trees:
        for node in tree.body:
            if isinstance(node, ast.Import):
                plain |= {alias.name for alias in node.names}
            elif isinstance(node, ast.ImportFrom) and node.module and not node.module.startswith(PACKAGE):
                named[node.module] |= {alias.name for alias in node.names}
    blocks = []
    for ours in (False, True):
        lines = [f"import {name}" for name in sorted(plain) if name.startswith("torch") is ours]
        lines += [
            f"from {module} import {', '.join(sorted(names))}"
            for module, names in sorted(named.items())
            if module.startswith("torch") is ours
        ]
        blocks.append("\n".join(lines))
    return "\n\n".join(blocks)


def _body(tree: ast.Module, source: str) -> str:
    """Everything below the docstring and the imports."""
    above = [node for node in tree.body if isinstance(node, ast.Import | ast.ImportFrom | ast.Try)]
    return _lines(source, above[-1].end_lineno or 0, None).lstrip("\n") if above else source


def _lines(source: str, first: int, last: int | None) -> str:
    """Lines `first` to `last`, both 1-based and included; below line `first` when `last` is None."""
    lines = source.splitlines()
    return "\n".join(lines[first:] if last is None else lines[first - 1 : last]).rstrip()


def _set_constants(text: str, values: dict[str, Any]) -> str:
    """Replace the value of each named top-level assignment."""
    lines = text.splitlines()
    left = dict(values)
    for node in reversed(parse_module(text).body):
        if isinstance(node, ast.Assign):
            target: ast.expr = node.targets[0]
        elif isinstance(node, ast.AnnAssign):
            target = node.target
        else:
            continue
        if isinstance(target, ast.Name) and target.id in left:
            head = lines[node.lineno - 1].split(" = ", 1)[0]
            lines[node.lineno - 1 : node.end_lineno] = f"{head} = {_literal(left.pop(target.id))}".splitlines()
    if left:
        raise KeyError(f"the blueprint has no constant {sorted(left)}")
    return "\n".join(lines)


def _literal(value: Any) -> str:
    if isinstance(value, dict):
        return "{\n" + "".join(f'    "{key}": {entry!r},\n' for key, entry in value.items()) + "}"
    return repr(value)


def _without_tool_comments(line: str) -> str:
    for comment in COMMENTS_FOR_TOOLS:
        line = line.split(comment, 1)[0]
    return line
