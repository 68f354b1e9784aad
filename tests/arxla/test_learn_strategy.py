"""`arxla learn strategy` as a user sees it."""

import subprocess
import sys
from pathlib import Path


def arxla(*arguments, home):
    return subprocess.run(
        [sys.executable, "-c", "from arxla.cli import main; main()", "learn", "strategy", *map(str, arguments)],
        capture_output=True, text=True, timeout=120, cwd=Path(__file__).parents[2],
        env={"PATH": "/usr/bin:/bin", "ARXLA_CACHE_DIR": str(home / "cache"), "OMP_NUM_THREADS": "1"},
    )  # fmt: skip


def test_it_trains_and_shows_what_it_decides(tmp_path):
    done = arxla("--episodes", "500", "--out", tmp_path / "agent.json", home=tmp_path)
    assert done.returncode == 0, done.stderr
    assert "500 episodes" in done.stdout and "numeric loops, called often" in done.stdout
    assert (tmp_path / "agent.json").exists()


def test_a_table_that_is_none_is_refused(tmp_path):
    (tmp_path / "t.json").write_text("{}")
    done = arxla("--table", tmp_path / "t.json", home=tmp_path)
    assert done.returncode == 2 and "no table of measured strategies" in done.stderr and "Traceback" not in done.stderr


def test_where_nothing_can_be_written_nothing_is_learned(tmp_path):
    for place in ("/proc/agent.json", tmp_path):
        done = arxla("--out", place, home=tmp_path)
        assert done.returncode == 2 and done.stdout == "" and len(done.stderr.splitlines()) == 1


def test_loops_are_learned_from_what_was_measured(tmp_path):
    out = tmp_path / "loops.json"
    made = [sys.executable, "-c", "from arxla.cli import main; main()", "learn", "loops", "--episodes", "300"]
    done = subprocess.run(
        [*made, "--out", str(out)], capture_output=True, text=True, timeout=120, cwd=Path(__file__).parents[2]
    )
    assert done.returncode == 0, done.stderr
    assert "held out in turn" in done.stdout and out.exists()
