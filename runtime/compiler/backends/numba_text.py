"""A numeric function as the program that Numba compiles: each operation that could mean something else is checked."""

import ast
import copy
import math
from types import ModuleType
from typing import Any

from runtime.compiler.abstract.analysis import Analysis
from runtime.compiler.backends.numba_rewrite import NumbaRewriter

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
    return [f"import {value.__name__} as {name}" for name, value in named]


def _constants(analysis: Analysis) -> list[str]:
    numbers = [(name, value) for name, value in analysis.source.names.items() if type(value) in (int, float, bool)]
    return [f"{name} = {value!r}" if _finite(value) else f"{name} = float('{value}')" for name, value in numbers]


def _finite(value: Any) -> bool:
    return not isinstance(value, float) or math.isfinite(value)


def _function(analysis: Analysis) -> str:
    node = copy.deepcopy(analysis.source.node)
    originals = dict(zip(ast.walk(node), ast.walk(analysis.source.node), strict=True))
    new = NumbaRewriter(analysis, originals).function(node)
    # Numba can't find a recursive function's own symbol again in what it kept on disk.
    options = f'error_model="python", cache={not analysis.recursive}'
    return f"@njit({options})\n{ast.unparse(ast.fix_missing_locations(new))}\n"
