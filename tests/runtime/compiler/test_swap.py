"""A running program's functions are replaced by compiled ones that do the same, and come back."""

import importlib
import importlib.util
import sys

import pytest

from runtime.compiler.backend import Compiled
from runtime.compiler.pipeline import AICompilationPipeline
from runtime.compiler.strategy import CompilationStrategy, StrategyDecision
from runtime.errors import InputError

OPTIMIZED = CompilationStrategy.OPTIMIZED
PROGRAM = """
def energy(values):
    total = 0.0
    for left in values:
        for right in values:
            total += (left - right) * (left - right)
    return total

def tiny(x):
    return x + 1

def told(x):
    print(x, end="")
    return x

def never(x):
    return x

class Tools:
    @staticmethod
    def powers(n):
        found = 0
        for i in range(n):
            found += i * i
        return found

HANDLERS = [energy]

def main():
    values = [float(i % 7) for i in range(60)]
    return sum(energy(values) for _ in range(8)), Tools.powers(20_000), tiny(3), told("x")
"""
OTHER = "from swapped_program import energy as imported\n\ndef use(values):\n    return imported(values)\n"


@pytest.fixture
def program(tmp_path, monkeypatch):
    (tmp_path / "swapped_program.py").write_text(PROGRAM)
    (tmp_path / "swapped_other.py").write_text(OTHER)
    monkeypatch.syspath_prepend(str(tmp_path))
    yield importlib.import_module("swapped_program"), importlib.import_module("swapped_other")
    for name in ("swapped_program", "swapped_other"):
        del sys.modules[name]


def by_numba(_):
    return StrategyDecision(OPTIMIZED, 1.0, 10.0, [])


@pytest.mark.skipif(importlib.util.find_spec("numba") is None, reason="numba is not installed")
def test_a_program_goes_on_with_compiled_functions_and_the_originals_come_back(program, tmp_path):
    module, other = program
    before = (module.energy, module.Tools.powers, other.imported, module.main())
    optimized = AICompilationPipeline(tmp_path / "cache", by_numba).optimize(module, module.main, runs=10**7)
    assert module.energy is not before[0] and module.energy is other.imported
    assert module.Tools.powers is not before[1] and module.Tools().powers(10) == 285
    assert [before[0]] == module.HANDLERS
    assert module.main() == before[3] and other.use([1.0, 2.0]) == 2.0 and other.use([1, 2.5]) == 4.5
    results = optimized.results
    assert {name for name, result in results.items() if result.strategy is OPTIMIZED} == {"energy", "Tools.powers"}
    for name, why in (("tiny", "of the time"), ("never", "not called"), ("told", "print"), ("main", "told")):
        assert any(why in reason for reason in results[name].refused), results[name]
    optimized.restore()
    assert (module.energy, module.Tools.powers, other.imported, module.main()) == before


class ByHand:
    """A backend that answers with a function that is known to be right."""

    strategy = OPTIMIZED

    def compile(self, function, types):  # noqa: ARG002
        return Compiled(lambda n: (n - 1) * n * (2 * n - 1) // 6 if n > 0 else 0, 0.1, "by hand")


def test_what_someone_bound_since_is_left(program, tmp_path):
    module, _ = program
    pipeline = AICompilationPipeline(tmp_path / "cache", by_numba, by_strategy={OPTIMIZED: [ByHand()]})
    optimized = pipeline.optimize([module.Tools.powers], module.main, runs=10**7)
    assert optimized.results["Tools.powers"].backend == "by hand", optimized.results
    module.Tools.powers = staticmethod(len)
    optimized.restore()
    assert module.Tools.powers is len


def test_what_a_program_raises_passes_and_a_module_without_functions_is_named(program, tmp_path):
    pipeline = AICompilationPipeline(tmp_path / "cache", by_numba)
    with pytest.raises(ZeroDivisionError):
        pipeline.optimize(program[0], lambda: 1 / 0)
    with pytest.raises(InputError, match="no function of its own"):
        pipeline.optimize(sys, lambda: None)
