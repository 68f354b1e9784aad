"""BYTECODE: the same function with less to look up: globals bound, constants folded, short loops unrolled.

Needs no package. Only what provably keeps the meaning is done, and a global that is bound to something else later makes
the original run (checked at every call).
"""

import ast
import builtins
import copy
import functools
import linecache
import time
import warnings
from collections.abc import Callable
from dataclasses import dataclass, field
from types import CodeType, FunctionType, ModuleType
from typing import Any

from runtime.compiler.backend import Compiled, Refused
from runtime.compiler.definite import check_set_before_use
from runtime.compiler.kinds import Unsupported
from runtime.compiler.profile import CallTypes
from runtime.compiler.source import NESTED, Source, locals_of, source_of
from runtime.compiler.strategy import CompilationStrategy
from runtime.python_source import parse_module

MOST_TURNS = 8
MOST_NODES = 120
"""Of the syntax tree of an unrolled body, all turns together."""
LARGEST = 2**256
INLINED = (int, float, str, bytes, bool)
FIXED_MODULES = {"math", "cmath", "operator"}
"""Their functions are not rebound by anyone who means well; the guard looks at the module's binding all the same."""
SCOPES = (ast.Lambda, ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef, ast.ListComp, ast.SetComp, ast.DictComp,
          ast.GeneratorExp, ast.NamedExpr, ast.Yield, ast.YieldFrom, ast.Await)  # fmt: skip
LOOKS_AT_FRAMES = {"locals", "globals", "vars", "dir", "eval", "exec", "super", "breakpoint"}


class BytecodeBackend:
    """Works for every kind of function; the result's `backend` says what was done."""

    strategy = CompilationStrategy.BYTECODE

    def compile(self, function: FunctionType, types: list[CallTypes]) -> Compiled | Refused:  # noqa: ARG002
        """Refused when there is nothing to do."""
        start = time.perf_counter()
        source = source_of(function)
        if isinstance(source, Refused):
            return source
        reading = LOOKS_AT_FRAMES & set(source.names)
        if reading or any(isinstance(node, ast.Global | ast.Nonlocal) for node in ast.walk(source.node)):
            return Refused(f"{function.__name__} looks at its own variables by name: its bytecode is left as it is.")
        optimiser = Optimiser(function, source)
        node = optimiser.visit(copy.deepcopy(source.node))
        if not optimiser.done:
            return Refused(f"There is nothing in {function.__name__} to fold, bind or unroll.")
        made = _rebuilt(function, node, optimiser)
        return Compiled(made, time.perf_counter() - start, f"bytecode ({', '.join(sorted(optimiser.done))})")


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
        self.changeable = _declared_global(self.function)
        try:
            check_set_before_use(self.source.node)
            self.all_set = True
        except Unsupported:
            self.all_set = False

    def visit(self, node: ast.AST) -> Any:
        """A function or class within the function has names of its own: it is left alone."""
        return (
            node
            if isinstance(node, NESTED) and getattr(node, "name", "") != self.source.node.name
            else super().visit(node)
        )

    def visit_FunctionDef(self, node: ast.FunctionDef) -> ast.AST:
        if node.name == self.source.node.name:
            node.body = [made for statement in node.body for made in _listed(self.visit(statement))]
        return node

    def visit_Name(self, node: ast.Name) -> ast.expr:
        value = self.source.names.get(node.id)
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
            module = self.source.names.get(root)
            if isinstance(module, ModuleType) and module.__name__ in FIXED_MODULES and root not in self.changeable:
                self.guarded[root] = module
                self.done.add(f"{root}.{called.attr} bound")
                mark = f"<arxla {root}.{called.attr}>"
                self.bound[mark] = getattr(module, called.attr, None)
                node.func = ast.copy_location(ast.Constant(mark), called)
        return node

    def inlined(self, node: ast.Call) -> ast.expr | None:
        """The expression that a helper of one line returns, in place of its call: variables and constants go in."""
        called = self.source.names.get(node.func.id) if isinstance(node.func, ast.Name) else None
        if not isinstance(called, FunctionType) or called.__globals__ is not self.function.__globals__ or node.keywords:
            return None
        name = called.__name__
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
        self.source.names.update(helper.names)
        self.done.add(f"{name} inlined")
        values = dict(zip(helper.arguments, node.args, strict=True))
        put_in: ast.expr = _Substitute(values).visit(expression)
        return ast.fix_missing_locations(ast.copy_location(put_in, node))

    def is_local(self, node: ast.expr) -> bool:
        return isinstance(node, ast.Name) and node.id in self.local

    def visit_BinOp(self, node: ast.BinOp) -> ast.expr:
        self.generic_visit(node)
        sides = (node.left, node.right)
        if all(isinstance(side, ast.Constant) and type(side.value) in (int, float) for side in sides):
            return self.folded(node)
        return node

    def visit_UnaryOp(self, node: ast.UnaryOp) -> ast.expr:
        self.generic_visit(node)
        operand = node.operand
        if isinstance(operand, ast.Constant) and type(operand.value) in (int, float) and isinstance(node.op, ast.USub):
            return self.folded(node)
        return node

    def folded(self, node: ast.BinOp | ast.UnaryOp) -> ast.expr:
        """The value, when computing it now can't fail nor take long."""
        text = ast.unparse(node)
        if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Pow | ast.LShift) and not _small(node.right):
            return node
        try:
            value = eval(compile(ast.Expression(ast.fix_missing_locations(node)), "<fold>", "eval"), {}, {})
        except (ArithmeticError, TypeError, ValueError):
            return node
        if type(value) not in (int, float) or (isinstance(value, int) and abs(value) > LARGEST):
            return node
        if not isinstance(node, ast.UnaryOp):
            self.done.add(f"{text} folded")
        return ast.copy_location(ast.Constant(value), node)

    def visit_If(self, node: ast.If) -> Any:
        node.test = self.visit(node.test)
        node.body = [made for statement in node.body for made in _listed(self.visit(statement))]
        node.orelse = [made for statement in node.orelse for made in _listed(self.visit(statement))]
        return node

    def visit_For(self, node: ast.For) -> Any:
        node.iter = self.visit(node.iter)
        turns = self.turns(node)
        if turns is None or not isinstance(node.target, ast.Name):
            self.generic_visit(node)
            return node
        name = node.target.id
        stored = any(isinstance(item, ast.Name) and item.id == name and not isinstance(item.ctx, ast.Load)
                     for statement in node.body for item in ast.walk(statement))  # fmt: skip
        scopes = any(isinstance(item, SCOPES) for item in ast.walk(node))
        unrolled: list[ast.stmt] = []
        for value in turns:
            unrolled.append(ast.Assign([node.target], ast.Constant(value)))
            for statement in copy.deepcopy(node.body):
                known = statement if stored or scopes else _Substitute({name: ast.Constant(value)}).visit(statement)
                unrolled += _listed(self.visit(ast.fix_missing_locations(known)))
        self.done.add(f"a loop of {len(turns)} unrolled")
        return [ast.copy_location(statement, node) for statement in unrolled]

    def turns(self, node: ast.For) -> list[int] | None:
        """The numbers that a short loop over a constant range goes through, if its body runs through each time."""
        source = node.iter
        if not (isinstance(source, ast.Call) and isinstance(source.func, ast.Name)) or node.orelse or source.keywords:
            return None
        if self.source.names.get(source.func.id) is not range or not isinstance(node.target, ast.Name):
            return None
        limits = [argument.value if isinstance(argument, ast.Constant) else None for argument in source.args]
        if not limits or any(type(limit) is not int for limit in limits) or limits[2:] == [0]:
            return None
        if any(isinstance(item, ast.Break | ast.Continue) for item in ast.walk(node)):
            return None
        values = range(*limits)  # type: ignore[arg-type]
        size = sum(1 for statement in node.body for _ in ast.walk(statement))
        return list(values) if 0 < len(values) <= MOST_TURNS and len(values) * size <= MOST_NODES else None


class _Substitute(ast.NodeTransformer):
    def __init__(self, values: dict[str, ast.expr]) -> None:
        self.values = values

    def visit_Name(self, node: ast.Name) -> ast.expr:
        if isinstance(node.ctx, ast.Load) and node.id in self.values:
            return copy.deepcopy(self.values[node.id])
        return node


def _declared_global(function: FunctionType) -> set[str]:
    """Names that some function of the same file may bind anew."""
    text = "".join(linecache.getlines(function.__code__.co_filename, function.__globals__))
    return {name for node in ast.walk(parse_module(text)) if isinstance(node, ast.Global) for name in node.names}


def _listed(made: Any) -> list[ast.stmt]:
    return made if isinstance(made, list) else [made]


def _small(node: ast.expr) -> bool:
    return isinstance(node, ast.Constant) and type(node.value) is int and 0 <= node.value <= 64


def _rebuilt(function: FunctionType, node: ast.AST, optimiser: Optimiser) -> Callable[..., Any]:
    """A function of the same name, defaults and globals with the new code, and the original where a global changed."""
    original = function.__code__
    module = ast.fix_missing_locations(ast.Module([node], []))  # type: ignore[list-item]
    flags = original.co_flags & 0x1FF0000  # those of `from __future__`
    with warnings.catch_warnings():
        warnings.simplefilter(
            "ignore", SyntaxWarning
        )  # a mark in the place of a function looks like a text being called
        compiled = compile(module, original.co_filename, "exec", flags=flags, dont_inherit=True)
    code = next(
        found for found in compiled.co_consts if isinstance(found, CodeType) and found.co_name == original.co_name
    )
    code = _with_objects(code, optimiser.bound)
    made = FunctionType(code, function.__globals__, function.__name__, function.__defaults__)
    made.__kwdefaults__ = function.__kwdefaults__
    made.__qualname__, made.__doc__, made.__module__ = function.__qualname__, function.__doc__, function.__module__
    made.__dict__.update(function.__dict__)
    return _guarded(function, made, optimiser.guarded)


def _with_objects(code: CodeType, bound: dict[str, Any]) -> CodeType:
    """The code with its marks replaced by the objects that they stand for."""
    constants = tuple(
        _with_objects(constant, bound) if isinstance(constant, CodeType)
        else bound.get(constant, constant) if isinstance(constant, str) else constant
        for constant in code.co_consts
    )  # fmt: skip
    return code.replace(co_consts=constants)


def _guarded(original: FunctionType, made: FunctionType, names: dict[str, Any]) -> Callable[..., Any]:
    """Runs `made` while every name is bound as it was, else the original."""
    if not names:
        return made
    scope = original.__globals__
    pairs: list[tuple[dict[str, Any], str, Any]] = []
    for name, value in names.items():
        pairs.append((scope if name in scope else vars(builtins), name, value))
    space: dict[str, Any] = {"original": original, "made": made, "globals__": scope}
    tests = []
    for place, (where, name, value) in enumerate(pairs):
        space |= {f"where{place}": where, f"value{place}": value}
        tests.append(f"where{place}.get({name!r}) is value{place}")
        if where is not scope:
            tests.append(f"{name!r} not in globals__")
    code = original.__code__
    plain = not code.co_kwonlyargcount and not code.co_flags & 0x0C and not code.co_posonlyargcount
    given = ", ".join(code.co_varnames[: code.co_argcount]) if plain else "*arguments, **keywords"
    text = (
        f"def guarded({given}):\n    if {' and '.join(tests)}:\n        return made({given})\n"
        f"    return original({given})\n"
    )
    exec(text, space)
    if plain:
        space["guarded"].__defaults__ = original.__defaults__
    return functools.update_wrapper(space["guarded"], original)
