"""A function's syntax tree with less to look up: only what provably keeps the meaning is done."""

import ast
import copy
import linecache
from dataclasses import dataclass, field
from types import FunctionType, ModuleType
from typing import Any

from runtime.compiler.backend import Refused
from runtime.compiler.backends.constants import SCOPES, Substitute, folded, turns_of
from runtime.compiler.bindings import bound_in
from runtime.compiler.definite import check_set_before_use
from runtime.compiler.kinds import Unsupported
from runtime.compiler.source import NESTED, Source, locals_of, source_of
from runtime.python_source import parse_module

INLINED = (int, float, str, bytes, bool)
FIXED_MODULES = {"math", "cmath", "operator"}
"""Their functions are not rebound by anyone who means well; the guard looks at the module's binding all the same."""


@dataclass
class Optimiser(ast.NodeTransformer):
    """Rewrites a function's tree; `bound` are the objects that stand in it as constants."""

    function: FunctionType
    source: Source
    done: set[str] = field(default_factory=set)
    bound: dict[str, Any] = field(default_factory=dict)
    guarded: dict[str, Any] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.local = locals_of(self.source.node)
        self.names = {name: value for name, value in self.source.names.items() if name not in self.local}
        self.changeable = _declared_global(self.function)
        try:
            check_set_before_use(self.source.node)
            self.all_set = True
        except Unsupported:
            self.all_set = False

    def visit(self, node: ast.AST) -> Any:
        """A function or class within the function has names of its own: it is left alone."""
        inner = isinstance(node, NESTED) and getattr(node, "name", "") != self.source.node.name
        return node if inner else super().visit(node)

    def visit_FunctionDef(self, node: ast.FunctionDef) -> ast.AST:
        if node.name == self.source.node.name:
            node.body = [made for statement in node.body for made in _listed(self.visit(statement))]
        return node

    def visit_Name(self, node: ast.Name) -> ast.expr:
        value = self.names.get(node.id)
        if not isinstance(node.ctx, ast.Load) or node.id in self.local or type(value) not in INLINED:
            return node
        if node.id in self.changeable:
            return node
        self.guarded[node.id] = value
        self.done.add(f"{node.id} inlined")
        return ast.copy_location(ast.Constant(value), node)

    def visit_Call(self, node: ast.Call) -> ast.expr:
        inlined = self.inlined(node)
        if inlined is not None:
            return self.visit(inlined)  # type: ignore[no-any-return]
        self.generic_visit(node)
        called = node.func
        if isinstance(called, ast.Attribute) and isinstance(called.value, ast.Name):
            root = called.value.id
            module = self.names.get(root)
            fixed = isinstance(module, ModuleType) and module.__name__ in FIXED_MODULES and hasattr(module, called.attr)
            if fixed and root not in self.changeable:
                self.guarded[root] = module
                self.done.add(f"{root}.{called.attr} bound")
                mark = f"<arxla {root}.{called.attr}>"
                self.bound[mark] = getattr(module, called.attr)
                node.func = ast.copy_location(ast.Constant(mark), called)
        return node

    def inlined(self, node: ast.Call) -> ast.expr | None:
        """The expression that a helper of one line returns, in place of its call: variables and constants go in."""
        if not isinstance(node.func, ast.Name):
            return None
        called = self.names.get(node.func.id)
        if not isinstance(called, FunctionType) or called.__globals__ is not self.function.__globals__ or node.keywords:
            return None
        name = node.func.id
        if name in self.changeable or name in self.local or not self.all_set or called is self.function:
            return None
        helper = source_of(called)
        if isinstance(helper, Refused) or not helper.is_simple or len(helper.node.body) != 1:
            return None
        body = helper.node.body[0]
        expression = body.value if isinstance(body, ast.Return) else None
        plain = [isinstance(argument, ast.Constant) or self.is_local(argument) for argument in node.args]
        if expression is None or not all(plain) or len(plain) != len(helper.arguments):
            return None
        if any(isinstance(item, SCOPES) for item in ast.walk(expression)) or set(helper.names) & (self.local | {name}):
            return None
        self.guarded[name] = called
        self.names.update(helper.names)
        self.done.add(f"{name} inlined")
        values = dict(zip(helper.arguments, node.args, strict=True))
        put_in: ast.expr = Substitute(values).visit(expression)
        return ast.fix_missing_locations(ast.copy_location(put_in, node))

    def is_local(self, node: ast.expr) -> bool:
        return isinstance(node, ast.Name) and node.id in self.local

    def visit_BinOp(self, node: ast.BinOp) -> ast.expr:
        self.generic_visit(node)
        sides = (node.left, node.right)
        if all(isinstance(side, ast.Constant) and type(side.value) in (int, float) for side in sides):
            return self.known(node)
        return node

    def known(self, node: ast.BinOp | ast.UnaryOp) -> ast.expr:
        """Its value in its place, when that can be told now."""
        constant = folded(node)
        if constant is None:
            return node
        if isinstance(node, ast.BinOp):
            self.done.add(f"{ast.unparse(node)} folded")
        return ast.copy_location(constant, node)

    def visit_UnaryOp(self, node: ast.UnaryOp) -> ast.expr:
        self.generic_visit(node)
        operand = node.operand
        if isinstance(operand, ast.Constant) and type(operand.value) in (int, float) and isinstance(node.op, ast.USub):
            return self.known(node)
        return node

    def visit_If(self, node: ast.If) -> Any:
        node.test = self.visit(node.test)
        node.body = [made for statement in node.body for made in _listed(self.visit(statement))]
        node.orelse = [made for statement in node.orelse for made in _listed(self.visit(statement))]
        return node

    def visit_For(self, node: ast.For) -> Any:
        node.iter = self.visit(node.iter)
        turns = turns_of(node, self.names)
        if turns is None or not isinstance(node.target, ast.Name):
            self.generic_visit(node)
            return node
        name = node.target.id
        stored = any(name in bound_in(statement) for statement in node.body)
        scopes = any(isinstance(item, SCOPES) for item in ast.walk(node))
        unrolled: list[ast.stmt] = []
        for value in turns:
            unrolled.append(ast.Assign([node.target], ast.Constant(value)))
            for statement in copy.deepcopy(node.body):
                known = statement if stored or scopes else Substitute({name: ast.Constant(value)}).visit(statement)
                unrolled += _listed(self.visit(ast.fix_missing_locations(known)))
        self.done.add(f"a loop of {len(turns)} unrolled")
        return [ast.copy_location(statement, node) for statement in unrolled]


def _declared_global(function: FunctionType) -> set[str]:
    """Names that some function of the same file may bind anew."""
    text = "".join(linecache.getlines(function.__code__.co_filename, function.__globals__))
    return {name for node in ast.walk(parse_module(text)) if isinstance(node, ast.Global) for name in node.names}


def _listed(made: Any) -> list[ast.stmt]:
    return made if isinstance(made, list) else [made]
