"""A numeric function as the program that Numba compiles: each operation that could mean something else is checked."""

import ast
import copy
import math
from types import FunctionType, ModuleType
from typing import Any

from runtime.compiler.abstract import Analysis
from runtime.compiler.kinds import CODES, FLOAT, NP_FLOAT, NUMBERS, Array, Items, Kinds, Parts, Unsupported
from runtime.compiler.operations import FLOAT_OF_FLOAT, FLOAT_OF_TWO, INT_OF_FLOAT

REAL = frozenset({FLOAT, NP_FLOAT})
PLAIN_ON_REALS = (ast.Add, ast.Sub, ast.Mult)
CHECKED = {
    ast.Add: "add", ast.Sub: "sub", ast.Mult: "mul", ast.Div: "truediv", ast.FloorDiv: "floordiv", ast.Mod: "mod",
    ast.Pow: "power", ast.LShift: "lshift", ast.RShift: "rshift",
}  # fmt: skip
CHECKED_MATH = FLOAT_OF_FLOAT | FLOAT_OF_TWO | INT_OF_FLOAT
BUILTINS: dict[Any, str] = {abs: "absolute", min: "smaller", max: "larger", int: "to_int"}
DEPTH, CODE = "depth__", "__code"
HEADER = """import math
from numba import njit
from runtime.compiler.backends import checked
from runtime.compiler.guard import Unsure
"""


def module_text(analysis: Analysis) -> str:
    """The module; its function has the original's name and, when it calls itself, one argument more (the depth)."""
    parts = [HEADER, *_modules(analysis)]
    for helper in analysis.helpers.values():
        parts += [*_modules(helper), *_constants(helper), _function(helper)]
    parts += [*_constants(analysis), _function(analysis)]
    return "\n".join(parts) + "\n"


def _modules(analysis: Analysis) -> list[str]:
    named = [(name, value) for name, value in analysis.source.names.items() if isinstance(value, ModuleType)]
    imports = [f"import {value.__name__} as {name}" for name, value in named]
    used = {node.func.attr for node in ast.walk(analysis.source.node) if of_math(node, analysis)}  # type: ignore[attr-defined]
    makers = [(FLOAT_OF_FLOAT, "of_float"), (FLOAT_OF_TWO, "of_two"), (INT_OF_FLOAT, "whole_of")]
    return imports + [
        f"math_{name} = checked.{maker}({name!r})" for names, maker in makers for name in sorted(used & names)
    ]


def of_math(node: ast.AST, analysis: Analysis) -> bool:
    called = node.func if isinstance(node, ast.Call) else None
    root = called.value if isinstance(called, ast.Attribute) else None
    return isinstance(root, ast.Name) and analysis.source.names.get(root.id) is math


def _constants(analysis: Analysis) -> list[str]:
    numbers = [(name, value) for name, value in analysis.source.names.items() if type(value) in (int, float, bool)]
    return [f"{name} = {value!r}" if _finite(value) else f"{name} = float('{value}')" for name, value in numbers]


def _finite(value: Any) -> bool:
    return not isinstance(value, float) or math.isfinite(value)


def _function(analysis: Analysis) -> str:
    node = copy.deepcopy(analysis.source.node)
    originals = dict(zip(ast.walk(node), ast.walk(analysis.source.node), strict=True))
    new = Rewriter(analysis, originals).function(node)
    # Numba can't find a recursive function's own symbol again in what it kept on disk.
    options = f'error_model="python", boundscheck=True, cache={not analysis.recursive}'
    return f"@njit({options})\n{ast.unparse(ast.fix_missing_locations(new))}\n"


def call(name: str, *arguments: ast.expr) -> ast.expr:
    return ast.Call(ast.parse(name, mode="eval").body, list(arguments), [])


class Rewriter(ast.NodeTransformer):
    """Rewrites the body of one function by what is known of its expressions."""

    module = "checked."
    """Where the checked operations are."""

    def __init__(self, analysis: Analysis, originals: dict[ast.AST, ast.AST]) -> None:
        self.found, self.originals, self.names = analysis, originals, analysis.source.names

    def kinds(self, node: ast.expr) -> Kinds:
        return self.found.expressions.get(self.originals.get(node, node), frozenset())

    def real(self, node: ast.expr) -> bool:
        return bool(self.kinds(node) & REAL)

    def checked(self, operation: str, real: bool, *arguments: ast.expr) -> ast.expr:  # noqa: ARG002
        """A call of the checked operation; Numba chooses by the types of the arguments."""
        return call(f"checked.{operation}", *arguments)

    def function(self, node: ast.FunctionDef) -> ast.FunctionDef:
        check_returns(self.found)
        start: list[ast.stmt] = []
        for name in sorted(self.found.mixed & set(self.found.source.arguments)):
            given = self.found.arguments[self.found.source.arguments.index(name)]
            start += self.tagged(name, ast.Name(name, ast.Load()), ast.Constant(_code(given)))
        if self.found.recursive:
            node.args.args.append(ast.arg(DEPTH))
            start.append(ast.Expr(call(f"{self.module}check_depth", ast.Name(DEPTH, ast.Load()))))
        node.args.defaults = []
        node.body = start + self.block(node.body)
        return node

    def block(self, body: list[ast.stmt]) -> list[ast.stmt]:
        new: list[ast.stmt] = []
        for statement in body:
            changed = self.visit(statement)
            new += changed if isinstance(changed, list) else [changed]
        return new

    def tagged(self, name: str, value: ast.expr, code: ast.expr) -> list[ast.stmt]:
        """Set a variable whose type is decided at run time, and the code of that type."""
        label = name + CODE
        if self.found.variables[name] & REAL:
            value = call(f"{self.module}mixed", value, ast.Name(label, ast.Load()))
        return [_set(label, code), _set(name, value)]

    def code(self, node: ast.expr) -> ast.expr:
        """An expression for the code of the type of `node`, which is not rewritten yet."""
        kinds = self.kinds(node)
        if len(kinds) == 1 and kinds <= NUMBERS:
            return ast.Constant(_code(kinds))
        match node:
            case ast.Name(id=name) if name in self.found.mixed:
                return ast.Name(name + CODE, ast.Load())
            case ast.UnaryOp(op=ast.UAdd() | ast.USub(), operand=operand):
                return self.code(operand)
            case ast.BinOp(left=left, op=op, right=right):
                both = ast.BinOp(self.code(left), ast.BitOr(), self.code(right))
                return ast.BinOp(both, ast.BitOr(), ast.Constant(1)) if isinstance(op, ast.Div) else both
        raise Unsupported(f"{ast.unparse(node)[:60]}, whose type is only known at run time")

    def visit_Assign(self, node: ast.Assign) -> ast.stmt | list[ast.stmt]:
        names = {item.id for target in node.targets for item in ast.walk(target) if isinstance(item, ast.Name)}
        written = {item for item in names & self.found.mixed if not isinstance(node.targets[0], ast.Subscript)}
        if not written:
            return self.generic_visit(node)  # type: ignore[return-value]
        target = node.targets[0]
        if len(node.targets) > 1:
            raise Unsupported("one assignment to several variables of which the type changes")
        if isinstance(target, ast.Name):
            code = self.code(node.value)
            return self.tagged(target.id, self.visit(node.value), code)
        if not isinstance(target, ast.Tuple) or not isinstance(node.value, ast.Tuple):
            raise Unsupported("unpacking into variables of which the type changes")
        return self.unpack(target.elts, node.value.elts)

    def unpack(self, targets: list[ast.expr], values: list[ast.expr]) -> list[ast.stmt]:
        before: list[ast.stmt] = []
        after: list[ast.stmt] = []
        for place, (target, value) in enumerate(zip(targets, values, strict=True)):
            temporary = f"value{place}__"
            if isinstance(target, ast.Name) and target.id in self.found.mixed:
                before.append(_set(temporary + CODE, self.code(value)))
                after += self.tagged(target.id, _name(temporary), _name(temporary + CODE))
            else:
                after.append(ast.Assign([self.visit(target)], _name(temporary)))
            before.append(_set(temporary, self.visit(value)))
        return before + after

    def visit_AnnAssign(self, node: ast.AnnAssign) -> Any:
        return self.visit_Assign(ast.Assign([node.target], node.value or ast.Constant(None)))

    def visit_AugAssign(self, node: ast.AugAssign) -> Any:
        load = copy.deepcopy(node.target)
        load.ctx = ast.Load()
        self.originals |= dict(zip(ast.walk(load), map(self.originals.get, ast.walk(node.target)), strict=True))  # type: ignore[arg-type]
        return self.visit_Assign(ast.Assign([node.target], ast.BinOp(load, node.op, node.value)))

    def visit_For(self, node: ast.For) -> ast.stmt:
        written = {item.id for item in ast.walk(node.target) if isinstance(item, ast.Name)}
        if written & self.found.mixed:
            raise Unsupported("a loop variable that changes its type")
        node.iter, node.body = self.visit(node.iter), self.block(node.body)
        node.target = self.visit(node.target)
        return node

    def visit_While(self, node: ast.While) -> ast.stmt:
        node.test, node.body = self.visit(node.test), self.block(node.body)
        return node

    def visit_If(self, node: ast.If) -> ast.stmt:
        node.test, node.body, node.orelse = self.visit(node.test), self.block(node.body), self.block(node.orelse)
        return node

    def visit_Raise(self, node: ast.Raise) -> ast.stmt:  # noqa: ARG002
        return ast.Raise(_name("Unsure"))

    def visit_Assert(self, node: ast.Assert) -> ast.stmt:
        return ast.If(ast.UnaryOp(ast.Not(), self.visit(node.test)), [ast.Raise(_name("Unsure"))], [])

    def visit_Return(self, node: ast.Return) -> ast.stmt:
        if node.value is None:
            return node
        if len(self.found.returns) > 1:
            code = self.code(node.value)
            number: ast.expr = self.visit(node.value)
            if self.found.returns & REAL:
                number = call(f"{self.module}mixed", number, code)
            return ast.Return(ast.Tuple([number, code], ast.Load()))
        return ast.Return(self.visit(node.value))

    def visit_BinOp(self, node: ast.BinOp) -> ast.expr:
        left, right = self.kinds(node.left), self.kinds(node.right)
        new = ast.BinOp(self.visit(node.left), node.op, self.visit(node.right))
        if type(node.op) not in CHECKED or not (left | right) <= NUMBERS:
            return new
        if isinstance(node.op, PLAIN_ON_REALS) and (left | right) & REAL:
            return new
        return self.checked(CHECKED[type(node.op)], bool((left | right) & REAL), new.left, new.right)

    def visit_UnaryOp(self, node: ast.UnaryOp) -> ast.expr:
        real = self.real(node.operand)
        if isinstance(node.op, ast.USub) and isinstance(node.operand, ast.Constant):
            return node
        operand = self.visit(node.operand)
        plain = real or not isinstance(node.op, ast.USub)
        return ast.UnaryOp(node.op, operand) if plain else self.checked("negative", real, operand)

    def visit_Compare(self, node: ast.Compare) -> ast.expr:
        sides = [node.left, *node.comparators]
        any_real = any(self.real(side) for side in sides)
        new = [self.exact(side) if any_real and not self.real(side) else self.visit(side) for side in sides]
        return ast.Compare(new[0], node.ops, new[1:])

    def exact(self, side: ast.expr) -> ast.expr:
        """An integer that is compared with a float: Python compares them exactly."""
        if isinstance(side, ast.Constant) or not self.kinds(side) <= NUMBERS:
            return self.visit(side)  # type: ignore[no-any-return]
        return self.checked("exact", False, self.visit(side))

    def bounded(self, limit: ast.expr) -> ast.expr:
        """A limit of a range, so small that counting up to it can't overflow."""
        if isinstance(limit, ast.Constant | ast.UnaryOp) and len(ast.unparse(limit)) < 10:
            return limit
        return self.checked("bounded", False, limit)

    def visit_Call(self, node: ast.Call) -> ast.expr:
        called = node.func
        arguments: list[ast.expr] = [self.visit(argument) for argument in node.args]
        if isinstance(called, ast.Attribute) and of_math(node, self.found) and called.attr in CHECKED_MATH:
            if called.attr in INT_OF_FLOAT and not self.real(node.args[0]):
                return arguments[0]
            return call(f"math_{called.attr}", *arguments)
        if isinstance(called, ast.Name) and called.id in self.names:
            value = self.names[called.id]
            if value is range:
                return call("range", *map(self.bounded, arguments))
            if isinstance(value, type | type(abs)) and value in BUILTINS:
                return self.checked(BUILTINS[value], any(map(self.real, node.args)), *arguments)
            if isinstance(value, FunctionType) and called.id == self.found.source.node.name:
                deeper = ast.BinOp(_name(DEPTH), ast.Add(), ast.Constant(1))
                return call(called.id, *arguments, deeper)
        node.args = arguments
        return node


def _set(name: str, value: ast.expr) -> ast.Assign:
    return ast.Assign([ast.Name(name, ast.Store())], value)


def _name(name: str) -> ast.Name:
    return ast.Name(name, ast.Load())


def _code(kinds: Kinds) -> int:
    return CODES[str(next(iter(kinds)))]


def check_returns(analysis: Analysis) -> None:
    """Raises `Unsupported` for a result that can't be given back as the original would."""
    returns = analysis.returns
    if len(returns) > 1 and (not returns <= NUMBERS or analysis.recursive):
        raise Unsupported(f"{analysis.source.node.name} returns values of several types")
    for node in ast.walk(analysis.source.node):
        if isinstance(node, ast.Return) and node.value is not None:
            for kind in analysis.expressions.get(node.value, frozenset()):
                _check_result(analysis, node.value, kind)


def _check_result(analysis: Analysis, value: ast.expr, kind: Any) -> None:
    if isinstance(kind, Items) and (kind.given or len(kind.of) != 1):
        raise Unsupported("a returned list that was given, or whose elements are not known")
    if isinstance(kind, Parts) and any(
        len(of) != 1 or not of <= NUMBERS | {"bool", "np.bool", "None"} for of in kind.of
    ):
        raise Unsupported("a returned tuple of something else than single numbers")
    if isinstance(kind, Array):
        name = value.id if isinstance(value, ast.Name) else ""
        set_by = [node for node in ast.walk(analysis.source.node) if isinstance(node, ast.Assign) and _sets(node, name)]
        made = all(isinstance(node.value, ast.Call) for node in set_by)
        if name in analysis.source.arguments or not made or not (set_by or isinstance(value, ast.Call)):
            raise Unsupported("a returned array that may be one that was given")


def _sets(node: ast.Assign, name: str) -> bool:
    return any(isinstance(target, ast.Name) and target.id == name for target in node.targets)
