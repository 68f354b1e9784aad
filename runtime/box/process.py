"""A `Child` that is a plain subprocess of this one."""

import contextlib
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from runtime.box.child import Exit, Pipes, receive_ready
from runtime.errors import SandboxFailure

START_TIMEOUT_S = 60.0
GUARD = Path(__file__).with_name("guard_main.py")


@dataclass(eq=False)
class ProcessChild:
    """The process tree below one `subprocess.Popen`, in a session and process group of its own."""

    process: "subprocess.Popen[bytes]"
    pipes: Pipes
    pid: int
    exit_fd: int
    scratch: int
    scratch_path: str
    inputs: dict[str, str]
    baseline_mb: float
    on_kill: Callable[[], None]
    """Ends what a kill of the process and its group can't reach."""
    on_close: Callable[[], None]
    active: Mapping[str, Any] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.requests, self.replies = self.pipes.requests, self.pipes.replies
        self.stdout, self.stderr = self.pipes.stdout, self.pipes.stderr
        self._exit: Exit | None = None
        self._open = True

    def kill(self) -> None:
        """End the whole tree at once."""
        self.on_kill()
        if self._exit is None:
            kill_group(self.process)

    def starved(self) -> bool:
        """Not known without a control group."""
        return False

    def reap(self, timeout_s: float) -> Exit | None:
        """How it ended, or None when it still runs."""
        deadline = time.monotonic() + timeout_s
        while self._exit is None:
            pid, status, used = os.wait4(self.process.pid, os.WNOHANG)
            if pid:
                self._exit = exit_from(status, used.ru_maxrss / 1024, used.ru_utime + used.ru_stime, self.baseline_mb)
                self.process.returncode = os.waitstatus_to_exitcode(status)
                self.on_kill()
            elif time.monotonic() > deadline:
                return None
            else:
                time.sleep(0.002)
        return self._exit

    def close(self) -> None:
        """Kill it if it runs, and give everything back."""
        if not self._open:
            return
        self._open = False
        self.kill()
        self.reap(10.0)
        self.pipes.close()
        os.close(self.exit_fd)
        os.close(self.scratch)
        self.on_close()


def exit_from(status: int, max_rss_mb: float, cpu_s: float, baseline_mb: float) -> Exit:
    """An `Exit` from a wait status. A process that passes its child's signal on as 128 + n is read as that signal."""
    code = os.waitstatus_to_exitcode(status)
    if code > 128:
        code = 128 - code
    peak = max(0.0, max_rss_mb - baseline_mb)
    return Exit(None, -code, peak, cpu_s) if code < 0 else Exit(code, None, peak, cpu_s)


def kill_group(process: "subprocess.Popen[bytes]") -> None:
    """SIGKILL to an unreaped process that leads its group, and to the group; does not reap it, as Popen.kill may."""
    with contextlib.suppress(ProcessLookupError):
        os.kill(process.pid, signal.SIGKILL)
    with contextlib.suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)


def spawn(
    command: Callable[[list[int], int], list[str]], environment: dict[str, str]
) -> tuple["subprocess.Popen[bytes]", Pipes, int, bytes]:
    """Start `command(worker pipe ends, ready socket)` and wait for its ready message.

    Returns (process, pipes, scratch descriptor, message). Raises `SandboxFailure` when it does not get ready; what it
    printed is in the message.
    """
    pipes = Pipes.make()
    ours, theirs = socket.socketpair()
    life, ours_to_hold = os.pipe()
    inherited = [*pipes.theirs[:2], theirs.fileno(), life]
    guard = [sys.executable, "-I", "-S", str(GUARD), str(life)]
    with ours, theirs:
        process = subprocess.Popen(
            [*guard, *command(pipes.theirs, theirs.fileno())],
            stdin=subprocess.DEVNULL,
            stdout=pipes.theirs[2],
            stderr=pipes.theirs[3],
            env=environment,
            pass_fds=inherited,
            start_new_session=True,
            cwd="/",
        )
        pipes.close_theirs()
        theirs.close()
        os.close(life)
        try:
            message, fds = receive_ready(ours, START_TIMEOUT_S)
        except (EOFError, TimeoutError, ConnectionError) as error:
            kill_group(process)
            process.wait(10.0)
            os.set_blocking(pipes.stderr, False)
            said = _read_available(pipes.stderr)
            pipes.close()
            os.close(ours_to_hold)
            raise SandboxFailure(f"A sandboxed process could not be started: {said or error}.") from error
    pipes.life = ours_to_hold
    return process, pipes, fds[0], message


def _read_available(fd: int) -> str:
    try:
        return os.read(fd, 4096).decode("utf-8", "replace").strip()[-500:]
    except BlockingIOError:
        return ""
