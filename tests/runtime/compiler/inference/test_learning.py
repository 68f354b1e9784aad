"""Profiles and their sources become examples."""

from pathlib import Path

from runtime.compiler.inference.classes import most_seen
from runtime.compiler.inference.engine import TypeInferenceEngine
from runtime.compiler.inference.learning import files, first_examples, second_examples
from runtime.compiler.inference.observed import observations
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
    first = first_examples(held)
    second = second_examples(held, [TypeInferenceEngine.shipped()])
    assert first.kinds == second.kinds
    assert all("looked twice" in row for row in second.rows)
    places = [one.slot.place for one in first.observed]
    assert first.evaluated[places.index(("Box.put", "held"))] == "list[str]"


def test_of_equals_a_value_rather_than_none() -> None:
    assert most_seen({"None": 2.0, "str": 2.0}) == ("str", "str")
    assert most_seen({"list[int]": 1.0, "None": 2.0, "list": 2.0}) == ("list", "list")
