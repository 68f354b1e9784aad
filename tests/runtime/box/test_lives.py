"""Who outlives whom: warm processes are replaced, cold ones end with arxla, cold ones take their orphans along."""

import os
import signal
import subprocess
import sys
import tempfile
import textwrap
import time
from pathlib import Path

import pytest

from runtime.box import temporary, usage
from runtime.errors import SandboxFailure
from runtime.job import Job, Limits

pytestmark = pytest.mark.box

REMEMBER = "import builtins\nseen = getattr(builtins, 'seen', 0) + 1\nbuiltins.seen = seen\nprint(seen)"


def test_a_session_replaces_a_process_that_grew(zygote, run, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr("runtime.box.session.MOST_SESSION_MB", 60.0)
    with zygote.session() as warm:
        counts = [run(warm, REMEMBER).stdout for _ in range(2)]
        run(warm, REMEMBER + "\nbuiltins.held = bytearray(100 << 20)")
        counts.append(run(warm, REMEMBER).stdout)
    assert counts == ["1\n", "2\n", "1\n"]


@pytest.mark.xla
def test_a_session_replaces_a_process_that_compiled_enough(zygote, run, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr("runtime.box.session.MOST_COMPILATIONS", 1)
    compile_one = "\nimport torch, torch_xla\n(torch.ones(2, device=torch_xla.device()) + 1).sum().item()"
    with zygote.session() as warm:
        counts = [run(warm, REMEMBER).stdout, run(warm, REMEMBER + compile_one).stdout, run(warm, REMEMBER).stdout]
    assert counts == ["1\n", "2\n", "1\n"]


def test_a_session_takes_other_limits(zygote, run):
    with zygote.session() as warm:
        assert run(warm, REMEMBER, wall_s=5.0).stdout == "1\n"
        assert run(warm, REMEMBER, wall_s=6.0).stdout == "1\n", "a new process, since limits are set once"


def test_a_missing_input_is_named(sandbox, tmp_path: Path):
    job = Job(name="x", entry="runtime.harness.probe:run", inputs={"x": tmp_path / "gone"}, scratch=tmp_path)
    with pytest.raises(SandboxFailure, match="gone"):
        sandbox.run(job)


@pytest.mark.parametrize("name", ["bubblewrap", "none"])
def test_a_cold_job_ends_with_arxla(name: str, request: pytest.FixtureRequest, tmp_path: Path):
    request.getfixturevalue("unboxed" if name == "none" else name)
    body = f"""
        import pathlib
        from runtime.box.registry import open_sandbox
        from runtime.job import Job
        source = "import os, time\\nif os.fork() == 0: os.setsid()\\nprint('on', flush=True)\\ntime.sleep(60)"
        job = Job(name="x", entry="runtime.harness.script:run", payload={{"source": source}},
                  scratch=pathlib.Path({str(tmp_path)!r}))
        open_sandbox({name!r}).run(job)
    """
    owner = subprocess.Popen([sys.executable, "-c", textwrap.dedent(body)])
    started: set[int] = set()
    deadline = time.monotonic() + 20
    while time.monotonic() < deadline and len(started) < (4 if name == "bubblewrap" else 3):
        started = set(usage.tree(owner.pid)) - {owner.pid}
        time.sleep(0.05)
    time.sleep(0.3)
    started |= set(usage.tree(owner.pid)) - {owner.pid}
    owner.send_signal(signal.SIGKILL)
    owner.wait()
    deadline = time.monotonic() + 5
    while time.monotonic() < deadline and any(_runs(pid) for pid in started):
        time.sleep(0.05)
    assert len(started) >= 3
    assert not any(_runs(pid) for pid in started)


def test_an_orphan_of_an_unboxed_job_ends_with_it(unboxed, tmp_path: Path):
    source = (
        "import os, time\nif os.fork() == 0:\n    os.setsid()\n    if os.fork() == 0:\n"
        "        print(os.getpid(), flush=True)\n        time.sleep(60)\n    os._exit(0)\nos.wait()\ntime.sleep(0.2)"
    )
    job = Job(name="x", entry="runtime.harness.script:run", payload={"source": source}, scratch=tmp_path / "s")
    result = unboxed.run(job.model_copy(update={"limits": Limits(wall_s=20)}))
    assert result.ok
    assert not _runs(int(result.stdout))


def test_nothing_is_left_behind(zygote, bubblewrap, unboxed, run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    (tmp_path / "own").mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path / "own"))

    def left() -> tuple[int, set[str]]:
        folders = {path.name for path in (tmp_path / "own").iterdir()}
        return len(os.listdir("/proc/self/fd")), folders  # noqa: PTH208

    before = left()
    for sandbox in (zygote, bubblewrap, unboxed):
        run(sandbox, "pass")
        run(sandbox, "os._exit(1)")
        with sandbox.session() as warm:
            run(warm, "pass")
    assert left() == before


def test_folders_of_a_killed_arxla_are_swept(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    monkeypatch.setattr(temporary, "_NEW_S", -1.0)
    body = "import os, tempfile\nfrom runtime.box.temporary import HeldFolder\n"
    body += f"tempfile.tempdir = {str(tmp_path)!r}\n(HeldFolder('job').path / 'x').touch()\nos.kill(os.getpid(), 9)"
    subprocess.run([sys.executable, "-c", body], check=False)
    orphan = next(tmp_path.iterdir())
    held = temporary.HeldFolder("job")
    (tmp_path / f"{temporary.PREFIX}link").symlink_to(tmp_path)
    temporary.sweep_folders()
    assert held.path.exists() and not orphan.exists()
    held.remove()
    assert not held.path.exists() and tmp_path.exists()


def _runs(pid: int) -> bool:
    try:
        return "State:\tZ" not in Path(f"/proc/{pid}/status").read_text()
    except OSError:
        return False
