"""A numeric function as a Cython module: C variables where the types are proven, each operation checked."""

import ast
import copy
import math
from typing import Any

from runtime.compiler.abstract.analysis import Analysis
from runtime.compiler.backends.results import check_returns
from runtime.compiler.backends.rewrite import CODE, Rewriter
from runtime.compiler.backends.rewrite_expressions import DEPTH, REAL, call, of_math
from runtime.compiler.kinds import BOOL, INT, NP_BOOL, NP_INT, Array, Items, Kind, Kinds, Parts, Unsupported, only
from runtime.compiler.operations import CONSTANTS
from runtime.python_source import parse_expression

HEADER = """# cython: language_level=3, boundscheck=True, wraparound=True, overflowcheck=True, cdivision=False
# cython: cpow=False, initializedcheck=False
import numpy as np
include "helpers.pxi"
"""
WRAPPED = {"fabs": "c_fabs(x)", "radians": "x * 0.017453292519943295", "degrees": "x * 57.29577951308232"}
TRUTH = {"isnan", "isinf", "isfinite"}
ERROR = {"int64_t": "except? -98765", "double": "except? -98765.5", "bint": "except? -1"}


def pyx_text(analysis: Analysis) -> str:
    """The module; its function has the original's name and the arguments of `Rewriter`'s."""
    helpers = list(analysis.helpers.values())
    used = {name for one in [*helpers, analysis] for name in _math_names(one)}
    parts = [HEADER, *(_math(name) for name in sorted(used))]
    parts += [_c_function(helper, helper.source.node.name) for helper in helpers]
    name = analysis.source.node.name
    if not analysis.recursive:
        return "\n".join([*parts, _function(analysis, f"def {name}", "")])
    arguments = [*analysis.source.arguments, DEPTH]
    outer = f"def {name}({', '.join(arguments)}):\n    return {name}{IMPLEMENTATION}({', '.join(arguments)})\n"
    return "\n".join([*parts, _c_function(analysis, name + IMPLEMENTATION), outer])


IMPLEMENTATION = "__c"


def _math_names(analysis: Analysis) -> set[str]:
    calls = [
        node.func for node in ast.walk(analysis.source.node) if isinstance(node, ast.Call) and of_math(node, analysis)
    ]
    return {called.attr for called in calls if isinstance(called, ast.Attribute)}


def _math(name: str) -> str:
    """A C function that raises `Unsure` where `math` would raise, or might."""
    if name in CONSTANTS:
        return ""
    if name in TRUTH:
        return f"from libc.math cimport {name} as math_{name}\n"
    if name in ("floor", "ceil", "trunc"):
        return (
            f"from libc.math cimport {name} as c_{name}_\n"
            f"cdef inline int64_t math_{name}(double x) except? -98765:\n    return real_to_int(c_{name}_(x))\n"
        )
    two = name in ("atan2", "hypot", "copysign", "fmod", "pow")
    inner = WRAPPED.get(name, f"c_{name}({'x, y' if two else 'x'})")
    imported = "" if name in ("radians", "degrees") else f"from libc.math cimport {name} as c_{name}\n"
    return (
        f"{imported}cdef inline double math_{name}(double x{', double y' if two else ''}) except? -98765.5:\n"
        f"    cdef double r = {inner}\n    if not c_isfinite(r):\n        raise Unsure\n    return r\n"
    )


def _c_function(analysis: Analysis, name: str) -> str:
    result = c_type(only(analysis.returns))
    if result not in ERROR:
        raise Unsupported("a helper or recursion that returns no number")
    return _function(analysis, f"cdef {result} {name}", f" {ERROR[result]}")


def _function(analysis: Analysis, head: str, tail: str) -> str:
    node = copy.deepcopy(analysis.source.node)
    originals = dict(zip(ast.walk(node), ast.walk(analysis.source.node), strict=True))
    rewriter = CythonRewriter(analysis, originals)
    new = ast.fix_missing_locations(rewriter.function(node))
    given = [
        f"{c_type(only(kinds))} {name}{'__given' if name in analysis.mixed else ''}"
        for name, kinds in zip(analysis.source.arguments, analysis.arguments, strict=True)
    ]
    given += [f"int64_t {DEPTH}"] * analysis.recursive
    lines = [f"{head}({', '.join(given)}){tail}:"]
    lines += [
        f"    cdef {_variable(kinds)} {name}" for name, kinds in analysis.variables.items() if _own(analysis, name)
    ]
    lines += [f"    cdef int64_t {name}{CODE}" for name in sorted(analysis.mixed)]
    lines += [f"    cdef int64_t {name}" for name in rewriter.counters]
    lines += [f"    {name} = {name}__given" for name in analysis.source.arguments if name in analysis.mixed]
    body = "\n".join(ast.unparse(statement) for statement in new.body)
    return "\n".join([*lines, *("    " + line for line in body.splitlines())]) + "\n"


def _own(analysis: Analysis, name: str) -> bool:
    return name in analysis.mixed or name not in analysis.source.arguments


def _variable(kinds: Kinds) -> str:
    if len(kinds) == 1:
        return c_type(only(kinds))
    return "double" if kinds & REAL else "int64_t"


def c_type(kind: Kind) -> str:
    """Raises `Unsupported`."""
    match kind:
        case Array(dtype, rank) if dtype != "bool":
            return f"{'double' if dtype == 'float64' else 'int64_t'}[{', '.join([':'] * (rank - 1) + ['::1'])}]"
        case Items(of, given) if given:
            inner = only(of)
            element = only(inner.of) if isinstance(inner, Items) else inner
            return f"{'int64_t' if element == INT else 'double'}[{':, ' if isinstance(inner, Items) else ''}::1]"
        case Items():
            return "list"
        case Parts():
            return "tuple"
        case str() if kind in (INT, NP_INT):
            return "int64_t"
        case str() if kind in (BOOL, NP_BOOL):
            return "bint"
        case str() if kind in REAL:
            return "double"
    raise Unsupported(f"a variable of {kind}")


class CythonRewriter(Rewriter, ast.NodeTransformer):
    """Names the checked operation by its C types, and walks arrays by index."""

    module = ""

    def __init__(self, analysis: Analysis, originals: dict[ast.AST, ast.AST]) -> None:
        super().__init__(analysis, originals)
        self.counters: list[str] = []

    def checked(self, operation: str, real: bool, *arguments: ast.expr) -> ast.expr:
        """The C function for these types."""
        return call(f"{'real' if real else 'int'}_{operation}", *arguments)

    def function(self, node: ast.FunctionDef) -> ast.FunctionDef:
        """As for Numba; a result that is an array has to become one again."""
        check_returns(self.found)
        return super().function(node)

    def visit_Name(self, node: ast.Name) -> ast.expr:
        value = self.names.get(node.id)
        if node.id not in self.found.variables and type(value) in (int, float, bool):
            if isinstance(value, float) and not math.isfinite(value):
                raise Unsupported(f"{node.id}, which is {value}")
            return ast.Constant(value)
        return node

    def visit_Attribute(self, node: ast.Attribute) -> ast.expr:
        root = node.value
        if isinstance(root, ast.Name) and self.names.get(root.id) is math and node.attr in CONSTANTS:
            number = getattr(math, node.attr)
            if not math.isfinite(number):
                raise Unsupported(f"math.{node.attr}")
            return ast.Constant(number)
        kinds = self.kinds(node)
        if node.attr == "shape" and kinds:
            whole = only(kinds)
            rank = len(whole.of) if isinstance(whole, Parts) else 0
            sizes: list[ast.expr] = [ast.Subscript(node, ast.Constant(axis)) for axis in range(rank)]
            return ast.Tuple(sizes, ast.Load())
        if node.attr in ("size", "ndim"):
            raise Unsupported(f".{node.attr}")
        return node

    def visit_Subscript(self, node: ast.Subscript) -> ast.expr:
        if not (isinstance(node.value, ast.Attribute) and node.value.attr == "shape"):
            node.value = self.visit(node.value)
        node.slice = self.visit(node.slice)
        return node

    def visit_Return(self, node: ast.Return) -> ast.stmt:
        returned = super().visit_Return(node)
        if (
            isinstance(returned, ast.Return)
            and returned.value
            and any(isinstance(k, Array) for k in self.found.returns)
        ):
            returned.value = call("np.asarray", returned.value)
        return returned

    def visit_For(self, node: ast.For) -> ast.stmt:
        walked = _walked(node.iter, self.names)
        if not walked or not all(self.is_array(source) for source in walked[1]):
            return super().visit_For(node)
        kind, sources = walked
        if any(not isinstance(source, ast.Name) for source in sources):
            raise Unsupported("a loop over a part of an array")
        counter = f"place{len(self.counters)}__"
        self.counters.append(counter)
        written = {item.id for item in ast.walk(node.target) if isinstance(item, ast.Name)}
        if written & self.found.mixed:
            raise Unsupported("a loop variable that changes its type")
        index = ast.Name(counter, ast.Load())
        elements: list[ast.expr] = [ast.Subscript(copy.copy(source), index) for source in sources]
        value = elements[0] if kind == "plain" else ast.Tuple([index, *elements] if kind == "enumerate" else elements)
        length: ast.expr = call("len", sources[0])
        for source in sources[1:]:
            length = call("int_smaller", length, call("len", source))
        set_first = ast.Assign([node.target], value)
        body = [set_first, *self.block(node.body)]
        return ast.For(ast.Name(counter, ast.Store()), call("range", length), body, [])

    def is_array(self, node: ast.expr) -> bool:
        kinds = self.kinds(node)
        return bool(kinds) and all(
            isinstance(kind, Array) or (isinstance(kind, Items) and kind.given) for kind in kinds
        )

    def visit_Call(self, node: ast.Call) -> ast.expr:
        made = self.kinds(node)
        name = self.found.source.node.name
        new = super().visit_Call(node)
        if any(isinstance(kind, Array) for kind in made) and isinstance(new, ast.Call):
            array = next(kind for kind in made if isinstance(kind, Array))
            dtype = parse_expression("np.float64" if array.dtype == "float64" else "np.int64")
            return ast.Call(parse_expression(f"np.{new.func.attr}"), [new.args[0], dtype], [])  # type: ignore[attr-defined]
        if isinstance(new, ast.Call) and isinstance(new.func, ast.Name):
            if new.func.id == name and self.found.recursive:
                return call(name + IMPLEMENTATION, *new.args)
            if new.func.id in ("float", "bool"):
                return call(f"to_{new.func.id}", *new.args)
        return new


def _walked(source: ast.expr, names: dict[str, Any]) -> tuple[str, list[ast.expr]] | None:
    """How a loop walks over which containers; None for a range."""
    if isinstance(source, ast.Call) and isinstance(source.func, ast.Name):
        called = names.get(source.func.id)
        if called in (enumerate, zip):
            return ("enumerate" if called is enumerate else "zip"), source.args
        return None
    return "plain", [source]
