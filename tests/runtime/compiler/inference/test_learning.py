"""Profiles and their sources become examples."""

from pathlib import Path

import numpy as np
import pytest

from runtime.compiler.inference import learning
from runtime.compiler.inference.classes import most_seen
from runtime.compiler.inference.engine import TypeInferenceEngine
from runtime.compiler.inference.examples import files, first_examples, second_examples
from runtime.compiler.inference.network import SmallNetwork
from runtime.compiler.inference.observed import Observation, observations
from runtime.compiler.inference.vocabulary import matrix
from runtime.compiler.profile import Profile
from runtime.compiler.tracer import RuntimeTracer

CODE = """
def deco(function):
    return function


class Box:
    @deco
    def put(self, item, times=2):
        held = [item] * times
        return held


def numbers(n):
    for i in range(n):
        yield i * 0.5


boxes = [Box().put("a"), Box().put("b", 3)]
total = sum(numbers(4))
"""


def traced(folder: Path) -> Profile:
    path = folder / "boxes.py"
    path.write_text(CODE)
    with RuntimeTracer(folders=[folder]) as tracer:
        exec(compile(CODE, str(path), "exec"), {"__name__": "boxes", "__file__": str(path)})
    assert tracer.profile is not None
    return tracer.profile


def test_slots_with_the_types_that_were_seen(tmp_path: Path) -> None:
    found = {one.slot.place: most_seen(one.types) for one in observations([traced(tmp_path)])}
    assert found["Box.put", "item"] == ("str", "str")
    assert found["Box.put", "times"] == ("int", "int")
    assert found["Box.put", "held"] == found["Box.put", "return"] == ("list", "list[str]")
    assert found["numbers", "return"] == ("float", "float")
    assert found["", "total"] == ("float", "float")
    assert ("Box.put", "self") not in found


def test_examples_of_both_looks(tmp_path: Path) -> None:
    held = files(observations([traced(tmp_path)]))
    first, places_of = first_examples(held)
    second = second_examples(held, places_of, [TypeInferenceEngine.shipped()])
    assert first.kinds == second.kinds
    assert all("looked twice" in row for row in second.rows)
    places = [one.slot.place for one in first.observed]
    assert first.evaluated[places.index(("Box.put", "held"))] == "list[str]"


def test_of_a_large_package_some_files_are_enough(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    slot = observations([traced(tmp_path)])[0].slot
    seen = [Observation("large", f"/x/{at // 3}.py", slot, {"int": 1.0}) for at in range(60)]
    seen += [Observation("small", "/y/a.py", slot, {"int": 1.0})] * 2
    monkeypatch.setattr(learning, "MOST_OF_A_PACKAGE", 10)
    chosen = learning.sampled(seen)
    assert [one.package for one in chosen].count("large") == 12
    assert [one.package for one in chosen].count("small") == 2
    assert chosen == learning.sampled(list(seen))


def test_a_network_learns_shares() -> None:
    rows = matrix([{"a"}, {"b"}] * 300, {"a": 0, "b": 1})
    targets = np.array([0, 1] * 300)
    shares = np.array([[0.6, 0.4], [0.0, 1.0]] * 300)
    network = SmallNetwork()
    network.fit(rows, targets, 2, shares=shares)
    found = network.predict_proba(rows[:2])
    assert np.allclose(found.sum(axis=1), 1)
    assert 0.55 < found[0, 0] < 0.9 < found[1, 1]


def test_of_equals_a_value_rather_than_none() -> None:
    assert most_seen({"None": 2.0, "str": 2.0}) == ("str", "str")
    assert most_seen({"list[int]": 1.0, "None": 2.0, "list": 2.0}) == ("list", "list")
