"""What every sandbox promises, whatever it is made of."""

import os
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from runtime.job import Job, Limits, Status

pytestmark = pytest.mark.box


def test_output_files_and_exit_code_come_back(sandbox, run, tmp_path: Path):
    result = run(
        sandbox,
        "import pathlib\npathlib.Path('kept/deep').mkdir(parents=True)\n"
        "pathlib.Path('kept/deep/a.bin').write_bytes(b'\\0\\1')\nprint('out')\n"
        "print('err', file=sys.stderr)\nsys.exit(3)",
    )
    assert result.status is Status.OK
    assert result.ok
    assert result.value == {"exit_code": 3}
    assert result.stdout == "out\n"
    assert result.stderr == "err\n"
    assert (tmp_path / "scratch/kept/deep/a.bin").read_bytes() == b"\0\1"
    assert result.sandbox == sandbox.name
    assert 0 < result.start_s <= result.duration_s


def test_temporary_files_go_where_the_job_may_write(sandbox, run):
    result = run(sandbox, "import tempfile\nwith tempfile.TemporaryDirectory() as name: print(name)")
    assert result.ok, result
    assert result.stdout.startswith(os.environ.get("TMPDIR", "/tmp") if sandbox.name == "none" else "/box/tmp/")


def test_inputs_are_read_and_arguments_passed(sandbox, tmp_path: Path):
    (tmp_path / "words.txt").write_text("hello")
    (tmp_path / "folder").mkdir()
    (tmp_path / "folder/inner.txt").write_text("there")
    script = tmp_path / "script.py"
    script.write_text("import sys, pathlib\nprint(pathlib.Path(sys.argv[1]).read_text(), __name__)")
    first = sandbox.run(
        Job(
            name="x",
            entry="runtime.harness.script:run",
            payload={"argv": ["/box/in/words.txt" if sandbox.name != "none" else str(tmp_path / "words.txt")]},
            inputs={"words.txt": tmp_path / "words.txt", "script": script, "folder": tmp_path / "folder"},
            scratch=tmp_path / "scratch",
        )
    )
    assert first.stdout == "hello __main__\n", first


def test_exception_becomes_a_report(sandbox, run):
    result = run(sandbox, "def broken():\n    raise ValueError('bad shape')\nbroken()")
    assert result.status is Status.RAISED
    assert (result.error.type, result.error.message) == ("ValueError", "bad shape")
    assert "in broken" in result.error.traceback
    assert result.value is None


def test_unknown_entry_is_refused(sandbox, tmp_path: Path):
    result = sandbox.run(Job(name="x", entry="os:system", scratch=tmp_path))
    assert result.status is Status.RAISED
    assert "not an entry point" in result.error.message


def test_deadline_ends_the_whole_tree(sandbox, run):
    begin = time.monotonic()
    result = run(
        sandbox,
        "if os.fork() == 0:\n    os.setsid()\n    if os.fork() == 0:\n        time.sleep(60)\n    os._exit(0)\n"
        "print('forked', flush=True)\ntime.sleep(60)",
        wall_s=1.0,
    )
    assert result.status is Status.TIMED_OUT
    assert "1 s" in result.detail
    assert result.stdout == "forked\n"
    assert time.monotonic() - begin < 6


def test_cancel_ends_it(sandbox, run):
    cancel = threading.Event()
    threading.Timer(0.2, cancel.set).start()
    result = run(sandbox, "time.sleep(60)", cancel=cancel)
    assert result.status is Status.CANCELLED
    assert result.duration_s < 10


def test_output_flood_is_cut(sandbox, run):
    result = run(sandbox, "while True: print('x' * 1000)", output_kb=200)
    assert result.status is Status.OUTPUT_FLOOD
    assert len(result.stdout) <= 64 * 1024


def test_memory_limit(sandbox, run):
    result = run(sandbox, "held = bytearray(3 << 30)", memory_mb=300)
    assert result.status is Status.OUT_OF_MEMORY
    assert "300 MB" in result.detail


def test_crash_has_its_signal(sandbox, run):
    result = run(sandbox, "ctypes.string_at(0)")
    assert result.status is Status.KILLED
    assert "SIGSEGV" in result.detail
    assert "string_at" in result.stderr, "the Python line of a native crash is shown"


def test_leaving_without_a_result_is_tampering(sandbox, run):
    assert run(sandbox, "os._exit(0)").status is Status.TAMPERED


def test_events_arrive_in_order_and_clean(sandbox, tmp_path: Path):
    events = []
    job = Job(name="x", entry="runtime.harness.probe:run", payload={"events": 3}, scratch=tmp_path)
    result = sandbox.run(job, emit=events.append)
    assert result.ok, result
    *notes, end = events
    assert [event["step"] for event in notes] == [0, 1, 2]
    assert all(event["kind"] == "note" for event in notes)
    assert (end["kind"], end["name"], end["status"]) == ("job", "x", "ok") and end["seconds"] > 0


def test_a_failing_listener_leaves_nothing_running(sandbox, tmp_path: Path):
    def refuse(_event):
        raise ConnectionError("the listener went away")

    with pytest.raises(ConnectionError):
        sandbox.run(Job(name="x", entry="runtime.harness.probe:run", payload={"events": 1}, scratch=tmp_path), refuse)
    assert sandbox.run(Job(name="x", entry="runtime.harness.probe:run", scratch=tmp_path)).ok


def test_jobs_run_side_by_side(sandbox, run):
    def one(number: int) -> str:
        return run(sandbox, f"time.sleep(0.3); print({number})").stdout

    with ThreadPoolExecutor(4) as threads:
        assert list(threads.map(one, range(4))) == ["0\n", "1\n", "2\n", "3\n"]


def test_session_keeps_the_process_and_its_state(sandbox, run):
    with sandbox.session() as warm:
        assert run(warm, "import builtins\nbuiltins.kept = os.getpid()\nopen('left.txt', 'w').close()").ok
        assert run(warm, "import builtins\nprint(builtins.kept == os.getpid(), os.listdir())").stdout == "True []\n"


def test_session_inputs_of_later_jobs(sandbox, tmp_path: Path):
    paths = []
    for number in range(2):
        path = tmp_path / f"script{number}.py"
        path.write_text(f"print({number})")
        paths.append(path)
    with sandbox.session() as warm:
        jobs = [
            Job(name="x", entry="runtime.harness.script:run", inputs={"script": path}, scratch=tmp_path / "scratch")
            for path in paths
        ]
        assert [warm.run(job).stdout for job in jobs] == ["0\n", "1\n"]


@pytest.mark.parametrize(
    "fatal", ["os._exit(7)", "ctypes.string_at(0)", "time.sleep(60)", "os.write(1, b'x' * 300000)"]
)
def test_session_goes_on_after_a_broken_job(sandbox, run, fatal: str):
    limits = {"wall_s": 1.0, "output_kb": 200}
    with sandbox.session() as warm:
        before = run(warm, "print(1)", **limits)
        assert not run(warm, fatal, **limits).ok or "write" in fatal
        after = run(warm, "print(2)", **limits)
    assert (before.stdout, after.stdout) == ("1\n", "2\n")


def test_session_sweeps_processes_between_jobs(isolated, run):
    with isolated.session() as warm:
        assert run(warm, "if os.fork() == 0:\n    os.setsid()\n    time.sleep(60)\n    os._exit(0)").ok
        assert run(warm, "print(sorted(p for p in os.listdir('/proc') if p.isdigit()))").stdout == "['1']\n"


def test_session_notices_a_thread_that_writes_later(sandbox, run):
    late = (
        "import threading, fcntl\ndef later():\n    time.sleep(0.3)\n    for fd in range(3, 256):\n        try:\n"
        "            if fcntl.fcntl(fd, fcntl.F_GETFL) & os.O_WRONLY: os.write(fd, b'forged' * 9)\n"
        "        except OSError: pass\nthreading.Thread(target=later, daemon=True).start()"
    )
    with sandbox.session() as warm:
        assert run(warm, late).ok
        assert run(warm, "time.sleep(0.8)").status is Status.TAMPERED
        assert run(warm, "print(3)").stdout == "3\n"


def test_cpu_time_is_bounded(sandbox, run):
    result = run(sandbox, "while True: pass", cpu_s=1.0, wall_s=15.0)
    assert result.status is Status.TIMED_OUT
    assert "CPU" in result.detail


def test_same_limits_object_is_reusable(sandbox, tmp_path: Path):
    job = Job(name="x", entry="runtime.harness.probe:run", scratch=tmp_path, limits=Limits(open_files=64))
    assert sandbox.run(job).ok
    assert sandbox.run(job).ok
