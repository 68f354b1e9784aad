"""The loop that runs inside the box: read a request, call the trusted entry point, write what it returned."""

import contextlib
import faulthandler
import fcntl
import importlib
import json
import os
import resource
import secrets
import signal
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

from runtime.box.failure import error_report
from runtime.box.frames import LARGEST_REPLY, TOKEN_BYTES, Kind, encode_reply, read_request, write_all
from runtime.events import Emit

Entry = Callable[[dict[str, Any], dict[str, Path], Path, Emit], dict[str, Any]]


def serve(requests: int, replies: int, scratch: str) -> None:
    """Answer requests until the trusted side closes the pipe or asks for the last one; never returns to the caller.

    Ends by `os._exit`, so that neither exit hooks nor threads that generated code left behind run afterwards.
    """
    requests, replies = _hidden(requests), _hidden(replies)
    faulthandler.enable(all_threads=False)  # a crash in native code leaves its Python line on stderr
    code = 1
    try:
        while (request := read_request(requests)) is not None:
            _answer(request, replies, scratch)
            if request["last"]:
                break
            _sweep()
        code = 0
    finally:
        os._exit(code)


def _hidden(fd: int) -> int:
    """The same pipe under a number that code in this process can't guess at once."""
    highest = resource.getrlimit(resource.RLIMIT_NOFILE)[0]
    moved = fcntl.fcntl(fd, fcntl.F_DUPFD_CLOEXEC, 3 + secrets.randbelow(max(1, highest // 2)))
    os.close(fd)
    return moved


def _answer(request: dict[str, Any], replies: int, scratch: str) -> None:
    token = bytes.fromhex(request["token"])
    assert len(token) == TOKEN_BYTES
    pid = os.getpid()

    def send(kind: Kind, content: dict[str, Any]) -> None:
        write_all(replies, encode_reply(token, kind, _encode(content)))

    def emit(event: dict[str, Any]) -> None:
        send(Kind.EVENT, event)

    try:
        entry = load_entry(request["entry"])
        send(Kind.START, {})
        inputs = {name: Path(path) for name, path in request["inputs"].items()}
        value = entry(request["payload"], inputs, Path(scratch), emit)
        if not isinstance(value, dict):
            raise TypeError(f"the entry point must return a dict, not {type(value).__name__}")
        reply = _encode({"value": value, "compilations": _compilations()})
    except BaseException as error:  # noqa: BLE001  generated code may raise anything; all of it is data
        reply = _encode_failure(error, _compilations())
    if os.getpid() != pid:  # a fork of the generated code came back through the harness
        os._exit(0)
    _flush()
    write_all(replies, encode_reply(token, Kind.RESULT, reply))


def load_entry(entry: str) -> Entry:
    """The function that "package.module:function" names; only `runtime.harness` may be named."""
    module, _, function = entry.partition(":")
    if not module.startswith("runtime.harness.") or not function:
        raise ValueError(f"{entry!r} is not an entry point: it must look like runtime.harness.module:function")
    loaded: Entry = getattr(importlib.import_module(module), function)
    return loaded


def _encode(content: dict[str, Any]) -> bytes:
    body = json.dumps(content, ensure_ascii=False, allow_nan=False).encode("utf-8", "replace")
    if len(body) > LARGEST_REPLY:
        raise ValueError(f"{len(body)} bytes were returned and {LARGEST_REPLY} is the most")
    return body


def _encode_failure(error: BaseException, compilations: int) -> bytes:
    try:
        return _encode({"error": error_report(error, "call"), "compilations": compilations})
    except (TypeError, ValueError, RecursionError) as unreadable:
        return _encode({"error": error_report(unreadable, "report"), "compilations": compilations})


def _compilations() -> int:
    """XLA compilations of this process so far; 0 when torch_xla was never used."""
    metrics = sys.modules.get("torch_xla.debug.metrics")
    data = metrics.metric_data("CompileTime") if metrics is not None else None
    return int(data[0]) if data else 0


def _flush() -> None:
    for stream in (sys.stdout, sys.stderr):
        with contextlib.suppress(OSError, ValueError, AttributeError):
            stream.flush()


def _sweep() -> None:
    """End and reap what the last job left running. Only where this process is the first of its PID namespace."""
    if os.getpid() != 1:
        return
    with contextlib.suppress(ProcessLookupError):
        os.kill(-1, signal.SIGKILL)
    with contextlib.suppress(ChildProcessError):
        while True:
            os.waitpid(-1, 0)
