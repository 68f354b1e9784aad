"""What replaces a function is called like it, whatever its arguments are called."""

import inspect

import pytest

from runtime.compiler.backends.dispatch import Dispatch
from runtime.compiler.backends.variant import Variant
from runtime.compiler.calls import Call, types_of
from runtime.compiler.kinds import kind_from
from tests.runtime.compiler import samples


def replaced(function, *arguments, changed=(), run=None):
    """As a compiler that makes `run` would replace it; `run` gets lists as arrays."""
    (types,) = types_of([Call(arguments)])
    kinds = tuple(frozenset({kind_from(name)}) for name in types.arg_types)
    return Dispatch(function, []).over([Variant(run or function, kinds, frozenset(changed), lists_as_arrays=True)])


def test_arguments_may_have_the_names_of_what_it_uses():
    arguments = (2, [[1, 2], [3, 4]], [5, 6], 7)
    mine = replaced(samples.named_as_our_own, *arguments, changed={"row", "new"})
    rows, new = [[1, 2], [3, 4]], [5, 6]
    assert mine(2, rows, new, 7) == 2 and rows == [[10, 2], [12, 4]] and new == [7, 7]
    assert mine(type=2.5, row=[[1]], new=[4], array_new=1) == 1


def test_an_argument_by_position_alone_stays_one():
    mine = replaced(samples.positions, 2, 3)
    assert inspect.signature(mine) == inspect.signature(samples.positions) and mine(2, y=3) == 6
    with pytest.raises(TypeError, match=r"positions\(\) got some positional-only arguments"):
        mine(x=2, y=3)
