"""The command as a user meets it: kill -9, Ctrl-C, a second resumer, bad input."""

import json
import os
import signal
import subprocess
import sys
import time
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

pytestmark = pytest.mark.box
RUN = ["run", "--dataset", "wine", "--target", "cpu", "--trials", "4", "--tuner", "random", "--no-cache"]
DEADLINE_S = 120


def start(folder: Path, *arguments: str) -> subprocess.Popen[str]:
    """The command in a process group of its own, in `folder`."""
    return subprocess.Popen(
        [sys.executable, "-m", "arxla", *arguments],
        cwd=folder,
        env={**os.environ, "PYTHONPATH": str(Path(__file__).parents[2]), "OMP_NUM_THREADS": "1"},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )


def events(folder: Path) -> list[dict[str, Any]]:
    lines = [line for path in folder.glob("results/*/events.jsonl") for line in path.read_text().splitlines()]
    return [json.loads(line) for line in lines if line.endswith("}")]


def wait_for(folder: Path, process: subprocess.Popen[str], kind: str, **facts: Any) -> None:
    """Until an event with these facts is on disk."""
    end = time.monotonic() + DEADLINE_S
    while time.monotonic() < end:
        if any(e["kind"] == kind and facts.items() <= e.items() for e in events(folder)):
            return
        assert process.poll() is None, process.communicate()
        time.sleep(0.02)
    pytest.fail(f"no {kind} event with {facts} in {DEADLINE_S} s")


def resume(folder: Path) -> dict[str, Any]:
    done = start(folder, "resume", "latest", "--json")
    out, err = done.communicate(timeout=DEADLINE_S)
    assert done.returncode == 0, err
    return json.loads(Path(folder / out.splitlines()[-1]).read_text())


@pytest.mark.parametrize(
    ("kind", "facts"),
    [
        ("stage", {"name": "dataset", "state": "start"}),
        ("stage", {"name": "execute", "state": "start"}),
        ("trial", {"index": 2, "state": "start"}),
        ("stage", {"name": "finalize", "state": "start"}),
    ],
    ids=["dataset", "execute", "trial", "finalize"],
)
def test_a_run_goes_on_after_kill_9_and_runs_no_trial_twice(tmp_path: Path, kind: str, facts: dict[str, Any]) -> None:
    process = start(tmp_path, *RUN)
    wait_for(tmp_path, process, kind, **facts)
    process.kill()
    process.wait()
    record = resume(tmp_path)
    assert record["outcome"] == "SUCCESS"
    trials = record["tuning"]["trials"]
    assert [trial["index"] for trial in trials] == list(range(len(trials)))
    ended = Counter(e["index"] for e in events(tmp_path) if e["kind"] == "trial" and e["state"] == "completed")
    assert set(ended.values()) == {1}
    stages = Counter(visit["name"] for visit in record["stages"])
    assert max(stages.values()) == 1


def test_ctrl_c_keeps_the_run_resumable_and_leaves_no_process_behind(tmp_path: Path) -> None:
    process = start(tmp_path, *RUN)
    wait_for(tmp_path, process, "stage", name="execute", state="start")
    process.send_signal(signal.SIGINT)
    _, err = process.communicate(timeout=30)
    assert process.returncode == 130
    assert "arxla resume" in err
    with pytest.raises(ProcessLookupError):  # the whole session of processes is gone
        os.killpg(process.pid, 0)
    assert resume(tmp_path)["outcome"] == "SUCCESS"


def test_a_second_resumer_is_told_who_holds_the_run(tmp_path: Path) -> None:
    process = start(tmp_path, *RUN)
    wait_for(tmp_path, process, "stage", name="execute", state="start")
    second = start(tmp_path, "resume", "latest")
    _, err = second.communicate(timeout=60)
    process.kill()
    process.wait()
    assert second.returncode == 2
    assert str(process.pid) in err
    assert "Traceback" not in err


@pytest.mark.parametrize(
    "arguments",
    [
        ["run", "--dataset", "nowhere.csv"],
        ["run", "--dataset", "wine", "--target", "abacus"],
        ["run", "--dataset", "wine", "--trials", "-1"],
        ["run", "--dataset", "wine", "--size-limit-kb", "0"],
        ["run", "--dataset", "wine", "--model", "nobody:nothing"],
        ["run", "--dataset", "wine", "--out", "/proc/results"],
        ["run", "--dataset", "wine", "--seed", "-4"],
        ["resume", "nothing"],
        ["runs", "show", "nothing"],
        ["review", "nowhere.py"],
        ["functions", "show", "nothing"],
        ["export", "nothing", "somewhere"],
    ],
    ids=" ".join,
)
def test_bad_input_is_one_sentence_and_exit_code_2(tmp_path: Path, arguments: list[str]) -> None:
    process = start(tmp_path, *arguments)
    _, err = process.communicate(timeout=60)
    assert process.returncode == 2
    assert "Traceback" not in err
    assert len(err.strip().splitlines()) <= 8
