"""`arxla learn types` and `arxla learn report`, as their user sees them."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

PROGRAM = """
def scaled(values, weight=2):
    found = [value * weight for value in values]
    return found


def shown(name, count):
    text = f"{name}: {count}"
    return text


for number in range(5):
    shown("a", len(scaled([1.5, 2.5])))
"""


@pytest.fixture
def arxla(tmp_path: Path):
    environment = {**os.environ, "ARXLA_CACHE_DIR": str(tmp_path / "cache"), "OMP_NUM_THREADS": "1"}
    (tmp_path / "cache").mkdir(mode=0o700)

    def call(*words: str) -> subprocess.CompletedProcess[str]:
        command = [str(Path(sys.executable).parent / "arxla"), *words]
        return subprocess.run(command, cwd=tmp_path, env=environment, capture_output=True, text=True, timeout=120)

    return call


def test_trace_learn_report(tmp_path, arxla):
    (tmp_path / "program.py").write_text(PROGRAM)
    assert arxla("trace", "--quiet", "program.py").returncode == 0
    tuned = arxla("learn", "types", "training_data/program_profile.json", "--out", "tuned.npz")
    assert tuned.returncode == 0, tuned.stderr
    assert "Tuned on" in tuned.stdout and "Saved as tuned.npz" in tuned.stdout
    assert (tmp_path / "tuned.npz").stat().st_size > 10_000
    refused = arxla("learn", "types", "training_data/program_profile.json", "--out", "/proc/tuned.npz")
    assert refused.returncode == 2 and refused.stdout == "" and "can't be written" in refused.stderr
    told = arxla("learn", "report", "training_data/program_profile.json")
    assert told.returncode == 0, told.stderr
    assert "models/type_inference.npz" in told.stdout
    assert "heuristics" in told.stdout


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        ((), "Name the profiles to learn from"),
        (("missing.json",), "missing.json can't be read"),
        (("empty.json", "--classifier", "svm"), "--classifier is one of network"),
        (("empty.json", "--classifier", "random_forest"), "others than network need --from-scratch"),
        (("empty.json",), "Nothing to learn"),
        (("empty.json", "--from-scratch"), "Nothing to learn"),
    ],
)
def test_bad_input_is_one_sentence(tmp_path, arxla, words, sentence):
    (tmp_path / "empty.json").write_text('{"module_name": "x", "python": "3.11.7", "wall_s": 0}')
    done = arxla("learn", "types", *words)
    assert done.returncode == 2
    assert sentence in " ".join(done.stderr.replace("│", " ").split())
    assert "Traceback" not in done.stderr
