"""Files that belong together: what the one tells of the other. A file alone is a project of one."""

import ast
from collections import defaultdict
from collections.abc import Iterable, Iterator
from pathlib import Path

from runtime.compiler.inference.reading import read
from runtime.compiler.inference.scopes import Binding, Code, Scope, last_name

MOST_FILES = 250
LARGEST = 400_000
"""Letters of a file that is looked at beside another one."""
TESTS = ("tests", "test")
MOST_OF_A_NAME = 4
"""Definitions of one name in other files; with more of them the name tells nothing."""

Bound = list[tuple[Binding, Scope]]


class Project:
    """Functions, classes, attributes and calls of several files, by name."""

    def __init__(self, codes: Iterable[Code]) -> None:
        self.codes = list(codes)
        self.functions: dict[str, list[Scope]] = defaultdict(list)
        self.methods: dict[str, list[Scope]] = defaultdict(list)
        self.calls: dict[str, list[tuple[ast.Call, Scope]]] = defaultdict(list)
        self.attributes: dict[str, list[Bound]] = defaultdict(list)
        self.classes: dict[str, list[Code]] = defaultdict(list)
        self.variables: dict[str, list[Scope]] = defaultdict(list)
        """Modules that bind a name."""
        self._holders: dict[str, list[Scope]] = defaultdict(list)
        for code in self.codes:
            self._add(code)

    def _add(self, code: Code) -> None:
        for scope in code.scopes[1:]:
            if scope.owner:
                self.methods[scope.short].append(scope)
            elif scope.outer is code.module:
                self.functions[scope.short].append(scope)
        for name, calls in code.calls.items():
            self.calls[name].extend(calls)
        for (_, name), bound in code.attributes.items():
            self.attributes[name].append(bound)
        for name in code.classes:
            self.classes[name].append(code)
        for name, bindings in code.module.bindings.items():
            if any(binding.expression is not None for binding in bindings):
                self.variables[name].append(code.module)

    def functions_of(self, code: Code, name: str) -> list[Scope]:
        """What a file means by a function's name: its own, or what it imports."""
        own = [scope for scope in code.by_name.get(name, []) if not scope.owner]
        if own:
            return own[-1:]
        module, original = code.imports.get(name, ("", ""))
        return _likeliest(self.functions.get(original, []), module) if original else []

    def function_in(self, code: Code, held: str, name: str) -> list[Scope]:
        """`held.name(…)` where `held` is an imported module or package."""
        if held not in code.imports:
            return []
        module, original = code.imports[held]
        return _likeliest(self.functions.get(name, []), original or module)

    def methods_of(self, code: Code, name: str) -> list[Scope]:
        """Methods of that name: the file's own, else the other files', unless there are many."""
        own = [scope for scope in code.by_name.get(name, []) if scope.owner]
        found = own or self.methods.get(name, [])
        return found if len(found) <= MOST_OF_A_NAME else []

    def class_of(self, code: Code, name: str) -> tuple[Code, ast.ClassDef] | None:
        """The file and the definition of a class, by its own name or by its qualified one."""
        last = name.rpartition(".")[2]
        if last in code.classes:
            return code, code.classes[last]
        _, original = code.imports.get(last, ("", last))
        last = original or last
        holders = self.classes.get(last, [])
        module = name.rpartition(".")[0]
        named = [one for one in holders if module and one.name == module] or holders
        return (named[0], named[0].classes[last]) if named and len(named) <= MOST_OF_A_NAME else None

    def variable_of(self, code: Code, name: str) -> Scope | None:
        """The module that binds what a file imports by that name."""
        module, original = code.imports.get(name, ("", ""))
        found = _likeliest(self.variables.get(original, []), module) if original else []
        return found[0] if len(found) == 1 else None

    def attributes_of(self, code: Code, name: str) -> list[Bound]:
        """What an attribute is set to in any class: of the file, else of the others, unless there are many."""
        own = [bound for (_, held), bound in code.attributes.items() if held == name]
        found = own or self.attributes.get(name, [])
        return found if len(found) <= MOST_OF_A_NAME else []

    def holders(self, name: str) -> list[Scope]:
        """Functions that have a variable of that name, in any file."""
        if not self._holders:
            for code in self.codes:
                for variable, scopes in code.holders.items():
                    self._holders[variable].extend(scopes)
        return self._holders.get(name, [])

    def lineage(self, code: Code, name: str) -> Iterator[tuple[Code, ast.ClassDef]]:
        """A class and its bases, as far as the files have them, the nearest first."""
        seen: set[str] = set()
        waiting = [(code, name)]
        while waiting:
            home, current = waiting.pop(0)
            held = self.class_of(home, current)
            if held is not None and current not in seen:
                seen.add(current)
                yield held
                waiting += [(held[0], last_name(base)) for base in held[1].bases if last_name(base)]

    def class_name(self, code: Code, node: ast.ClassDef) -> str:
        """As a tracer writes it: with its module, where that is known."""
        return f"{code.name}.{node.name}" if code.name else node.name


def _likeliest(scopes: list[Scope], module: str) -> list[Scope]:
    """Those whose module's name ends as the import says; else all, unless there are many."""
    last = module.rpartition(".")[2]
    named = [scope for scope in scopes if last and scope.code.name.rpartition(".")[2] == last]
    found = named or scopes
    return found if len(found) <= MOST_OF_A_NAME else []


def root_of(path: Path) -> Path | None:
    """The topmost folder of the package that a file is in; None for a file in no package."""
    folder = path.parent
    if not (folder / "__init__.py").exists():
        return None
    while (folder.parent / "__init__.py").exists():
        folder = folder.parent
    return folder


def module_of(path: Path) -> str:
    """`package.module`, by the folders that have an `__init__.py`."""
    parts = [] if path.stem == "__init__" else [path.stem]
    folder = path.parent
    while (folder / "__init__.py").exists():
        parts.insert(0, folder.name)
        folder = folder.parent
    return ".".join(parts)


def is_test(path: Path) -> bool:
    """By its name, or its folder's."""
    return path.name.startswith("test_") or path.parent.name in TESTS


def beside(path: Path, tests: bool = True) -> list[Path]:
    """The other files of a file's package, the nearest first; of a file in no package its tests."""
    root = root_of(path)
    if root is None:
        places = [path.parent / folder / f"test_{path.stem}.py" for folder in ("", *TESTS)]
        return [one for one in places if tests and one.is_file()]
    found = [one for one in root.rglob("*.py") if one != path and (tests or not is_test(one))]
    return sorted(found, key=lambda one: (-_shared(one, path), len(one.parts), str(one)))[:MOST_FILES]


def _shared(one: Path, other: Path) -> int:
    return sum(left == right for left, right in zip(one.parts, other.parts, strict=False))


def readable(paths: Iterable[Path]) -> Iterator[Code]:
    """Files that are Python, and not too large."""
    for path in paths:
        try:
            if path.stat().st_size <= LARGEST:
                yield read(path.read_text(encoding="utf-8"), module_of(path), str(path))
        except (OSError, SyntaxError, ValueError, RecursionError):
            continue
