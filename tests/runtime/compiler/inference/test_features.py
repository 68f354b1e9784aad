"""What is told of a slot, and which slots there are."""

from runtime.compiler.inference.engine import TypeInferenceEngine
from runtime.compiler.inference.names import words
from runtime.compiler.inference.reading import read
from runtime.compiler.inference.slots import find, slots_of


def test_sub_words() -> None:
    assert words("maxLineLength") == words("max_line_length") == ["max", "line", "length"]
    assert words("HTTPServer2") == ["http", "server", "2"]


def test_slots() -> None:
    method = "    def m(self, x, *rest, k=2, **more):\n        y = [z for z in x]\n        def g(): pass\n"
    code = f"import os\nA = 1\nclass B:\n{method}"
    parsed = read(code)
    assert [slot.name for slot in slots_of(parsed.module)] == ["A"]
    scope = next(scope for scope in parsed.scopes if scope.name == "B.m")
    assert [slot.name for slot in slots_of(scope)] == ["x", "k", "rest", "more", "y", "return"]


def test_slots_are_found_by_name() -> None:
    parsed = read("def f(a): pass\nclass C:\n    def g(self, a): return a\n")
    found = {name: find(parsed, name) for name in ("a", "g.a", "C.g.a", "g.return", "f.return_value", "nothing")}
    places = {name: slot and slot.place for name, slot in found.items()}
    assert places["a"] == ("f", "a")
    assert places["g.a"] == places["C.g.a"] == ("C.g", "a")
    assert (places["g.return"], places["f.return_value"], places["nothing"]) == (
        ("C.g", "return"),
        ("f", "return"),
        None,
    )


def test_a_name_that_is_only_used_is_a_slot_too() -> None:
    slot = find(read("import os\nif is_valid: print(os)"), "is_valid")
    assert slot is not None and slot.place == ("", "is_valid")
    assert find(read("print(1)"), "print") is None and find(read("import os\nos.sep"), "os") is None
    assert TypeInferenceEngine.shipped().infer_type("if is_valid: pass", "is_valid").predicted_type == "bool"


def test_features_of_names_values_and_uses() -> None:
    code = (
        "def join_words(items, sep=', '):\n    if sep is None: return ''\n    return sep.join(items) + str(len(sep))\n"
    )
    found = TypeInferenceEngine().extract_features(code, "sep")
    wanted = {"name=sep", "is argument", "is argument 1", "default str", "method .join", "passed to len 0"}
    assert wanted <= found
    assert "compared Is with None" in found
    assert "value only str" in TypeInferenceEngine().extract_features(code, "join_words.return")
