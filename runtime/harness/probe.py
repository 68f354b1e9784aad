"""Entry point that reports from inside what the box lets through; `runtime.box.check` shows it to a person."""

import errno
import os
import socket
from pathlib import Path
from typing import Any

from runtime.events import Emit

_STATUS_FIELDS = ("Seccomp", "NoNewPrivs", "CapEff", "CapBnd")


def run(payload: dict[str, Any], _inputs: dict[str, Path], scratch: Path, emit: Emit) -> dict[str, Any]:
    """What this process may do, as data. `payload["events"]` asks for that many progress events first."""
    for step in range(payload.get("events", 0)):
        emit({"kind": "note", "step": step})
    return {
        "network": _can_connect(),
        "writable": sorted(path for path in ("/", "/usr", "/etc", "/root", "/home") if _writable(path)),
        "scratch": _writable(str(scratch)),
        "namespaces": _namespaces(),
        "processes": sum(path.name.isdigit() for path in Path("/proc").iterdir()),
        "roots": sorted(path.name for path in Path("/").iterdir()),
        "uid": os.getuid(),
        "pid": os.getpid(),
        "status": _status(),
        "variables": sorted(os.environ),
    }


def _can_connect() -> bool:
    """A datagram can be sent towards another machine (nothing is: the address is reserved for documentation)."""
    try:
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sender:
            sender.connect(("192.0.2.1", 9))
    except OSError as error:
        return error.errno not in (errno.EPERM, errno.EACCES, errno.ENETUNREACH, errno.EAFNOSUPPORT)
    return True


def _writable(folder: str) -> bool:
    probe = Path(folder, f".arxla-probe-{os.getpid()}")
    try:
        probe.touch(exist_ok=False)
        probe.unlink()
    except OSError:
        return False
    return True


def _namespaces() -> dict[str, str]:
    """Kind to identity, e.g. {"net": "net:[4026531840]"}; empty where /proc is absent."""
    try:
        return {kind.name: str(kind.readlink()) for kind in Path("/proc/self/ns").iterdir()}
    except OSError:
        return {}


def _status() -> dict[str, str]:
    try:
        lines = Path("/proc/self/status").read_text().splitlines()
    except OSError:
        return {}
    pairs = (line.split(":", 1) for line in lines)
    return {name: value.strip() for name, value in pairs if name in _STATUS_FIELDS}
