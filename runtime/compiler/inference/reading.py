"""Reads a source file into its scopes."""

import ast
from collections.abc import Iterable

from runtime.compiler.inference.docstrings import examples
from runtime.compiler.inference.scopes import OWN, Binding, Code, FunctionNode, Scope, called
from runtime.python_source import parse_expression, parse_module


def read(text: str, name: str = "", path: str = "") -> Code:
    """Raises `SyntaxError`, `ValueError` or `RecursionError` as `parse_module` does."""
    return _Reader(name, path).read(parse_module(text))


class _Reader(ast.NodeVisitor):
    def __init__(self, name: str = "", path: str = "", outer: Scope | None = None) -> None:
        self.code = Code(name, path)
        self.outer = outer
        self.comprehensions = 0

    def read(self, tree: ast.Module) -> Code:
        self.scope = Scope("", tree, self.code, outer=self.outer)
        self.code.scopes.append(self.scope)
        for parent in ast.walk(tree):
            for child in ast.iter_child_nodes(parent):
                self.code.parents[child] = parent
        self._visit_all(tree.body)
        self._give_to_owners()
        if self.outer is None:
            self._read_examples(tree)
        return self.code

    def _visit_all(self, nodes: Iterable[ast.AST]) -> None:
        for node in nodes:
            self.visit(node)

    def _give_to_owners(self) -> None:
        """A name that a function does not bind is the enclosing one's."""
        for scope in reversed(self.code.scopes):
            own = {argument.arg for argument in scope.arguments} | set(scope.bindings)
            for name in [name for name in scope.uses if name not in own and scope.outer]:
                if scope.outer and scope.outer.code is self.code:
                    scope.outer.uses[name].extend(scope.uses[name])

    def _read_examples(self, tree: ast.Module) -> None:
        """Calls in docstrings' examples count as the file's own."""
        for text, values in examples(tree):
            try:
                example = _Reader(outer=self.code.module).read(parse_module(text))
            except (SyntaxError, ValueError, RecursionError):
                continue
            self.code.parents |= example.parents
            for name, calls in example.calls.items():
                self.code.calls[name].extend(calls)
            for statement in example.module.node.body:
                shown = values.get(statement.lineno, "")
                if isinstance(statement, ast.Expr) and isinstance(statement.value, ast.Call) and shown:
                    try:
                        self.code.shown.append((statement.value, example.module, parse_expression(shown)))
                    except (SyntaxError, ValueError, RecursionError):
                        continue

    def bind(self, target: ast.expr, binding: Binding) -> None:
        match target:
            case ast.Name(id=name):
                self.scope.bindings[name].append(binding)
                if self.comprehensions:
                    self.scope.inner.add(name)
            case ast.Tuple(elts=elements) | ast.List(elts=elements):
                for place, element in enumerate(elements):
                    inner = element.value if isinstance(element, ast.Starred) else element
                    at = -1 if isinstance(element, ast.Starred) else place
                    self.bind(inner, Binding(binding.how, binding.expression, (*binding.path, at), binding.operator))
            case ast.Attribute(value=ast.Name(id=holder), attr=name) if holder in OWN:
                self.code.attributes[self.scope.owner, name].append((binding, self.scope))
                self.visit(target.value)
            case _:
                self.visit(target)

    def visit_Assign(self, node: ast.Assign) -> None:
        self.visit(node.value)
        for target in node.targets:
            self.bind(target, Binding("value", node.value))

    def visit_AnnAssign(self, node: ast.AnnAssign) -> None:
        self.visit(node.annotation)
        self.bind(node.target, Binding("annotated", node.annotation))
        if node.value:
            self.visit(node.value)
            self.bind(node.target, Binding("value", node.value))

    def visit_AugAssign(self, node: ast.AugAssign) -> None:
        self.visit(node.value)
        self.bind(node.target, Binding("changed", node.value, operator=node.op))

    def visit_NamedExpr(self, node: ast.NamedExpr) -> None:
        self.visit(node.value)
        self.bind(node.target, Binding("value", node.value))

    def visit_For(self, node: ast.For | ast.AsyncFor) -> None:
        self.visit(node.iter)
        self.bind(node.target, Binding("element", node.iter))
        self._visit_all((*node.body, *node.orelse))

    def visit_AsyncFor(self, node: ast.AsyncFor) -> None:
        self.visit_For(node)

    def visit_comprehension(self, node: ast.comprehension) -> None:
        self.visit(node.iter)
        self.comprehensions += 1
        self.bind(node.target, Binding("element", node.iter))
        self.comprehensions -= 1
        self._visit_all(node.ifs)

    def visit_withitem(self, node: ast.withitem) -> None:
        self.visit(node.context_expr)
        if node.optional_vars:
            self.bind(node.optional_vars, Binding("entered", node.context_expr))

    def visit_ExceptHandler(self, node: ast.ExceptHandler) -> None:
        if node.name:
            self.scope.bindings[node.name].append(Binding("caught", None))
        self.generic_visit(node)

    def visit_Import(self, node: ast.Import) -> None:
        for alias in node.names:
            name = alias.asname or alias.name.partition(".")[0]
            self.scope.bindings[name].append(Binding("module", None))
            self.code.imports[name] = (alias.name if alias.asname else name, "")

    def visit_ImportFrom(self, node: ast.ImportFrom) -> None:
        for alias in node.names:
            name = alias.asname or alias.name
            self.scope.bindings[name].append(Binding("imported", None))
            self.code.imports[name] = (node.module or "", alias.name)

    def visit_ClassDef(self, node: ast.ClassDef) -> None:
        self.code.classes[node.name] = node
        self.scope.bindings[node.name].append(Binding("class", None))
        self._visit_all((*node.bases, *node.keywords, *node.decorator_list))
        outer = self.scope
        name = f"{outer.name}.{node.name}".strip(".")
        body = Scope(name, ast.Module([], []), self.code, node.name, outer, is_class=True)
        self.scope = body
        self._visit_all(node.body)
        self.scope = outer
        for name, bindings in body.bindings.items():
            self.code.attributes[node.name, name].extend((binding, body) for binding in bindings)
        for name, uses in body.uses.items():
            outer.uses[name].extend(uses)

    def visit_FunctionDef(self, node: FunctionNode) -> None:
        outer = self.scope
        outer.bindings[node.name].append(Binding("function", None))
        self._visit_all((*node.decorator_list, *node.args.defaults, *(one for one in node.args.kw_defaults if one)))
        around = outer.outer if outer.is_class else outer
        self.scope = Scope(f"{outer.name}.{node.name}".strip("."), node, self.code, outer.owner, around)
        self.code.scopes.append(self.scope)
        self.code.by_name[node.name].append(self.scope)
        kept, self.comprehensions = self.comprehensions, 0
        self._visit_all(node.body)
        self.comprehensions = kept
        self.scope = outer

    def visit_AsyncFunctionDef(self, node: ast.AsyncFunctionDef) -> None:
        self.visit_FunctionDef(node)

    def visit_Name(self, node: ast.Name) -> None:
        if isinstance(node.ctx, ast.Load):
            self.scope.uses[node.id].append(node)

    def visit_Attribute(self, node: ast.Attribute) -> None:
        if isinstance(node.ctx, ast.Load):
            self.code.loads[node.attr].append((node, self.scope))
        self.visit(node.value)

    def visit_Return(self, node: ast.Return) -> None:
        self.scope.returns.append(node.value)
        self.generic_visit(node)

    def visit_Yield(self, node: ast.Yield) -> None:
        self.scope.yields.append(node.value)
        self.generic_visit(node)

    def visit_Call(self, node: ast.Call) -> None:
        name = called(node)
        if name:
            self.code.calls[name].append((node, self.scope))
        self.generic_visit(node)
