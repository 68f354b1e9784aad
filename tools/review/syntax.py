"""The parsed module and the questions about its syntax that most rules ask."""

import ast
from collections.abc import Iterator
from functools import cached_property

MAX_SOURCE = 400_000
"""Characters; longer text is no training function."""
MAX_DEPTH = 120
"""Nested syntax nodes; deeper text is an attack on the parser, not a program."""

FunctionNode = ast.FunctionDef | ast.AsyncFunctionDef
LoopNode = ast.For | ast.AsyncFor | ast.While

WELL_KNOWN = {
    "torch": "torch",
    "nn": "torch.nn",
    "F": "torch.nn.functional",
    "optim": "torch.optim",
    "np": "numpy",
    "xm": "torch_xla.core.xla_model",
    "torch_xla": "torch_xla",
    "math": "math",
    "copy": "copy",
    "random": "random",
    "os": "os",
    "sys": "sys",
    "time": "time",
    "subprocess": "subprocess",
    "DataLoader": "torch.utils.data.DataLoader",
    "TensorDataset": "torch.utils.data.TensorDataset",
}
"""What these names mean even when the import was forgotten, so that one mistake hides no other."""


class Syntax:
    """A module's tree with parents, import aliases, functions and classes."""

    def __init__(self, source: str, tree: ast.Module) -> None:
        self.source = source
        self.lines = source.splitlines()
        self.tree = tree
        self.nodes: list[ast.AST] = []
        self.parent: dict[ast.AST, ast.AST] = {}
        self._index()

    def _index(self) -> None:
        stack: list[ast.AST] = [self.tree]
        while stack:
            node = stack.pop()
            self.nodes.append(node)
            children = list(ast.iter_child_nodes(node))
            for child in children:
                self.parent[child] = node
            stack.extend(reversed(children))

    @cached_property
    def calls(self) -> list[ast.Call]:
        return [node for node in self.nodes if isinstance(node, ast.Call)]

    @cached_property
    def functions(self) -> list[FunctionNode]:
        return [node for node in self.nodes if isinstance(node, FunctionNode)]

    @cached_property
    def classes(self) -> dict[str, ast.ClassDef]:
        return {node.name: node for node in self.nodes if isinstance(node, ast.ClassDef)}

    @cached_property
    def loops(self) -> list[LoopNode]:
        return [node for node in self.nodes if isinstance(node, LoopNode)]

    @cached_property
    def train_model(self) -> ast.FunctionDef | None:
        for node in self.tree.body:
            if isinstance(node, ast.FunctionDef) and node.name == "train_model":
                return node
        return None

    @cached_property
    def aliases(self) -> dict[str, str]:
        """Bound name -> dotted path, for every import anywhere in the module."""
        found: dict[str, str] = {}
        for node in self.nodes:
            if isinstance(node, ast.Import):
                for item in node.names:
                    root = item.name.split(".")[0]
                    found[item.asname or root] = item.name if item.asname else root
            elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
                for item in node.names:
                    found[item.asname or item.name] = f"{node.module}.{item.name}"
        return found

    @cached_property
    def imported(self) -> set[str]:
        """Dotted paths of every imported module or member."""
        return set(self.aliases.values())

    @cached_property
    def bound(self) -> set[str]:
        """Names that the module itself assigns or defines, imports aside."""
        names: set[str] = set()
        for node in self.nodes:
            if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
                names.add(node.id)
            elif isinstance(node, FunctionNode | ast.ClassDef):
                names.add(node.name)
            elif isinstance(node, ast.arg):
                names.add(node.arg)
        return names

    def path(self, node: ast.AST | None) -> str:
        """The dotted import path that a name or attribute chain stands for; empty when it stands for none."""
        parts: list[str] = []
        while isinstance(node, ast.Attribute):
            parts.append(node.attr)
            node = node.value
        if not isinstance(node, ast.Name):
            return ""
        root = self.aliases.get(node.id)
        if root is None:
            if node.id in self.bound:
                return ""
            root = WELL_KNOWN.get(node.id, node.id if not parts else "")
        return _canonical(".".join([root, *reversed(parts)])) if root else ""

    def ancestors(self, node: ast.AST) -> Iterator[ast.AST]:
        """From the parent of `node` up to the module."""
        current = self.parent.get(node)
        while current is not None:
            yield current
            current = self.parent.get(current)

    def function_of(self, node: ast.AST) -> FunctionNode | None:
        return next((up for up in self.ancestors(node) if isinstance(up, FunctionNode)), None)

    def class_of(self, node: ast.AST) -> ast.ClassDef | None:
        return next((up for up in self.ancestors(node) if isinstance(up, ast.ClassDef)), None)

    def statement_of(self, node: ast.AST) -> ast.stmt:
        current: ast.AST = node
        while not isinstance(current, ast.stmt):
            current = self.parent[current]
        return current

    def loops_around(self, node: ast.AST) -> list[LoopNode]:
        """Enclosing loops within the same function, innermost first; the iterable of a `for` is outside it."""
        found: list[LoopNode] = []
        child = node
        for up in self.ancestors(node):
            if isinstance(up, FunctionNode | ast.ClassDef | ast.Lambda):
                break
            if isinstance(up, ast.While) or (isinstance(up, ast.For | ast.AsyncFor) and child is not up.iter):
                found.append(up)
            child = up
        return found

    def is_module_class(self, node: ast.ClassDef, seen: frozenset[str] = frozenset()) -> bool:
        """Whether a class derives from `torch.nn.Module`, directly or through classes of this module."""
        for base in node.bases:
            path = self.path(base)
            if path.startswith("torch.nn.") and path != "torch.nn.Parameter":
                return True
            name = base.id if isinstance(base, ast.Name) else ""
            if name in self.classes and name not in seen and self.is_module_class(self.classes[name], seen | {name}):
                return True
        return False


def _canonical(path: str) -> str:
    for alias, real in (("torch.functional.", "torch."), ("torch_xla.core.functions.", "torch_xla.core.xla_model.")):
        if path.startswith(alias):
            return real + path[len(alias) :]
    return path


def words(text: str) -> frozenset[str]:
    """The words of a table."""
    return frozenset(text.split())


def depth_of(tree: ast.AST) -> int:
    """The depth of the deepest node, counted without recursion."""
    deepest = 0
    stack: list[tuple[ast.AST, int]] = [(tree, 1)]
    while stack:
        node, depth = stack.pop()
        deepest = max(deepest, depth)
        stack.extend((child, depth + 1) for child in ast.iter_child_nodes(node))
    return deepest


def keyword(call: ast.Call, name: str) -> ast.expr | None:
    """The value of a keyword argument."""
    return next((item.value for item in call.keywords if item.arg == name), None)


def argument(call: ast.Call, position: int, name: str) -> ast.expr | None:
    """An argument given by position or by keyword."""
    if position < len(call.args) and not any(isinstance(a, ast.Starred) for a in call.args[: position + 1]):
        return call.args[position]
    return keyword(call, name)


def constant(node: ast.AST | None) -> object:
    """The value of a literal constant, else None."""
    return node.value if isinstance(node, ast.Constant) else None
