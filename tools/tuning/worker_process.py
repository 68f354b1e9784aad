"""A helper process spoken to in JSON lines, with a bound on every wait."""

import contextlib
import json
import os
import select
import subprocess
import sys
import tempfile
import time
from typing import Any

from tools.tuning.protocol import TunerError

STDERR_TAIL = 2000


class WorkerProcess:
    """`python -m MODULE`, started at once and not waited for; it ends when this process closes its stdin or dies."""

    def __init__(self, module: str) -> None:
        self._errors = tempfile.TemporaryFile()  # noqa: SIM115 - lives as long as the process
        self._process = subprocess.Popen(
            [sys.executable, "-m", module],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=self._errors,
            bufsize=0,
        )
        self._pending = b""

    @property
    def pid(self) -> int:
        return self._process.pid

    def send(self, message: dict[str, Any]) -> None:
        """Write one message; raises `TunerError` when the process is gone."""
        assert self._process.stdin is not None
        try:
            self._process.stdin.write(json.dumps(message).encode() + b"\n")
        except (OSError, ValueError) as error:
            raise TunerError(f"the optimiser's process is gone{self._last_words()}") from error

    def receive(self, timeout_s: float) -> dict[str, Any]:
        """The next reply; raises `TunerError` at its error, at the end of the process, and after the timeout."""
        deadline = time.monotonic() + timeout_s
        while b"\n" not in self._pending:
            self._pending += self._chunk(deadline, timeout_s)
        line, _, self._pending = self._pending.partition(b"\n")
        reply: dict[str, Any] = json.loads(line)
        if "error" in reply:
            raise TunerError(reply["error"])
        return reply

    def close(self) -> None:
        """End the process; may be called twice, and while another thread waits in `receive`."""
        if self._process.stdin is not None:
            with contextlib.suppress(OSError):
                self._process.stdin.close()
        self._process.kill()
        with contextlib.suppress(subprocess.TimeoutExpired):
            self._process.wait(5)

    def _chunk(self, deadline: float, timeout_s: float) -> bytes:
        assert self._process.stdout is not None
        remaining = deadline - time.monotonic()
        descriptor = self._process.stdout.fileno()
        ready = select.select([descriptor], [], [], max(0.0, remaining))[0]
        if not ready:
            raise TunerError(f"the optimiser's process gave no answer within {timeout_s:.0f} s{self._last_words()}")
        chunk = os.read(descriptor, 65536)
        if not chunk:
            raise TunerError(f"the optimiser's process ended{self._last_words()}")
        return chunk

    def _last_words(self) -> str:
        """The end of its stderr, for the message."""
        size = self._errors.seek(0, os.SEEK_END)
        self._errors.seek(max(0, size - STDERR_TAIL))
        lines = self._errors.read().decode(errors="replace").strip().splitlines()
        return f": {lines[-1]}" if lines else ""
