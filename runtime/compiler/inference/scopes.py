"""A module's functions, what each of their variables is bound to, and where it is used."""

import ast
from collections import defaultdict
from dataclasses import dataclass, field

from runtime.python_source import parse_module

FunctionNode = ast.FunctionDef | ast.AsyncFunctionDef


@dataclass(frozen=True)
class Binding:
    """One place that gives a variable a value."""

    how: str
    """value, element (of what is iterated), entered (by `with`), caught, function, class, module, changed (`+=`)."""
    expression: ast.expr | None
    path: tuple[int, ...] = ()
    """Places in tuples that are unpacked."""
    operator: ast.operator | None = None


@dataclass
class Scope:
    """A function's variables, or a module's."""

    name: str
    """Qualified: `Class.method`, `outer.inner`; "" for the module."""
    node: FunctionNode | ast.Module
    owner: str = ""
    """The class whose body it is defined in."""
    outer: "Scope | None" = None
    bindings: dict[str, list[Binding]] = field(default_factory=lambda: defaultdict(list))
    uses: dict[str, list[ast.Name]] = field(default_factory=lambda: defaultdict(list))
    returns: list[ast.expr | None] = field(default_factory=list)
    yields: list[ast.expr | None] = field(default_factory=list)
    inner: set[str] = field(default_factory=set)
    """Variables of comprehensions: not the function's own."""

    is_class: bool = False
    """The body of a class: its names are attributes, and functions in it don't see them."""

    @property
    def line(self) -> int:
        """Where Python says that it begins: at its first decorator."""
        if isinstance(self.node, ast.Module):
            return 1
        return min([self.node.lineno, *(decorator.lineno for decorator in self.node.decorator_list)])

    @property
    def is_property(self) -> bool:
        """Whether reading the attribute calls it."""
        decorators = [] if isinstance(self.node, ast.Module) else self.node.decorator_list
        return any(last_name(one) in ("property", "cached_property") for one in decorators)

    @property
    def arguments(self) -> list[ast.arg]:
        """In the order of a code object's variables: positional, keyword-only, `*args`, `**kwargs`."""
        if isinstance(self.node, ast.Module):
            return []
        args = self.node.args
        more = [one for one in (args.vararg, args.kwarg) if one]
        return [*args.posonlyargs, *args.args, *args.kwonlyargs, *more]

    def default(self, name: str) -> ast.expr | None:
        """An argument's default value."""
        if isinstance(self.node, ast.Module):
            return None
        args = self.node.args
        positional = [*args.posonlyargs, *args.args]
        pairs = [*zip(reversed(positional), reversed(args.defaults), strict=False)]
        for argument, value in [*pairs, *zip(args.kwonlyargs, args.kw_defaults, strict=True)]:
            if argument.arg == name:
                return value
        return None


@dataclass
class Code:
    """One source file, read."""

    scopes: list[Scope]
    parents: dict[ast.AST, ast.AST]
    attributes: dict[tuple[str, str], list[tuple[Binding, Scope]]]
    """What `self.name` is set to, by class and name."""
    calls: dict[str, list[tuple[ast.Call, Scope]]]
    """Calls in the file by the last part of what is called."""
    classes: dict[str, ast.ClassDef]
    by_name: dict[str, list[Scope]]
    """Functions by the last part of their name."""

    @property
    def module(self) -> Scope:
        return self.scopes[0]


def read(text: str) -> Code:
    """Raises `SyntaxError`, `ValueError` or `RecursionError` as `parse_module` does."""
    return _Reader().read(parse_module(text))


class _Reader(ast.NodeVisitor):
    def read(self, tree: ast.Module) -> Code:
        module = Scope("", tree)
        self.code = Code([module], {}, defaultdict(list), defaultdict(list), {}, defaultdict(list))
        self.scope = module
        self.comprehensions = 0
        for parent in ast.walk(tree):
            for child in ast.iter_child_nodes(parent):
                self.code.parents[child] = parent
        for statement in tree.body:
            self.visit(statement)
        self._give_to_owners()
        return self.code

    def _give_to_owners(self) -> None:
        """A name that a function does not bind is the enclosing one's."""
        for scope in reversed(self.code.scopes):
            own = {argument.arg for argument in scope.arguments} | set(scope.bindings)
            for name in [name for name in scope.uses if name not in own and scope.outer]:
                if scope.outer:
                    scope.outer.uses[name].extend(scope.uses[name])

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
            case ast.Attribute(value=ast.Name(id="self" | "cls"), attr=name):
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
        if node.value:
            self.visit(node.value)
        self.bind(node.target, Binding("annotated", node.annotation))
        if node.value:
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
        for statement in (*node.body, *node.orelse):
            self.visit(statement)

    def visit_AsyncFor(self, node: ast.AsyncFor) -> None:
        self.visit_For(node)

    def visit_comprehension(self, node: ast.comprehension) -> None:
        self.visit(node.iter)
        self.comprehensions += 1
        self.bind(node.target, Binding("element", node.iter))
        self.comprehensions -= 1
        for test in node.ifs:
            self.visit(test)

    def visit_withitem(self, node: ast.withitem) -> None:
        self.visit(node.context_expr)
        if node.optional_vars:
            self.bind(node.optional_vars, Binding("entered", node.context_expr))

    def visit_ExceptHandler(self, node: ast.ExceptHandler) -> None:
        if node.name:
            self.scope.bindings[node.name].append(Binding("caught", None))
        self.generic_visit(node)

    def visit_Import(self, node: ast.Import | ast.ImportFrom) -> None:
        how = "module" if isinstance(node, ast.Import) else "imported"
        for alias in node.names:
            name = (alias.asname or alias.name).partition(".")[0]
            self.scope.bindings[name].append(Binding(how, None))

    def visit_ImportFrom(self, node: ast.ImportFrom) -> None:
        self.visit_Import(node)

    def visit_ClassDef(self, node: ast.ClassDef) -> None:
        self.code.classes[node.name] = node
        self.scope.bindings[node.name].append(Binding("class", None))
        for part in (*node.bases, *node.keywords, *node.decorator_list):
            self.visit(part)
        outer = self.scope
        body = Scope(f"{outer.name}.{node.name}".strip("."), ast.Module([], []), node.name, outer, is_class=True)
        self.scope = body
        for statement in node.body:
            self.visit(statement)
        self.scope = outer
        for name, bindings in body.bindings.items():
            self.code.attributes[node.name, name].extend((binding, body) for binding in bindings)
        for name, uses in body.uses.items():
            outer.uses[name].extend(uses)

    def visit_FunctionDef(self, node: FunctionNode) -> None:
        outer = self.scope
        outer.bindings[node.name].append(Binding("function", None))
        for part in (*node.decorator_list, *node.args.defaults, *(one for one in node.args.kw_defaults if one)):
            self.visit(part)
        around = outer.outer if outer.is_class else outer
        self.scope = Scope(f"{outer.name}.{node.name}".strip("."), node, outer.owner, around)
        self.code.scopes.append(self.scope)
        self.code.by_name[node.name].append(self.scope)
        kept, self.comprehensions = self.comprehensions, 0
        for statement in node.body:
            self.visit(statement)
        self.comprehensions = kept
        self.scope = outer

    def visit_AsyncFunctionDef(self, node: ast.AsyncFunctionDef) -> None:
        self.visit_FunctionDef(node)

    def visit_Name(self, node: ast.Name) -> None:
        if isinstance(node.ctx, ast.Load):
            self.scope.uses[node.id].append(node)

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


def called(node: ast.Call) -> str:
    """The last part of what is called: `join` of `os.path.join(…)`."""
    return last_name(node.func)


def last_name(node: ast.expr) -> str:
    """The last part of a dotted name; "" of anything else."""
    match node:
        case ast.Name(id=last) | ast.Attribute(attr=last):
            return last
    return ""
