"""`--sandbox none`: a plain process with limits and no isolation at all, for code that the user trusts."""

import contextlib
import json
import os
import secrets
import signal
import sys
from pathlib import Path

import runtime
from runtime.box.child import COLD_BASELINE_MB, Child, Launch
from runtime.box.environment import job_environment
from runtime.box.process import ProcessChild, spawn
from runtime.box.session import LaunchedSandbox
from runtime.box.temporary import HeldFolder

MARK = "ARXLA_JOB"


class PlainLauncher:
    """Starts cold Python processes that see everything the user sees."""

    name = "none"

    def __init__(self, device: str = "CPU") -> None:
        self._device = device
        self._marks: set[str] = set()

    def launch(self, start: Launch) -> Child:
        """See `child.Launcher.launch`."""
        folder = HeldFolder("job")
        mark = secrets.token_hex(16)
        self._marks.add(mark)
        temporary = folder.path / "tmp"
        scratch = folder.path / "scratch"
        temporary.mkdir()
        scratch.mkdir()
        source = str(Path(runtime.__file__).parent.parent)
        environment = job_environment(str(temporary), self._device, {MARK: mark, "PYTHONPATH": source})

        def command(pipes: list[int], ready: int) -> list[str]:
            setup = {
                "requests": pipes[0],
                "replies": pipes[1],
                "ready": ready,
                "scratch": str(scratch),
                "limits": start.limits.model_dump(),
                "lasting": start.lasting,
                "isolated": False,
            }
            return [sys.executable, "-m", "runtime.box.cold_main", json.dumps(setup)]

        process, pipes, scratch_fd, _message = spawn(command, environment)
        return ProcessChild(
            process=process,
            pipes=pipes,
            pid=process.pid,
            exit_fd=os.pidfd_open(process.pid),
            scratch=scratch_fd,
            scratch_path=str(scratch),
            inputs={name: str(path) for name, path in start.inputs.items()},
            baseline_mb=COLD_BASELINE_MB,
            on_kill=lambda: kill_marked(mark),
            on_close=lambda: self._forget(mark, folder),
        )

    def close(self) -> None:
        """End every process that was started."""
        for mark in tuple(self._marks):
            kill_marked(mark)

    def _forget(self, mark: str, folder: HeldFolder) -> None:
        self._marks.discard(mark)
        folder.remove()


def kill_marked(mark: str) -> None:
    """SIGKILL to every process whose environment at its start carried `mark`, however it was reparented since."""
    wanted = f"{MARK}={mark}".encode()
    for process in Path("/proc").glob("[0-9]*"):
        with contextlib.suppress(OSError):
            if wanted in (process / "environ").read_bytes().split(b"\0"):
                os.kill(int(process.name), signal.SIGKILL)


def open_unboxed(device: str = "CPU") -> LaunchedSandbox:
    """The sandbox called none."""
    return LaunchedSandbox(PlainLauncher(device))
