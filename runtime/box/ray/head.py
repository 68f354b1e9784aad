"""Starts a Ray of this machine alone, which ends with this process however it goes."""

import functools
import os
import secrets
import select
import subprocess
import sys
import tempfile
import time

from runtime.box.process import GUARD, kill_group
from runtime.box.temporary import HeldFolder
from runtime.box.view import source_root
from runtime.errors import SandboxUnavailable

START_TIMEOUT_S = 120.0
LONGEST_FOLDER = 45
"""Letters that Ray leaves for its folder in the path of a socket (107 in all)."""


@functools.cache
def authentication() -> dict[str, str]:
    """Variables without which nobody may use the Ray that this process starts; its ports are open to all users."""
    return {"RAY_AUTH_MODE": "token", "RAY_AUTH_TOKEN": secrets.token_hex(32)}


class Head:
    """A running head; `address` is host:port."""

    def __init__(self) -> None:
        self._folder = HeldFolder("ray")
        if len(str(self._folder.path)) > LONGEST_FOLDER:
            self._folder.remove()
            place = tempfile.gettempdir()
            raise SandboxUnavailable(f"Ray's sockets can't be made below {place}: set a shorter TMPDIR.")
        life, self._life = os.pipe()
        environment = {
            "PATH": "/usr/local/bin:/usr/bin:/bin",
            "HOME": str(self._folder.path),
            "TMPDIR": tempfile.gettempdir(),
            "LANG": "C.UTF-8",
            "PYTHONPATH": source_root(),
            "RAY_USAGE_STATS_ENABLED": "0",
            "RAY_worker_niceness": "0",  # else 15, and jobs would run slower than without Ray
            **authentication(),
        }
        head = [sys.executable, "-P", "-m", "runtime.box.ray.head_main", str(self._folder.path)]
        self._complaints = tempfile.TemporaryFile()  # noqa: SIM115  lives as long as the head
        self._process = subprocess.Popen(
            [sys.executable, "-I", "-S", str(GUARD), str(life), *head],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=self._complaints,
            env=environment,
            pass_fds=(life,),
            start_new_session=True,
            cwd="/",
        )
        os.close(life)
        self.address = self._told()

    def close(self) -> None:
        """End it with everything that it started."""
        if self._life < 0:
            return
        os.close(self._life)
        self._life = -1
        try:
            self._process.wait(10.0)
        except subprocess.TimeoutExpired:
            kill_group(self._process)
            self._process.wait(10.0)
        assert self._process.stdout is not None
        self._process.stdout.close()
        self._complaints.close()
        self._folder.remove()

    def _told(self) -> str:
        assert self._process.stdout is not None
        deadline, said, pipe = time.monotonic() + START_TIMEOUT_S, b"", self._process.stdout.fileno()
        while not said.endswith(b"\n"):
            ready = select.select([pipe], [], [], max(0.0, deadline - time.monotonic()))[0]
            part = os.read(pipe, 4096) if ready else b""
            if not part:
                self._complaints.seek(0)
                reason = self._complaints.read().decode("utf-8", "replace").strip().rpartition("\n")[2]
                self.close()
                raise SandboxUnavailable(f"Ray can't be started here: {reason[:300] or 'it said nothing'}.")
            said += part
        return said.decode().split()[-1]
