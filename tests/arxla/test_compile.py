"""`arxla compile` as a user sees it."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

PROGRAM = """
K = 3
def cube(x):
    return x * x * x
def often(n):
    total = 0
    for i in range(n):
        total += cube(i) * K
    return total
def says(text):
    print(text)
if __name__ == "__main__":
    often(200)
    says("hello")
"""


@pytest.fixture
def program(tmp_path):
    path = tmp_path / "program.py"
    path.write_text(PROGRAM)
    return path


def arxla(*arguments, home):
    return subprocess.run(
        [sys.executable, "-c", "from arxla.cli import main; main()", "compile", *map(str, arguments)],
        capture_output=True, text=True, timeout=120, cwd=Path(__file__).parents[2],
        env={"PATH": "/usr/bin:/bin", "ARXLA_CACHE_DIR": str(home / "cache"), "OMP_NUM_THREADS": "1"},
    )  # fmt: skip


def test_it_says_what_was_done_and_what_was_left(program):
    done = arxla(program, "--strategy", "bytecode", "--explain", home=program.parent)
    assert done.returncode == 0, done.stderr
    assert "often: bytecode by bytecode (K inlined, cube inlined)" in done.stdout
    assert "calls agreed" in done.stdout and "says calls print" in done.stdout


def test_as_json_with_a_call_given(program):
    program.write_text(PROGRAM + "print('loaded')\n")
    done = arxla(f"{program}:often", "--strategy", "bytecode", "--args", "500", "--json", home=program.parent)
    assert done.returncode == 0, done.stderr
    (result,) = json.loads(done.stdout)
    assert result["function"] == "often" and result["speedup"] > 1.05 and result["strategy"] == "bytecode"


@pytest.mark.parametrize(
    ("arguments", "why"),
    [
        (["nowhere.py"], "no file"),
        (["{program}:nothing"], "no function nothing"),
        (["{program}", "--strategy", "fast"], "unknown"),
        (["{program}", "--args", "1"], "needs a function"),
        (["{program}:often", "--args", "1 +"], "no list of Python values"),
        (["{program}:often", "--args", "1, 2"], "no call of often(n): too many positional arguments"),
        (["."], "is a folder"),
    ],
)
def test_bad_input_is_one_sentence(program, arguments, why):
    done = arxla(*(text.format(program=program) for text in arguments), home=program.parent)
    assert done.returncode == 2 and why in done.stderr and "Traceback" not in done.stderr


def test_auto_is_the_agents_decision_and_it_remembers(program):
    done = arxla(program, "--explain", home=program.parent)
    assert done.returncode == 0, done.stderr
    assert "chosen: " in done.stdout and "says calls print" in done.stdout
    assert list((program.parent / "cache").glob("strategy_agent-*.json"))
