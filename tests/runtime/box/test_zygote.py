"""What only the zygote promises: its life, its restarts, its single thread, ordinary users, warm XLA."""

import os
import signal
import subprocess
import sys
import textwrap
import time
from pathlib import Path

import pytest

from runtime.box import usage
from runtime.box.check import active_protections, judge
from runtime.box.registry import open_sandbox
from runtime.box.zygote import MOST_RESTARTS, ZygoteLauncher
from runtime.errors import SandboxFailure
from runtime.job import Job

pytestmark = pytest.mark.box

REPOSITORY = Path(__file__).parents[3]
ONE_JOB = """
    import sys, tempfile
    from pathlib import Path
    from runtime.box.registry import open_sandbox
    from runtime.job import Job
    sandbox = open_sandbox("zygote")
    def probe():
        folder = Path(tempfile.mkdtemp())
        return sandbox.run(Job(name="x", entry="runtime.harness.probe:run", scratch=folder))
"""


def _program(body: str) -> list[str]:
    return [sys.executable, "-c", textwrap.dedent(ONE_JOB) + textwrap.dedent(body)]


def _gone(pids: set[int], within_s: float) -> bool:
    deadline = time.monotonic() + within_s
    while time.monotonic() < deadline:
        if not any(_alive(pid) for pid in pids):
            return True
        time.sleep(0.05)
    return False


def _alive(pid: int) -> bool:
    try:
        return "State:\tZ" not in Path(f"/proc/{pid}/status").read_text()
    except OSError:
        return False


def test_imports_leave_one_thread_and_fork_keeps_it(zygote, run):
    result = run(zygote, "print(len(os.listdir('/proc/self/task')), 'torch_xla' in sys.modules)")
    assert result.stdout == "1 True\n"


def test_check_finds_every_protection_active(zygote, tmp_path: Path):
    result = zygote.run(Job(name="check", entry="runtime.harness.probe:run", scratch=tmp_path))
    found = {item.name: item for item in judge("zygote", result, active_protections(zygote))}
    for name in ("sandbox", "namespaces", "network", "files", "seccomp", "privileges", "landlock"):
        assert found[name].active, found[name]
        assert found[name].advice == ""
    assert not {"HOME_SECRET", "OPENAI_API_KEY", "AWS_SECRET_ACCESS_KEY"} & set(result.value["variables"])


def test_jobs_start_warm(zygote, run):
    starts = sorted(run(zygote, "pass").start_s for _ in range(9))
    assert starts[4] < 0.5, "a cold start of torch takes seconds"


@pytest.mark.xla
def test_xla_works_in_a_fork(zygote, run):
    result = run(
        zygote,
        "import torch, torch_xla\nd = torch_xla.device()\nx = torch.ones(4, 4, device=d, requires_grad=True)\n"
        "(x @ x).relu().sum().backward()\ntorch_xla.sync()\nprint(x.grad.sum().item())",
    )
    assert result.stdout == "128.0\n", result


@pytest.mark.xla
def test_session_reports_compilations_once_each_shape(zygote, run):
    program = (
        "import torch, torch_xla, torch_xla.debug.metrics as m\nx = torch.ones(3, 3, device=torch_xla.device())\n"
        "(x + 1).sum().item()\nprint(m.metric_data('CompileTime')[0])"
    )
    with zygote.session() as warm:
        counts = [int(run(warm, program).stdout) for _ in range(3)]
    assert counts[0] == counts[2] >= 1


def test_it_dies_with_arxla_while_it_imports():
    owner = subprocess.Popen(_program("print('open', flush=True); import time; time.sleep(60)"), stdout=-1)
    assert owner.stdout.readline() == b"open\n"
    started = set(usage.tree(owner.pid)) - {owner.pid}
    owner.send_signal(signal.SIGKILL)
    owner.wait()
    assert len(started) >= 2
    assert _gone(started, 3.0)


def test_it_is_restarted_and_dies_with_arxla(tmp_path: Path):
    owner = subprocess.Popen(
        _program(
            """
            import os, signal, time
            assert probe().ok
            os.kill(sandbox.launcher._zygote._process.pid, signal.SIGKILL)
            sandbox.launcher._zygote._process.wait()
            assert probe().ok, "it was started again"
            print(sandbox.launcher._zygote._base, flush=True)
            time.sleep(60)
            """
        ),
        stdout=subprocess.PIPE,
        cwd=tmp_path,
    )
    base = Path(owner.stdout.readline().decode().strip())
    started = set(usage.tree(owner.pid)) - {owner.pid}
    owner.send_signal(signal.SIGKILL)
    owner.wait()
    assert len(started) == 2, "the outer and the inner process"
    assert base.name.startswith("arxla-base-")
    assert _gone(started, 5.0)
    assert not base.exists()


def test_close_ends_it_even_while_it_imports(tmp_path: Path):
    sandbox = open_sandbox("zygote")
    pid = sandbox.launcher._zygote._process.pid
    sandbox.close()
    sandbox.close()
    assert not _alive(pid)
    with pytest.raises(SandboxFailure, match="closed"):
        sandbox.run(Job(name="x", entry="runtime.harness.probe:run", scratch=tmp_path))


def test_restarts_are_bounded(monkeypatch: pytest.MonkeyPatch):
    class Dead:
        def __init__(self, _device: str) -> None:
            self.closed = False

        def ended(self) -> bool:
            return True

        def close(self) -> None:
            self.closed = True

        def wait_imported(self) -> None:
            raise SandboxFailure("it ended")

    monkeypatch.setattr("runtime.box.zygote._Zygote", Dead)
    launcher = ZygoteLauncher()
    for _ in range(MOST_RESTARTS):
        with pytest.raises(SandboxFailure, match="it ended"):
            launcher._living()
    with pytest.raises(SandboxFailure, match="died"):
        launcher._living()


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can become another user")
def test_an_ordinary_user_gets_the_same_box(tmp_path: Path):
    """As uid 65534 without capabilities, in a mount namespace in which this Python can be reached by anyone."""
    program = tmp_path / "as_user.sh"
    hidden = Path(sys.base_prefix).parents[-2]
    program.write_text(
        textwrap.dedent(
            f"""
            set -e
            mount --make-rprivate /
            mkdir -p /tmp/arxla-python {tmp_path}/home && chmod 777 {tmp_path}/home
            if [ "$(stat -c %a {hidden} | tail -c 2)" = 0 ]; then
                mount --bind {sys.base_prefix} /tmp/arxla-python
                mount -t tmpfs -o mode=755 tmpfs {hidden}
                mkdir -p {sys.base_prefix}
                mount --move /tmp/arxla-python {sys.base_prefix}
            fi
            mount -t tmpfs -o mode=1777 tmpfs /tmp
            exec setpriv --reuid 65534 --regid 65534 --clear-groups --bounding-set=-all "$@"
            """
        )
    )
    body = "r = probe(); print(r.status, r.value['uid'], r.value['pid'], r.value['network'], r.value['writable'])"
    command = ["unshare", "--mount", "bash", str(program), *_program(body)]
    environment = {"PATH": "/usr/sbin:/usr/bin:/sbin:/bin", "PYTHONPATH": str(REPOSITORY), "OMP_NUM_THREADS": "1"}
    done = subprocess.run(command, capture_output=True, text=True, timeout=120, env=environment, cwd="/", check=False)
    if "unshare" in done.stderr or "setpriv" in done.stderr:
        pytest.skip(done.stderr.strip())
    assert done.stdout == "ok 1000 1 False []\n", done.stderr
