"""What mypy infers for a package's arguments, variables and return values, untyped functions checked as well."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from runtime.compiler.inference.classes import KINDS

SEQUENCES = {"Sequence": "list", "MutableSequence": "list", "Mapping": "dict", "MutableMapping": "dict"}
LOCAL = 0
"""mypy's number for names of functions."""
Key = tuple[str, int, str]
"""File, line of the `def`, and the variable's name; `return` for the return value."""


def inferred(package: str, folder: Path) -> dict[Key, str]:
    """Kinds by slot where mypy has one; nothing for `Any` and for unions of several values."""
    from mypy import build
    from mypy.modulefinder import BuildSource
    from mypy.nodes import FuncDef, MypyFile
    from mypy.options import Options

    options = Options()
    options.incremental = False
    options.check_untyped_defs = True
    options.allow_redefinition = False
    options.ignore_errors = True
    options.follow_imports = "silent"
    options.preserve_asts = True
    options.export_types = True
    options.cache_dir = "/dev/null"
    sources = [BuildSource(str(path), _module(path, package, folder), None) for path in sorted(folder.rglob("*.py"))]
    result = build.build([one for one in sources if ".tests" not in one.module], options)
    found: dict[Key, str] = {}
    for name, state in result.graph.items():
        tree = state.tree
        if isinstance(tree, MypyFile) and (name == package or name.startswith(package + ".")):
            for part in tree.defs:
                for function in _inside(part):
                    if isinstance(function, FuncDef):
                        found |= {(tree.path, function.line, slot): kind for slot, kind in _slots(function)}
    return found


def _module(path: Path, package: str, folder: Path) -> str:
    parts = [package, *path.relative_to(folder).with_suffix("").parts]
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


def _inside(root: Any) -> Iterator[Any]:
    """All statements and expressions below one; mypy's own visitors are compiled and can't be extended."""
    from mypy.nodes import Expression, Statement

    waiting, seen = [root], {id(root)}
    while waiting:
        node = waiting.pop()
        yield node
        for name in dir(node):
            if name.startswith("_") or name in ("analyzed", "fullname", "info", "node"):
                continue
            try:
                held = getattr(node, name, None)
            except AssertionError:  # mypy's attributes that are not set yet
                continue
            for one in held if isinstance(held, list | tuple) else [held]:
                if isinstance(one, Expression | Statement) and id(one) not in seen:
                    seen.add(id(one))
                    waiting.append(one)


def _slots(function: Any) -> Iterator[tuple[str, str]]:
    from mypy.nodes import NameExpr, Var
    from mypy.types import CallableType

    variables: dict[str, Any] = {argument.variable.name: argument.variable for argument in function.arguments}

    for node in _inside(function.body):
        if isinstance(node, NameExpr) and isinstance(node.node, Var) and node.kind == LOCAL:
            variables.setdefault(node.name, node.node)
    if isinstance(function.type, CallableType):
        kind = _kind(function.type.ret_type)
        if kind:
            yield "return", kind
    for name, variable in variables.items():
        kind = _kind(variable.type)
        if kind:
            yield name, kind


def _kind(found: Any) -> str:
    from mypy.types import AnyType, CallableType, Instance, LiteralType, NoneType, TupleType, TypeType, UnionType
    from mypy.types import get_proper_type as proper

    kind = proper(found)
    if kind is None or isinstance(kind, AnyType):
        return ""
    if isinstance(kind, UnionType):
        values = [one for one in map(proper, kind.items) if not isinstance(one, NoneType)]
        return _kind(values[0]) if len(values) == 1 else ""
    if isinstance(kind, NoneType):
        return "None"
    if isinstance(kind, TupleType):
        return "tuple"
    if isinstance(kind, CallableType):
        return "type" if kind.is_type_obj() else "function"
    if isinstance(kind, TypeType):
        return "type"
    if isinstance(kind, LiteralType):
        return _kind(kind.fallback)
    if isinstance(kind, Instance):
        name = kind.type.name
        if name == "object":
            return ""
        return SEQUENCES.get(name, name if name in KINDS else "object")
    return ""
