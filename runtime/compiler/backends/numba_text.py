"""A numeric function as the program that Numba compiles: each operation that could mean something else is checked."""

import ast
import copy
import math
from types import ModuleType
from typing import Any

from runtime.compiler.abstract.analysis import Analysis
from runtime.compiler.abstract.recursion import countdown_of
from runtime.compiler.backends.numba_rewrite import NumbaRewriter
from runtime.compiler.backends.rewrite_expressions import DEPTH
from runtime.compiler.kinds import BOOL, FLOAT, INT, NP_FLOAT, NP_INT

HEADER = """import math
from numba import njit
from runtime.compiler.backends import checked
from runtime.compiler.guard import Unsure
"""
SIGNATURES = {INT: "int64", NP_INT: "int64", FLOAT: "float64", NP_FLOAT: "float64", BOOL: "boolean"}
COUNTED = "counted__"
"""The recursion itself, behind a function that looks at its first arguments."""


def module_text(analysis: Analysis) -> str:
    """The module; its function has the original's name and, when it calls itself, one argument more (the depth)."""
    parts = [HEADER, *_modules(analysis)]
    for helper in analysis.helpers.values():
        parts += [*_modules(helper), *_constants(helper), _function(helper)]
    parts += [*_constants(analysis), _function(analysis)]
    return "\n".join(parts) + "\n"


def _modules(analysis: Analysis) -> list[str]:
    named = [(name, value) for name, value in analysis.source.names.items() if isinstance(value, ModuleType)]
    return [f"import {value.__name__} as {name}" for name, value in named]


def _constants(analysis: Analysis) -> list[str]:
    numbers = [(name, value) for name, value in analysis.source.names.items() if type(value) in (int, float, bool)]
    return [f"{name} = {value!r}" if _finite(value) else f"{name} = float('{value}')" for name, value in numbers]


def _finite(value: Any) -> bool:
    return not isinstance(value, float) or math.isfinite(value)


def _function(analysis: Analysis) -> str:
    scalars = [SIGNATURES.get(str(kind)) for kinds in analysis.arguments for kind in kinds]
    countdown = countdown_of(analysis) if analysis.recursive and None not in scalars else None
    node = copy.deepcopy(analysis.source.node)
    originals = dict(zip(ast.walk(node), ast.walk(analysis.source.node), strict=True))
    new = NumbaRewriter(analysis, originals, countdown).function(node)
    text = ast.unparse(ast.fix_missing_locations(new))
    if countdown is None:
        # Numba can't find a recursive function's own symbol again in what it kept on disk.
        return f'@njit(error_model="python", cache={not analysis.recursive})\n{text}\n'
    name, given = new.name, ", ".join(analysis.source.arguments)
    return (
        f'@njit("int64({", ".join(map(str, scalars))})", error_model="python")\n{text}\n{COUNTED} = {name}\n'
        f"@njit\ndef {name}({given}, {DEPTH}):\n    if {countdown.argument} > {countdown.most}:\n"
        f"        raise Unsure\n    return {COUNTED}({given})\n"
    )
