"""A numeric function as a Cython module: C variables where the types are proven, each operation checked."""

import ast
import copy

from runtime.compiler.abstract.analysis import Analysis
from runtime.compiler.backends.cython_rewrite import IMPLEMENTATION, CythonRewriter
from runtime.compiler.backends.rewrite import CODE
from runtime.compiler.backends.rewrite_expressions import DEPTH, REAL, of_math
from runtime.compiler.kinds import BOOL, INT, NP_BOOL, NP_INT, Array, Items, Kind, Kinds, Parts, Unsupported, only
from runtime.compiler.operations import CONSTANTS

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
        return (
            f"from libc.math cimport {name} as c_{name}\n"
            f"cdef inline bint math_{name}(double x) noexcept:\n    return c_{name}(x)\n"
        )
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
