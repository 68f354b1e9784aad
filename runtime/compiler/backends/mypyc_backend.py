"""NATIVE: a C extension by mypyc for typed Python: its integers are Python's, its lists and dictionaries, too."""

from runtime.compiler.backends.compiler import Compiler
from runtime.compiler.backends.extension import extension
from runtime.compiler.backends.mypyc_checks import may_change_arguments
from runtime.compiler.backends.mypyc_text import calls_itself, module_text
from runtime.compiler.backends.type_checks import check_of
from runtime.compiler.backends.variant import FAILURES, Variant
from runtime.compiler.guard import Unsure
from runtime.compiler.kinds import Unsupported
from runtime.compiler.profile import CallTypes
from runtime.compiler.source import Source
from runtime.compiler.strategy import CompilationStrategy

PROGRAM = """
from mypyc.build import mypycify
from setuptools import setup
made = mypycify(["--ignore-missing-imports", "--no-error-summary", NAME + ".py"], opt_level="2", verbose=False)
setup(name=NAME, ext_modules=made, script_args=["-q", "build_ext", "--inplace"])
"""


class MypycBackend(Compiler):
    """For functions without floats, and for the most frequent types of their arguments alone."""

    strategy = CompilationStrategy.NATIVE
    name, package, distribution = "mypyc", "mypyc", "mypy"

    def variants(self, source: Source, types: list[CallTypes]) -> list[Variant]:
        if not types:
            raise Unsupported("no types of its arguments are known")
        call = max(types, key=lambda call: call.count)
        checks = tuple(check_of(name) for name in call.arg_types)
        module = extension(self.cache, ".py", module_text(source, call), PROGRAM, {}, self.version)
        extra = "0" if calls_itself(source) else ""
        # Its exceptions say other words; the original's are had where nothing was written before.
        failures = (Unsure,) if may_change_arguments(source.node, call) else FAILURES
        return [Variant(getattr(module, source.node.name), (), checks=checks, extra=extra, failures=failures)]
