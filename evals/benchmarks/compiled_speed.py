"""Numeric functions: plain Python, numba by hand, and what the pipeline makes of them, every integer checked.

    python -m evals.benchmarks.compiled_speed

By hand means `@njit` on the same source: unchecked integers and indices, the usual way. In turns, medians.
"""

import sys
import tempfile
from pathlib import Path
from statistics import median
from types import FunctionType
from typing import Any

from numba import njit

from evals.benchmarks.numeric_functions import functions
from runtime.compiler.calls import Call
from runtime.compiler.measure import measure
from runtime.compiler.pipeline import AICompilationPipeline
from runtime.compiler.strategy import CompilationStrategy

REPEATS = 5
"""Of the comparison of the two compiled ones, which take microseconds: the median counts."""


def _by_hand(function: FunctionType) -> Any:
    """`@njit` above it, so that a recursion finds the compiled one, too."""
    scope = dict(function.__globals__)
    scope[function.__name__] = njit(FunctionType(function.__code__, scope, function.__name__))
    return scope[function.__name__]


def main() -> None:
    """Print one line a function: times faster than Python by hand and by us, and the ratio of the two."""
    ratios, slower = [], []
    auto = "--auto" in sys.argv
    with tempfile.TemporaryDirectory() as folder:
        pipeline = AICompilationPipeline(Path(folder) / "cache")
        print(f"{'function':18} {'by hand':>9} {'ours':>9} {'ratio':>6}  how")
        for function, arguments in functions():
            assert isinstance(function, FunctionType)
            calls = [Call(arguments)]
            by_hand = _by_hand(function)
            calls[0].copied().run(by_hand)
            result = pipeline.compile_with_strategy(function, None if auto else CompilationStrategy.OPTIMIZED, calls)
            changes = function.__name__ == "bubble_sort"
            hand = measure(function, by_hand, calls, changes).speedup
            ours = median(measure(by_hand, result.function, calls, changes).speedup for _ in range(REPEATS))
            ratios.append(ours)
            speedup = measure(function, result.function, calls, changes).speedup
            if speedup < 0.95:
                slower.append(function.__name__)
            print(
                f"{function.__name__:18} {hand:8.1f}× {speedup:8.1f}× {ours:6.2f}  {result.backend}, "
                f"{result.compile_time:.1f} s {'; '.join(result.refused)}",
                flush=True,
            )
    print(f"\nours / by hand: median {median(ratios):.2f}, best {max(ratios):.2f}, worst {min(ratios):.2f}")
    print(f"slower than Python after the decision: {', '.join(slower) or 'none'}")


if __name__ == "__main__":
    main()
