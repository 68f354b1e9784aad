"""A method that only reads attributes is compiled; a changed class or object is seen; all else is refused by name."""

import importlib.util

import pytest

from runtime.compiler.backend import Compiled, Refused
from runtime.compiler.backends.numba_backend import NumbaBackend
from runtime.compiler.cache import Cache
from runtime.compiler.calls import Call, seen_in
from runtime.compiler.kinds import Unsupported
from runtime.compiler.methods import method_of
from runtime.compiler.same import same
from runtime.compiler.source import source_of
from runtime.compiler.verify import Verified, verify
from tests.runtime.compiler.samples import Longer, Shape, Slotted, Wave, factorial

with_numba = pytest.mark.skipif(importlib.util.find_spec("numba") is None, reason="numba is not installed")


@pytest.fixture(scope="module")
def backend(tmp_path_factory):
    folder = tmp_path_factory.mktemp("compiled")
    folder.chmod(0o700)
    return NumbaBackend(Cache(folder))


def compiled(backend, function, *arguments):
    calls = [Call(arguments)]
    made = backend.compile(function, seen_in(function, calls))
    assert isinstance(made, Compiled), made
    assert isinstance(verify(function, made.function, calls), Verified)
    return made.function


def found(function):
    source = source_of(function)
    assert not isinstance(source, Refused)
    return method_of(source)


def test_attributes_become_arguments():
    method = found(Wave.power)
    assert method.owner is Wave and method.attributes == ("values", "pace", "LIMIT")
    assert method.source.arguments == ["self__values", "self__pace", "self__LIMIT", "steps"]
    assert found(factorial) is None and found(Shape.factorial) is None


@pytest.mark.parametrize(
    ("function", "why"),
    [
        (Wave.moved, "a write to self.pace, which could not be undone"),
        (Wave.twice, "a call of self.power, which may change self"),
        (Wave.later, "self in a function"),
        (Wave.longer, "self.length, which Wave computes"),
    ],
    ids=lambda value: getattr(value, "__name__", None),
)
def test_what_is_more_than_reading_is_refused(backend, function, why):
    with pytest.raises(Unsupported, match=why):
        found(function)
    made = backend.compile(function, seen_in(function, [Call((Wave([1.0]), 0.5))]))
    assert isinstance(made, Refused) and (why in made.reason or "not installed" in made.reason)


@with_numba
def test_objects_with_other_attributes_or_classes_run_the_original(backend):
    fast = compiled(backend, Wave.power, Wave([1.0, 2.0, 3.0]), 4)
    for wave in (Wave([1.5] * 5, 2.0), Wave([1, 2.0], 2), Wave([], 1.0), Wave([500.0]), Longer([2.0])):
        assert same(fast(wave, 3), wave.power(3))
    bare = Wave([1.0])
    del bare.values
    with pytest.raises(AttributeError, match="values"):
        fast(bare, 3)


@with_numba
def test_a_changed_class_is_seen(backend, monkeypatch):
    fast = compiled(backend, Wave.power, Wave([1.0, 2.0, 3.0]), 4)
    assert fast(Wave([900.0]), 4) == 1000.0
    monkeypatch.setattr(Wave, "LIMIT", 500.0)
    assert fast(Wave([900.0]), 4) == 500.0
    read = []
    monkeypatch.setattr(
        Wave, "__getattribute__", lambda self, name: read.append(name) or object.__getattribute__(self, name)
    )
    assert fast(Wave([900.0]), 4) == 500.0 and read.count("pace") == 4


@with_numba
def test_a_list_of_the_object_is_written_in_place(backend):
    fast = compiled(backend, Wave.halve, Wave([1.0, 2.0]))
    wave = Wave([8.0, 6.0])
    kept = wave.values
    assert fast(wave) is None and wave.values is kept == [4.0, 3.0]


@with_numba
def test_slots_and_private_names_are_read(backend):
    fast = compiled(backend, Slotted.area, Slotted(3), 10)
    assert fast(Slotted(3), 10) == 135 and fast(Slotted(2.5), 3) == 7.5 and fast(Slotted(2**62), 5) == 10 * 2**62
