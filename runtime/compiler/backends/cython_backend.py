"""NATIVE: a C extension by Cython for numeric functions whose types are proven, kept on disk."""

import importlib.util
import time
from importlib.metadata import version
from pathlib import Path
from types import FunctionType
from typing import Any

from runtime.compiler.abstract.analysis import Analysis
from runtime.compiler.backend import Compiled, Refused
from runtime.compiler.backends.cython_text import pyx_text
from runtime.compiler.backends.dispatch import Dispatch, Variant, rebuild_for
from runtime.compiler.backends.loading import load
from runtime.compiler.backends.native_build import build, no_c_compiler
from runtime.compiler.backends.numba_backend import analyses_of
from runtime.compiler.cache import Cache, key_of
from runtime.compiler.kinds import Unsupported
from runtime.compiler.profile import CallTypes
from runtime.compiler.strategy import CompilationStrategy

HELPERS = Path(__file__).with_name("helpers.pxi")
FLAGS = ["-O2", "-march=native", "-ffp-contract=off", "-w"]
PROGRAM = """
from Cython.Build import cythonize
from setuptools import Extension, setup
module = Extension({name!r}, [{name!r} + ".pyx"], extra_compile_args={flags!r})
setup(name={name!r}, ext_modules=cythonize([module], quiet=True), script_args=["-q", "build_ext", "--inplace"])
"""


class CythonBackend:
    """Ahead of time; the C compiler's work is done once for a source, types and machine."""

    strategy = CompilationStrategy.NATIVE

    def __init__(self, cache: Cache) -> None:
        self.cache = cache

    def compile(self, function: FunctionType, types: list[CallTypes]) -> Compiled | Refused:
        """A function that runs C for the recorded types and the original for all others."""
        if importlib.util.find_spec("Cython") is None:
            return Refused("Cython is not installed: pip install 'arxla[compile]'.")
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
        return Compiled(replacement, time.perf_counter() - start, f"cython {version('cython')}")

    def _variant(self, analysis: Analysis) -> Variant | Refused:
        try:
            text = pyx_text(analysis)
        except Unsupported as fault:
            return Refused(f"Cython: {fault}.")
        key = key_of(text, version("cython"), HELPERS.read_text(), *FLAGS)
        name = f"arxla_{key}"
        entry = built(self.cache, key, name, {f"{name}.pyx": text, HELPERS.name: HELPERS.read_text()}, PROGRAM)
        if isinstance(entry, Refused):
            return Refused(f"Cython can't compile {analysis.source.node.name}: {entry.reason}")
        code = getattr(entry, analysis.source.node.name)
        changed = frozenset(analysis.changed & set(analysis.source.arguments))
        extra = "0" if analysis.recursive else ""
        return Variant(code, analysis.arguments, changed, rebuild_for(analysis.returns), extra, lists_as_arrays=True)


class _NotBuilt(Exception):
    def __init__(self, refused: Refused) -> None:
        super().__init__(refused.reason)
        self.refused = refused


def built(cache: Cache, key: str, name: str, files: dict[str, str], program: str) -> Any:
    """The extension module `name` made from `files` by `program`, or from the cache; `Refused` when it can't be."""
    refused = no_c_compiler()
    if refused:
        return refused

    def make(folder: Path) -> None:
        for file, text in files.items():
            (folder / file).write_text(text)
        failed = build(program.format(name=name, flags=FLAGS), folder)
        libraries = list(folder.glob(f"{name}*.so"))
        if failed or not libraries:
            raise _NotBuilt(failed or Refused("The build made no library."))
        kept = {libraries[0].name, *files}
        _remove_others(folder, kept)

    try:
        entry = cache.get(key) or cache.build(key, make)
    except _NotBuilt as fault:
        return fault.refused
    return load(next(entry.glob(f"{name}*.so")), name)


def _remove_others(folder: Path, kept: set[str]) -> None:
    for path in sorted(folder.rglob("*"), reverse=True):
        if path.is_dir():
            path.rmdir()
        elif path.name not in kept or path.parent != folder:
            path.unlink()
