from collections import Counter

import pytest

from evals.compiler.corpus import load
from evals.compiler.measure_strategies import TABLE, digest
from runtime.compiler.backend import Refused
from runtime.compiler.outcomes import Table
from runtime.compiler.source import source_of

CASES = load()


def test_it_is_as_large_and_as_various_as_the_agent_needs():
    assert len(CASES) >= 120 and len({case.name for case in CASES}) == len(CASES)
    assert len({case.kind for case in CASES}) == 12 and len({case.group for case in CASES}) >= 25
    assert max(Counter(case.group for case in CASES).values()) <= 12


@pytest.mark.parametrize("kind", sorted({case.kind for case in CASES}))
def test_every_function_runs_on_its_calls(kind):
    for case in CASES:
        if case.kind == kind:
            assert not isinstance(source_of(case.function), Refused), case.name
            for call in case.calls():
                call.run(case.function)


def test_the_table_is_of_these_functions():
    known = {case.name: digest(case) for case in CASES}
    table = Table.load(TABLE)
    assert len(table.functions) >= 120
    assert all(known.get(row.name) == row.digest for row in table.functions)
