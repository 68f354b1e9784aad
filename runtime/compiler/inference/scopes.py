"""A source file as read: its functions, what each of their variables is bound to, and where it is used."""

import ast
from collections import defaultdict
from dataclasses import dataclass, field
from functools import cached_property

FunctionNode = ast.FunctionDef | ast.AsyncFunctionDef
OWN = ("self", "cls")


@dataclass(frozen=True)
class Binding:
    """One place that gives a variable a value."""

    how: str
    """value, element (of what is iterated), entered (by `with`), caught, function, class, module, imported,
    annotated, changed (`+=`)."""
    expression: ast.expr | None
    path: tuple[int, ...] = ()
    """Places in tuples that are unpacked."""
    operator: ast.operator | None = None


@dataclass(eq=False)
class Scope:
    """A function's variables, or a module's."""

    name: str
    """Qualified: `Class.method`, `outer.inner`; "" for the module."""
    node: FunctionNode | ast.Module
    code: "Code" = field(repr=False)
    owner: str = ""
    """The class whose body it is defined in."""
    outer: "Scope | None" = field(default=None, repr=False)
    bindings: dict[str, list[Binding]] = field(default_factory=lambda: defaultdict(list))
    uses: dict[str, list[ast.Name]] = field(default_factory=lambda: defaultdict(list))
    returns: list[ast.expr | None] = field(default_factory=list)
    yields: list[ast.expr | None] = field(default_factory=list)
    inner: set[str] = field(default_factory=set)
    """Variables of comprehensions: not the function's own."""

    is_class: bool = False
    """The body of a class: its names are attributes, and functions in it don't see them."""

    @property
    def short(self) -> str:
        """The last part of its name."""
        return self.name.rpartition(".")[2]

    @property
    def line(self) -> int:
        """Where Python says that it begins: at its first decorator."""
        if isinstance(self.node, ast.Module):
            return 1
        return min([self.node.lineno, *(decorator.lineno for decorator in self.node.decorator_list)])

    @property
    def decorators(self) -> list[str]:
        """The last parts of their names."""
        if isinstance(self.node, ast.Module):
            return []
        return [last_name(one.func if isinstance(one, ast.Call) else one) for one in self.node.decorator_list]

    @property
    def is_property(self) -> bool:
        """Whether reading the attribute calls it."""
        return any(name in ("property", "cached_property") for name in self.decorators)

    @property
    def arguments(self) -> list[ast.arg]:
        """In the order of a code object's variables: positional, keyword-only, `*args`, `**kwargs`."""
        if isinstance(self.node, ast.Module):
            return []
        args = self.node.args
        more = [one for one in (args.vararg, args.kwarg) if one]
        return [*args.posonlyargs, *args.args, *args.kwonlyargs, *more]

    @property
    def is_method(self) -> bool:
        """Whether a call through an object gives its first argument."""
        arguments = self.arguments
        return bool(self.owner) and bool(arguments) and arguments[0].arg in OWN

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


@dataclass(eq=False)
class Code:
    """One source file, read."""

    name: str = ""
    """The module's, dotted; "" where it is not known."""
    path: str = ""
    """The file's; "" for a text."""
    scopes: list[Scope] = field(default_factory=list)
    parents: dict[ast.AST, ast.AST] = field(default_factory=dict)
    attributes: dict[tuple[str, str], list[tuple[Binding, Scope]]] = field(default_factory=lambda: defaultdict(list))
    """What `self.name` is set to, by class and name."""
    loads: dict[str, list[tuple[ast.Attribute, Scope]]] = field(default_factory=lambda: defaultdict(list))
    """Where an attribute of that name is read."""
    calls: dict[str, list[tuple[ast.Call, Scope]]] = field(default_factory=lambda: defaultdict(list))
    """Calls in the file by the last part of what is called."""
    classes: dict[str, ast.ClassDef] = field(default_factory=dict)
    by_name: dict[str, list[Scope]] = field(default_factory=lambda: defaultdict(list))
    """Functions by the last part of their name."""
    imports: dict[str, tuple[str, str]] = field(default_factory=dict)
    """Module and name in it, by the name that the file has for it; the name is "" for a module."""
    shown: list[tuple[ast.Call, Scope, ast.expr]] = field(default_factory=list)
    """Calls in docstrings' examples with the value that is shown below them."""

    @cached_property
    def holders(self) -> dict[str, list[Scope]]:
        """Functions, and the module, by the names of their variables."""
        found: dict[str, list[Scope]] = defaultdict(list)
        for scope in self.scopes:
            for name in {*scope.bindings, *(argument.arg for argument in scope.arguments)}:
                found[name].append(scope)
        return found

    @property
    def module(self) -> Scope:
        return self.scopes[0]


def called(node: ast.Call) -> str:
    """The last part of what is called: `join` of `os.path.join(…)`."""
    return last_name(node.func)


def last_name(node: ast.expr) -> str:
    """The last part of a dotted name; "" of anything else."""
    match node:
        case ast.Name(id=last) | ast.Attribute(attr=last):
            return last
    return ""
