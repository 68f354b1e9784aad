"""NATIVE: a C extension by Cython for numeric functions whose types are proven, kept on disk."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

from runtime.compiler.abstract.analysis import Analysis
from runtime.compiler.backends.cython_text import pyx_text
from runtime.compiler.backends.extension import extension
from runtime.compiler.backends.numeric import NumericCompiler
from runtime.compiler.strategy import CompilationStrategy

HELPERS = Path(__file__).with_name("helpers.pxi")
PROGRAM = """
from Cython.Build import cythonize
from setuptools import Extension, setup
flags = ["-O2", "-march=native", "-ffp-contract=off", "-w"]
module = Extension(NAME, [NAME + ".pyx"], extra_compile_args=flags)
setup(name=NAME, ext_modules=cythonize([module], quiet=True), script_args=["-q", "build_ext", "--inplace"])
"""


class CythonBackend(NumericCompiler):
    """Ahead of time; the C compiler's work is done once for a source, types and machine."""

    strategy = CompilationStrategy.NATIVE
    name, package, distribution = "Cython", "Cython", "cython"

    def code(self, analysis: Analysis) -> Callable[..., Any]:
        text, helpers = pyx_text(analysis), {HELPERS.name: HELPERS.read_text()}
        module = extension(self.cache, ".pyx", text, PROGRAM, helpers, self.version)
        made: Callable[..., Any] = getattr(module, analysis.source.node.name)
        return made
