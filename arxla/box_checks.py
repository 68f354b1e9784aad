"""What `arxla doctor` runs to see whether the device and the boxes work: real processes, each with a time limit."""

import contextlib
import json
import shutil
import socket
import subprocess
import sys
import tempfile
from pathlib import Path

from arxla.checks import Check
from runtime.box.protocol import Sandbox
from runtime.box.registry import open_sandbox
from runtime.errors import SandboxFailure, SandboxUnavailable
from runtime.job import ExecutionResult, Job, Limits
from runtime.task import SandboxName, Target

SCRIPT = "runtime.harness.script:run"
DEVICE_TIMEOUT_S = 180.0
"""The first import of torch_xla on a cold disk takes most of it."""

DEVICE_PROBE = """
import json, sys
from runtime.devices import open_device
import torch
device = open_device(sys.argv[1])
total = (torch.ones(64, 64, device=device.handle) @ torch.ones(64, 64, device=device.handle)).sum().item()
print(json.dumps({"words": device.words, "fallback": device.fallback, "right": total == 64.0**3}))
"""
ESCAPE_PROBE = """
import pathlib, socket, sys
try:
    socket.create_connection(("127.0.0.1", int(sys.argv[1])), timeout=2).close()
except OSError:
    pass
try:
    pathlib.Path(sys.argv[2]).write_text("escaped")
except OSError:
    pass
"""


def check_device(target: Target, timeout_s: float = DEVICE_TIMEOUT_S) -> Check:
    """Open the target's device in a process of its own and multiply two matrices on it."""
    command = [sys.executable, "-c", DEVICE_PROBE, target]
    advice = "Reinstall with `pip install -r requirements.txt`, or choose --target cpu."
    try:
        done = subprocess.run(command, capture_output=True, text=True, timeout=timeout_s, check=False)
    except subprocess.TimeoutExpired:
        detail = f"{target} did not answer within {timeout_s:.0f} s"
        return Check(name="device", state="fail", detail=detail, advice="Restart the device, or choose --target cpu.")
    try:
        found = json.loads(done.stdout.strip().splitlines()[-1]) if done.returncode == 0 else None
    except (ValueError, IndexError):
        found = None
    if not isinstance(found, dict) or not found.get("right"):
        last = (done.stderr.strip().splitlines() or [f"exit code {done.returncode}"])[-1]
        return Check(name="device", state="fail", detail=f"{target}: {last[:200]}", advice=advice)
    if found["fallback"]:
        advice = "Choose the target that this machine has, e.g. --target cpu."
        return Check(name="device", state="warn", detail=found["fallback"], advice=advice)
    return Check(name="device", state="ok", detail=f"{found['words']}: a product of two matrices is right")


def check_box(name: SandboxName) -> Check:
    """Run a job in the box that tries to reach this process over the network and to write where it must not."""
    advice = "Install bubblewrap or allow user namespaces; `--sandbox none` runs generated code unprotected."
    try:
        sandbox = open_sandbox(name)
    except (SandboxUnavailable, SandboxFailure) as fault:
        return Check(name="box", state="fail", detail=str(fault), advice=advice)
    try:
        with tempfile.TemporaryDirectory() as folder:
            result, escaped = _try_to_escape(sandbox, Path(folder))
    except SandboxFailure as fault:
        return Check(name="box", state="fail", detail=f"{sandbox.name}: {fault}", advice=advice)
    finally:
        sandbox.close()
    if not result.ok:
        return Check(
            name="box", state="fail", detail=f"{sandbox.name}: {result.detail or result.status}", advice=advice
        )
    if sandbox.name == "none":
        return Check(name="box", state="warn", detail="no isolation, as you asked", advice="Leave --sandbox out.")
    if escaped:
        detail = f"{sandbox.name} lets a job reach {' and '.join(escaped)} outside of it"
        return Check(name="box", state="fail", detail=detail, advice=advice)
    detail = f"{sandbox.name}: a job starts in {1000 * result.start_s:.0f} ms and reaches neither network nor files"
    return Check(name="box", state="ok", detail=detail)


def check_bubblewrap() -> Check:
    """The second sandbox, used where the first can't be."""
    path = shutil.which("bwrap")
    advice = "Install it (`apt-get install bubblewrap`): it isolates where the warm box can't."
    if path is None:
        return Check(name="bubblewrap", state="warn", detail="not installed", advice=advice)
    try:
        command = [path, "--ro-bind", "/", "/", "--unshare-all", "true"]
        done = subprocess.run(command, capture_output=True, text=True, timeout=20, check=False)
    except subprocess.TimeoutExpired:
        return Check(name="bubblewrap", state="warn", detail=f"{path} does not answer", advice=advice)
    if done.returncode:
        detail = (done.stderr.strip().splitlines() or [f"exit code {done.returncode}"])[-1]
        return Check(
            name="bubblewrap", state="warn", detail=detail[:200], advice="Allow user namespaces on this machine."
        )
    return Check(name="bubblewrap", state="ok", detail=path)


def _try_to_escape(sandbox: Sandbox, folder: Path) -> tuple[ExecutionResult, list[str]]:
    """Run the probe; what can be seen out here to have been reached counts, not what the probe says."""
    forbidden = folder / "forbidden"
    (folder / "scratch").mkdir()
    escaped = []
    with socket.create_server(("127.0.0.1", 0)) as server:
        server.setblocking(False)
        payload = {"source": ESCAPE_PROBE, "argv": [server.getsockname()[1], str(forbidden)]}
        job = Job(name="doctor", entry=SCRIPT, payload=payload, scratch=folder / "scratch", limits=Limits(wall_s=60.0))
        result = sandbox.run(job)
        if result.ok:  # again, now that the box is warm, for the time that a job takes to start
            result = sandbox.run(job)
        with contextlib.suppress(BlockingIOError):
            server.accept()[0].close()
            escaped.append("the network")
    if forbidden.exists():
        escaped.append("files")
    return result, escaped
