"""The inner process of the zygote: its imports, and the loop that forks."""

import contextlib
import gc
import importlib
import json
import os
import pkgutil
import select
import signal
import socket
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NoReturn

from runtime.box import isolation, linux, worker
from runtime.box.view import SCRATCH, View
from runtime.job import Limits

LIBRARIES = (
    "numpy", "torch", "torch.export._trace", "torch._inductor.compiler_bisector", "torch_xla",
    "torch_xla.core.xla_model", "torch_xla.debug.metrics", "safetensors.torch",
)  # fmt: skip
"""The two private ones are what the first export of a job would import (35 ms)."""
MESSAGE_BYTES = 65536


def serve_forks(control: socket.socket, setup: dict[str, Any]) -> NoReturn:
    """Say that isolation works, import, then fork for every message on `control` until it closes."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    try:
        isolation.build_base(setup["base"], View(**setup["view"]))
        own_pids = os.open("/proc/self/ns/pid", os.O_RDONLY)
        control.send(json.dumps({"isolated": True}).encode())
        import_all()
    except (OSError, ImportError, RuntimeError) as error:
        control.send(json.dumps({"refused": f"{type(error).__name__}: {error}"[:1000]}).encode())
        sys.exit(1)
    control.send(json.dumps({"imported": True, "baseline_mb": _resident_mb()}).encode())
    _Forker(control, setup["base"], own_pids).loop()


def import_all() -> None:
    """Imports and nothing else: a thread or a device in this process would break its children.

    Raises RuntimeError when an import started a thread.
    """
    for name in LIBRARIES:
        importlib.import_module(name)
    harness = importlib.import_module("runtime.harness")
    for module in pkgutil.iter_modules(harness.__path__, "runtime.harness."):
        importlib.import_module(module.name)
    gc.collect()
    gc.freeze()
    if linux.thread_total() != 1:
        raise RuntimeError(f"an import started {linux.thread_total() - 1} threads, so forking is not safe")


@dataclass
class _Running:
    pid: int
    channel: socket.socket


class _Forker:
    """Forks, reaps, and kills what arxla let go of."""

    def __init__(self, control: socket.socket, base: str, own_pids: int) -> None:
        self._control, self._base, self._own_pids = control, base, own_pids
        self._poll = select.poll()
        self._poll.register(control, select.POLLIN)
        self._by_exit: dict[int, _Running] = {}
        self._by_channel: dict[int, _Running] = {}

    def loop(self) -> NoReturn:
        """Until arxla closes the control socket; as the first process of its namespace, it takes all others along."""
        while True:
            for fd, _event in self._poll.poll():
                if fd == self._control.fileno():
                    message, fds, _flags, _address = socket.recv_fds(self._control, MESSAGE_BYTES, 8)
                    if not message:
                        os._exit(0)
                    self._fork(json.loads(message), fds)
                elif fd in self._by_exit:
                    self._reap(fd)
                elif fd in self._by_channel:
                    self._poll.unregister(fd)
                    with contextlib.suppress(ProcessLookupError):
                        os.kill(self._by_channel.pop(fd).pid, signal.SIGKILL)

    def _fork(self, request: dict[str, Any], fds: list[int]) -> None:
        linux.unshare(linux.NEWPID)
        pid = os.fork()
        if pid == 0:
            _become_job(self._base, request, fds)
        linux.setns(self._own_pids, linux.NEWPID)
        exit_fd = os.pidfd_open(pid)
        channel = socket.socket(fileno=fds.pop())
        for fd in fds:
            os.close(fd)
        with contextlib.suppress(OSError):
            socket.send_fds(channel, [b'{"forked": true}'], [exit_fd])
        running = _Running(pid, channel)
        self._by_exit[exit_fd] = self._by_channel[channel.fileno()] = running
        self._poll.register(exit_fd, select.POLLIN)
        self._poll.register(channel, select.POLLHUP)

    def _reap(self, exit_fd: int) -> None:
        running = self._by_exit.pop(exit_fd)
        _pid, status, used = os.wait4(running.pid, 0)
        ended = {"status": status, "max_rss_mb": used.ru_maxrss / 1024, "cpu_s": used.ru_utime + used.ru_stime}
        with contextlib.suppress(OSError):
            running.channel.send(json.dumps(ended).encode())
        self._poll.unregister(exit_fd)
        if self._by_channel.pop(running.channel.fileno(), None) is not None:
            self._poll.unregister(running.channel)
        running.channel.close()
        os.close(exit_fd)


def _become_job(base: str, request: dict[str, Any], fds: list[int]) -> NoReturn:
    """In the forked child: isolate, lock, report, serve. Never returns."""
    requests, replies, stdout, stderr, channel_fd = fds
    try:
        os.dup2(stdout, 1)
        os.dup2(stderr, 2)
        kept = sorted((requests, replies, channel_fd))
        for low, high in zip([2, *kept], [*kept, os.sysconf("SC_OPEN_MAX")], strict=True):
            os.closerange(low + 1, high)
        for number in (signal.SIGINT, signal.SIGTERM):
            signal.signal(number, signal.SIG_DFL)
        limits = Limits.model_validate(request["limits"])
        channel = socket.socket(fileno=channel_fd)
        active = isolation.enter(base, request["inputs"], limits)
        scratch = os.open(SCRATCH, os.O_RDONLY | os.O_DIRECTORY)
        active |= isolation.lock(limits, request["lasting"])
        socket.send_fds(channel, [json.dumps({"ready": active}).encode()], [scratch])
    except OSError as error:
        with contextlib.suppress(OSError):
            channel.send(json.dumps({"failed": str(error)}).encode())
        os._exit(1)
    os.close(scratch)
    channel.close()
    tempfile.tempdir = None  # imports may have settled on a folder of the host's; TMPDIR exists only now
    worker.serve(requests, replies, SCRATCH)
    os._exit(0)


def _resident_mb() -> float:
    return int(Path("/proc/self/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE") / 2**20
