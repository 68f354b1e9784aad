"""What is known of a function's variables before any of it is compiled."""

import pytest

from runtime.compiler.abstract.analyse import analyse, falls_off
from runtime.compiler.kinds import FLOAT, INT, NP_FLOAT, Unsupported, kind_from
from runtime.compiler.source import Source, source_of
from tests.runtime.compiler import samples


def read(function, *types):
    source = source_of(function)
    assert isinstance(source, Source)
    return analyse(source, tuple(frozenset({kind_from(name)}) for name in types))


def test_a_variable_that_changes_its_type_has_both():
    found = read(samples.total, "ndarray[float64, 1]")
    assert found.returns == {INT, NP_FLOAT} and found.mixed


def test_a_function_that_calls_itself_gives_what_its_ends_give():
    found = read(samples.fibonacci, "int")
    assert found.recursive and found.returns == {INT}


def test_an_array_that_is_written_to_is_named():
    assert read(samples.scale_then_fail, "ndarray[float64, 1]", "int").changed == {"values"}


def test_what_is_not_understood_is_named_with_its_line():
    with pytest.raises(Unsupported, match=r"noisy uses .*\(line \d+\)"):
        read(samples.noisy, "int")


def test_a_wrong_number_of_types_is_refused():
    with pytest.raises(Unsupported, match="2 types for 1 arguments"):
        read(samples.factorial, "int", "int")


def test_kinds_follow_the_arguments():
    assert read(samples.root, "float").returns == read(samples.root, "int").returns == {FLOAT}
    with pytest.raises(Unsupported, match="type str"):
        read(samples.root, "str")


@pytest.mark.parametrize(("function", "all_return"), [(samples.fibonacci, True), (samples.bubble_sort, False)])
def test_the_end_of_a_function_is_seen(function, all_return):
    source = source_of(function)
    assert isinstance(source, Source) and falls_off(source.node.body) is all_return
