"""INTERPRET: leave it alone."""

from types import FunctionType

from runtime.compiler.backend import Compiled, Refused
from runtime.compiler.profile import CallTypes
from runtime.compiler.strategy import CompilationStrategy


class InterpretBackend:
    """The original itself."""

    strategy = CompilationStrategy.INTERPRET

    def compile(self, function: FunctionType, types: list[CallTypes]) -> Compiled | Refused:  # noqa: ARG002
        """Always possible, and free."""
        return Compiled(function, 0.0, "python")
