"""Which backends there are for each strategy, in the order in which they are tried."""

from runtime.compiler.backend import Backend
from runtime.compiler.backends.bytecode import BytecodeBackend
from runtime.compiler.backends.cython_backend import CythonBackend
from runtime.compiler.backends.interpret import InterpretBackend
from runtime.compiler.backends.mypyc_backend import MypycBackend
from runtime.compiler.backends.numba_backend import NumbaBackend
from runtime.compiler.cache import Cache
from runtime.compiler.strategy import CompilationStrategy

COMPILERS = (NumbaBackend, CythonBackend, MypycBackend)


def absent_compilers() -> list[str]:
    """A sentence for each compiler that is not installed."""
    return [sentence for compiler in COMPILERS if (sentence := compiler.absent())]


def backends(cache: Cache) -> dict[CompilationStrategy, list[Backend]]:
    """What their packages lack is only found out, and named, when they compile."""
    return {
        CompilationStrategy.INTERPRET: [InterpretBackend()],
        CompilationStrategy.BYTECODE: [BytecodeBackend()],
        CompilationStrategy.OPTIMIZED: [NumbaBackend(cache)],
        CompilationStrategy.NATIVE: [CythonBackend(cache), MypycBackend(cache)],
    }
