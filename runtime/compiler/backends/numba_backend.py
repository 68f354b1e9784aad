"""OPTIMIZED: machine code by Numba for numeric functions, each integer operation checked."""

import os
import warnings
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any

from runtime.compiler.abstract.analysis import Analysis
from runtime.compiler.backends.compiler import NotCompiled
from runtime.compiler.backends.loading import load
from runtime.compiler.backends.numba_text import module_text
from runtime.compiler.backends.numeric import NumericCompiler
from runtime.compiler.cache import key_of
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
    Parts,
    only,
)
from runtime.compiler.strategy import CompilationStrategy

CHECKED = sorted(Path(__file__).parent.glob("checked*.py"))


class NumbaBackend(NumericCompiler):
    """Compiles at once for the recorded types, not when first called."""

    strategy = CompilationStrategy.OPTIMIZED
    name, package, distribution = "Numba", "numba", "numba"

    def prepare(self) -> None:
        """Numba's first function takes seconds, whatever it is."""
        super().prepare()
        _compile_one()

    def code(self, analysis: Analysis) -> Callable[..., Any]:
        from numba.core.errors import NumbaError, NumbaWarning

        text = module_text(analysis)
        key = key_of(text, repr(analysis.arguments), self.version, *(path.read_text() for path in CHECKED))

        def make(folder: Path) -> None:
            (folder / "module.py").write_text(text)
            _compiled(folder, key, analysis)

        with warnings.catch_warnings():
            warnings.simplefilter("ignore", NumbaWarning)
            try:
                return _compiled(self.cache.get(key) or self.cache.build(key, make), key, analysis)
            except NumbaError as fault:
                raise NotCompiled(_first_line(str(fault))) from fault


@cache
def _compile_one() -> None:
    from numba import njit

    from runtime.compiler.backends import checked

    def sum_to(n: Any) -> Any:
        found = 0
        for i in range(checked.bounded(n)):
            found = checked.add(found, i)
        return found

    njit("int64(int64)", error_model="python")(sum_to)


def _compiled(folder: Path, key: str, analysis: Analysis) -> Callable[..., Any]:
    """The function of the module, compiled for its signature: read from beside it where it was before."""
    # To Numba another time is another source; here the folder's name tells the source, and copies keep no times.
    os.utime(folder / "module.py", (0, 0))
    dispatcher: Any = getattr(load(folder / "module.py", f"arxla_compiled_{key}"), analysis.source.node.name)
    dispatcher.compile(_signature(analysis))
    dispatcher.disable_compile()
    return dispatcher  # type: ignore[no-any-return]


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
