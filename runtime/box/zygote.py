"""The default sandbox on Linux: a warm process that has only imported forks an isolated child for each job."""

import contextlib
import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Any

from runtime.box import usage
from runtime.box.cgroup import Group, sweep
from runtime.box.child import Child, Exit, Launch, Pipes, receive_ready
from runtime.box.environment import job_environment
from runtime.box.process import exit_from
from runtime.box.session import LaunchedSandbox
from runtime.box.view import INPUTS, SCRATCH, TEMPORARY, host_view, source_root
from runtime.errors import SandboxFailure, SandboxUnavailable

ISOLATE_TIMEOUT_S = 30.0
IMPORT_TIMEOUT_S = 180.0
FORK_TIMEOUT_S = 30.0
MOST_RESTARTS = 3


def open_zygote(device: str = "CPU") -> LaunchedSandbox:
    """Start the zygote; its imports go on while the caller does something else.

    Raises `SandboxUnavailable` when namespaces are not allowed here.
    """
    if sys.platform != "linux":
        raise SandboxUnavailable("The zygote sandbox needs Linux; say `--sandbox none` to run without isolation.")
    return LaunchedSandbox(ZygoteLauncher(device))


class ZygoteLauncher:
    """Owns the zygote and asks it for children."""

    name = "zygote"

    def __init__(self, device: str = "CPU") -> None:
        self._device = device
        self._lock = threading.Lock()
        self._restarts = 0
        self._closed = False
        sweep()
        self._zygote = _Zygote(device)

    def launch(self, start: Launch) -> Child:
        """See `child.Launcher.launch`. A zygote that died is started once more, three times in all."""
        zygote = self._living()
        try:
            return zygote.fork(start)
        except (EOFError, OSError) as error:
            zygote.close()  # so that the next job gets a new one
            raise SandboxFailure("The sandbox's warm process ended while a job was starting.") from error

    def close(self) -> None:
        """End the zygote and everything that it forked."""
        self._closed = True  # without the lock: a thread that waits for the imports holds it
        self._zygote.close()

    def _living(self) -> "_Zygote":
        with self._lock:
            if self._closed:
                raise SandboxFailure("The sandbox was closed.")
            if self._zygote.ended():
                if self._restarts == MOST_RESTARTS:
                    raise SandboxFailure(f"The sandbox's warm process died {MOST_RESTARTS + 1} times.")
                self._restarts += 1
                self._zygote.close()
                self._zygote = _Zygote(self._device)
            self._zygote.wait_imported()
            return self._zygote


class _Zygote:
    """One running zygote."""

    def __init__(self, device: str) -> None:
        self._base = tempfile.mkdtemp(prefix="arxla-base-")
        self._control, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        life_read, self._life = os.pipe()
        self._send, self._closing, self._open = threading.Lock(), threading.Lock(), True
        self._baseline_mb: float | None = None
        setup = {"control": theirs.fileno(), "life": life_read, "base": self._base, "view": asdict(host_view(device))}
        environment = job_environment(TEMPORARY, device, {"PYTHONPATH": source_root()})
        self._complaints = tempfile.TemporaryFile()  # noqa: SIM115  lives as long as the zygote
        self._process = subprocess.Popen(
            [sys.executable, "-P", "-m", "runtime.box.zygote_main", json.dumps(setup)],
            stdin=subprocess.DEVNULL,
            stdout=self._complaints,
            stderr=self._complaints,
            env=environment,
            pass_fds=(theirs.fileno(), life_read),
            start_new_session=True,
            cwd="/",
        )
        theirs.close()
        os.close(life_read)
        self._expect("isolated", ISOLATE_TIMEOUT_S)

    def wait_imported(self) -> None:
        """Until its imports are done. Raises `SandboxFailure`."""
        if self._baseline_mb is None:
            try:
                self._baseline_mb = float(self._expect("imported", IMPORT_TIMEOUT_S)["baseline_mb"])
            except SandboxUnavailable as unavailable:
                raise SandboxFailure(str(unavailable)) from unavailable

    def fork(self, start: Launch) -> Child:
        """A new isolated child that waits for requests."""
        pipes = Pipes.make()
        ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        try:
            inputs = {name: str(path) for name, path in start.inputs.items()}
            request = {"limits": start.limits.model_dump(), "inputs": inputs, "lasting": start.lasting}
            with theirs, self._send:
                message = json.dumps(request).encode()
                socket.send_fds(self._control, [message], [*pipes.theirs, theirs.fileno()])
            pipes.close_theirs()
            pidfd, scratch, active = _handshake(ours)
        except (OSError, EOFError, SandboxFailure):
            pipes.close()
            ours.close()
            raise
        baseline = self._baseline_mb or 0.0
        return ZygoteChild(pipes, ours, pidfd, scratch, list(inputs), active, start, baseline)

    def ended(self) -> bool:
        """The process is gone."""
        return self._process.poll() is not None

    def close(self) -> None:
        """End it with all its children."""
        with self._closing:
            if not self._open:
                return
            self._open = False
        os.close(self._life)
        try:
            self._process.wait(5.0)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait(5.0)
        self._control.close()
        self._complaints.close()
        shutil.rmtree(self._base, ignore_errors=True)

    def _expect(self, what: str, timeout_s: float) -> dict[str, Any]:
        try:
            message: dict[str, Any] = json.loads(receive_ready(self._control, timeout_s)[0])
            if what in message:
                self._control.settimeout(None)
                return message
            reason = message.get("refused", "it answered out of turn")
        except (EOFError, TimeoutError, ConnectionError):
            self._complaints.seek(0)
            said = self._complaints.read().decode("utf-8", "replace").strip().rpartition("\n")[2]
            reason = said or "it ended"
        self.close()
        raise SandboxUnavailable(f"The zygote sandbox can't start: {reason[:300]}.")


def _handshake(channel: socket.socket) -> tuple[int, int, dict[str, Any]]:
    """(pidfd, scratch descriptor, active protections) from the zygote's and the child's messages, in either order."""
    deadline = time.monotonic() + FORK_TIMEOUT_S
    pidfd = scratch = None
    active: dict[str, Any] = {}
    while pidfd is None or scratch is None:
        message, fds = receive_ready(channel, max(0.01, deadline - time.monotonic()))
        content = json.loads(message)
        if "forked" in content:
            pidfd = fds[0]
        elif "ready" in content:
            scratch, active = fds[0], content["ready"]
        else:
            if pidfd is not None:
                os.close(pidfd)
            raise SandboxFailure(f"A sandboxed process could not be isolated: {content.get('failed', 'it ended')}.")
    return pidfd, scratch, active


class ZygoteChild:
    """One forked, isolated process."""

    def __init__(
        self,
        pipes: Pipes,
        channel: socket.socket,
        pidfd: int,
        scratch: int,
        inputs: list[str],
        active: dict[str, Any],
        start: Launch,
        resident_mb: float,
    ) -> None:
        self._pipes, self._channel, self._pidfd = pipes, channel, pidfd
        self.requests, self.replies, self.stdout, self.stderr = (
            pipes.requests,
            pipes.replies,
            pipes.stdout,
            pipes.stderr,
        )
        self.scratch, self.scratch_path = scratch, SCRATCH
        self.inputs = {name: f"{INPUTS}/{name}" for name in inputs}
        self.exit_fd = channel.fileno()
        self.pid = pid_of(pidfd)
        self.baseline_mb = usage.memory_mb(self.pid)
        self.active: Mapping[str, Any] = active
        self._resident_mb = resident_mb
        self._exit: Exit | None = None
        self._open = True
        self._group = Group.create(start.limits)
        active["cgroup"] = self._group is not None and self._group.add(self.pid)

    def kill(self) -> None:
        """End the first process of its PID namespace, and so all of them."""
        with contextlib.suppress(ProcessLookupError):
            signal.pidfd_send_signal(self._pidfd, signal.SIGKILL)

    def starved(self) -> bool:
        """The control group's own count."""
        return self._group is not None and self._group.killed_for_memory()

    def reap(self, timeout_s: float) -> Exit | None:
        """What the zygote says of its end."""
        if self._exit is None:
            try:
                message, _fds = receive_ready(self._channel, timeout_s)
            except TimeoutError:
                return None
            except (EOFError, ConnectionError) as error:
                raise SandboxFailure("The sandbox's warm process died while a job was running.") from error
            ended = json.loads(message)
            seen = exit_from(ended["status"], ended["max_rss_mb"], ended["cpu_s"], self._resident_mb)
            group = self._group
            self._exit = Exit(
                seen.code,
                seen.signal,
                (group.peak_mb() if group else 0.0) or seen.peak_mb,
                seen.cpu_s,
                self.starved(),
            )
        return self._exit

    def close(self) -> None:
        """Kill it if it runs, and give everything back."""
        if not self._open:
            return
        self._open = False
        self.kill()
        with contextlib.suppress(SandboxFailure):
            self.reap(10.0)
        self._pipes.close()
        self._channel.close()
        os.close(self._pidfd)
        os.close(self.scratch)
        if self._group is not None:
            self._group.remove()


def pid_of(pidfd: int) -> int:
    """The process that a pidfd names, as this process sees it."""
    lines = Path(f"/proc/self/fdinfo/{pidfd}").read_text().splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith("Pid:"))
