"""OPTIMIZED: machine code by Numba for numeric functions, each integer operation checked."""

import ast
import importlib.util
import os
import time
import warnings
from importlib import import_module
from importlib.metadata import version
from pathlib import Path
from types import FunctionType
from typing import Any

from runtime.compiler.abstract.analyse import analyse
from runtime.compiler.abstract.analysis import Analysis
from runtime.compiler.backend import Compiled, Refused
from runtime.compiler.backends.dispatch import Dispatch, Variant, rebuild_for
from runtime.compiler.backends.loading import load
from runtime.compiler.backends.numba_text import module_text
from runtime.compiler.cache import Cache, key_of
from runtime.compiler.definite import check_set_before_use
from runtime.compiler.effects import why_not_repeatable
from runtime.compiler.kinds import (
    BOOL,
    DTYPES,
    FLOAT,
    INT,
    NONE,
    NP_BOOL,
    NP_FLOAT,
    NP_INT,
    Array,
    Items,
    Kinds,
    Parts,
    Unsupported,
    kind_from,
    only,
)
from runtime.compiler.profile import CallTypes
from runtime.compiler.source import source_of
from runtime.compiler.strategy import CompilationStrategy

MOST_VARIANTS = 3
CHECKED = Path(__file__).with_name("checked.py")


class NumbaBackend:
    """Compiles at once for the recorded types, not when first called."""

    strategy = CompilationStrategy.OPTIMIZED

    def __init__(self, cache: Cache) -> None:
        self.cache = cache

    def compile(self, function: FunctionType, types: list[CallTypes]) -> Compiled | Refused:
        """A function that runs machine code for the recorded types and the original for all others."""
        if importlib.util.find_spec("numba") is None:
            return Refused("Numba is not installed: pip install 'arxla[compile]'.")
        import_module("numba")  # a process pays for it once; it is no cost of one function
        start = time.perf_counter()
        analyses = analyses_of(function, types)
        if isinstance(analyses, Refused):
            return analyses
        variants = []
        for analysis in analyses:
            made = self._variant(analysis)
            if isinstance(made, Refused):
                return made
            variants.append(made)
        names = {name: value for analysis in analyses for name, value in analysis.source.names.items()}
        replacement = Dispatch(function, names).over(variants)
        return Compiled(replacement, time.perf_counter() - start, f"numba {version('numba')}")

    def _variant(self, analysis: Analysis) -> Variant | Refused:
        from numba.core.errors import NumbaError, NumbaWarning

        try:
            text = module_text(analysis)
        except Unsupported as fault:
            return Refused(f"Numba: {fault}.")
        name = analysis.source.node.name
        key = key_of(text, repr(analysis.arguments), version("numba"), CHECKED.read_text())

        def make(folder: Path) -> None:
            (folder / "module.py").write_text(text)
            _compiled(folder, key, analysis)

        with warnings.catch_warnings():
            warnings.simplefilter("ignore", NumbaWarning)
            try:
                entry = self.cache.get(key) or self.cache.build(key, make)
                code = _compiled(entry, key, analysis)
            except NumbaError as fault:
                return Refused(f"Numba can't compile {name}: {_first_line(str(fault))}")
        changed = frozenset(analysis.changed & set(analysis.source.arguments))
        extra = "0" if analysis.recursive else ""
        rebuild = rebuild_for(analysis.returns)
        return Variant(code, analysis.arguments, changed, rebuild, extra, lists_as_arrays=True)


def analyses_of(function: FunctionType, types: list[CallTypes]) -> list[Analysis] | Refused:
    """One for each way in which it was called that machine code can take; refused when there is none."""
    source = source_of(function)
    if isinstance(source, Refused):
        return source
    refused = why_not_repeatable(source)
    if refused:
        return refused
    found: dict[tuple[Kinds, ...], Analysis] = {}
    reasons = ["no types of its arguments are known"]
    for call in sorted(types, key=lambda call: -call.count):
        try:
            check_set_before_use(source.node)
            kinds = tuple(frozenset({kind_from(name)}) for name in call.arg_types)
            if kinds not in found and len(found) < MOST_VARIANTS:
                found[kinds] = _writes_seen(analyse(source, kinds))
        except Unsupported as fault:
            reasons.insert(0, str(fault))
    return list(found.values()) or Refused(f"Machine code can't keep the meaning of {function.__name__}: {reasons[0]}.")


def _writes_seen(analysis: Analysis) -> Analysis:
    """Raises `Unsupported` when an argument may be written to under another name: that could not be undone."""
    arguments, name = set(analysis.source.arguments), analysis.source.node.name
    made: dict[str, int] = {}
    bound: dict[str, int] = {}
    for node in ast.walk(analysis.source.node):
        if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
            bound[node.id] = bound.get(node.id, 0) + 1
        if isinstance(node, ast.Assign) and isinstance(node.value, ast.Call | ast.List | ast.BinOp):
            for target in node.targets:
                if isinstance(target, ast.Name):
                    made[target.id] = made.get(target.id, 0) + 1
    for changed in sorted(analysis.changed):
        if changed in arguments and bound.get(changed):
            raise Unsupported(f"{name} writes to {changed} and binds it anew")
        if changed not in arguments and bound.get(changed) != made.get(changed):
            raise Unsupported(f"{name} writes to something by the name {changed} that may be an argument's")
    return analysis


def _compiled(folder: Path, key: str, analysis: Analysis) -> Any:
    """The function of the module, compiled for its signature: read from beside it where it was before."""
    # To Numba another time is another source; here the folder's name tells the source, and copies keep no times.
    os.utime(folder / "module.py", (0, 0))
    dispatcher = getattr(load(folder / "module.py", f"arxla_compiled_{key}"), analysis.source.node.name)
    dispatcher.compile(_signature(analysis))
    dispatcher.disable_compile()
    return dispatcher


def _signature(analysis: Analysis) -> Any:
    from numba import types

    arguments = [_type(only(kinds)) for kinds in analysis.arguments]
    if not analysis.recursive:
        return tuple(arguments)
    return _type(only(analysis.returns))(*arguments, types.int64)


def _type(kind: Any) -> Any:
    from numba import types

    scalars: dict[Any, Any] = {INT: types.int64, FLOAT: types.float64, BOOL: types.boolean, NONE: types.none}
    scalars |= {NP_INT: types.int64, NP_FLOAT: types.float64, NP_BOOL: types.boolean}
    match kind:
        case Items(of):
            inner = only(of)
            rank, element = (2, only(inner.of)) if isinstance(inner, Items) else (1, inner)
            return types.Array(scalars[element], rank, "C")
        case Array(dtype, rank):
            return types.Array(scalars[DTYPES[dtype]], rank, "C")
        case Parts(of):
            return types.Tuple([_type(only(part)) for part in of])  # type: ignore[no-untyped-call]
    return scalars[kind]


def _first_line(text: str) -> str:
    """Numba's explanations are long; the line that says something is the first that is not about its pipeline."""
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    told = next((line for line in lines if "pipeline" not in line), "no reason given")
    return told.replace("\x1b[1m", "").replace("\x1b[0m", "")[:200]
