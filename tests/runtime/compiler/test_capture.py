"""Calls are kept as copies, and a program is run as itself."""

import sys

import pytest

from runtime.compiler.capture import Recorder, functions_of, run_file
from runtime.errors import InputError

PROGRAM = """
import sys
def grow(values, by=2):
    values.append(by)
    return values
class Point:
    def moved(self, dx):
        return dx + 1
def hidden(stream):
    return stream
if __name__ == "__main__":
    kept = []
    for number in range(50):
        grow(kept)
    Point().moved(3)
    hidden(sys.stdout)
    sys.exit(3)
"""


def recorded(tmp_path, text=PROGRAM):
    path = tmp_path / "program.py"
    path.write_text(text)
    recorder = Recorder(str(path))
    return functions_of(run_file(path, "__main__", recorder), path), recorder


def test_calls_are_copies_of_what_came_in(tmp_path):
    before = (sys.argv, sys.path, sys.modules["__main__"], sys.getprofile())
    functions, recorder = recorded(tmp_path)
    assert (sys.argv, sys.path, sys.modules["__main__"], sys.getprofile()) == before
    calls = recorder.of(functions["grow"])
    assert [call.arguments for call in calls[:3]] == [([], 2), ([2], 2), ([2, 2], 2)]
    assert len(calls) == 20 and recorder.count(functions["grow"]) == 50


def test_methods_are_found_and_what_can_not_be_copied_is_left_out(tmp_path):
    functions, recorder = recorded(tmp_path)
    assert set(functions) == {"grow", "Point.moved", "hidden"}
    assert recorder.of(functions["Point.moved"])[0].arguments[1] == 3
    assert recorder.of(functions["hidden"]) == [] and recorder.count(functions["hidden"]) == 1


@pytest.mark.parametrize(("text", "why"), [("def f(:", "no Python file"), ("1 / 0", "ZeroDivisionError")])
def test_a_program_that_fails_is_named(tmp_path, text, why):
    with pytest.raises(InputError, match=why):
        recorded(tmp_path, text)


def test_ctrl_c_in_the_program_is_no_end_of_its_own(tmp_path):
    with pytest.raises(SystemExit):
        recorded(tmp_path, "import sys\nsys.exit(130)")


@pytest.mark.parametrize("text", [b"# coding: latin-1\ndef f():\n    return '\xe9'", b"\xef\xbb\xbfdef f():\n    pass"])
def test_a_program_is_read_as_python_reads_it(tmp_path, text):
    path = tmp_path / "program.py"
    path.write_bytes(text)
    assert set(functions_of(run_file(path, "program"), path)) == {"f"}


def test_of_chosen_functions_only_calls_with_plain_values_are_kept(tmp_path):
    text = PROGRAM.replace("Point().moved(3)", "hidden([1, {'a': 2.5}]); hidden([sys.stdout])")
    functions, _ = recorded(tmp_path, text)
    path = tmp_path / "program.py"
    recorder = Recorder(str(path), {functions["hidden"].__code__})
    found = functions_of(run_file(path, "__main__", recorder), path)
    assert [call.arguments for call in recorder.of(found["hidden"])] == [([1, {"a": 2.5}],)]
    assert recorder.of(found["grow"]) == [] and recorder.count(found["grow"]) == 0
