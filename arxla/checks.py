"""What `arxla doctor` looks at: each check is a function that tries the thing itself and answers with one line."""

import contextlib
import json
import shutil
import socket
import subprocess
import sys
import tempfile
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Literal

from pydantic import BaseModel

from runtime.box.protocol import Sandbox
from runtime.box.registry import open_sandbox
from runtime.errors import ArxlaError, SandboxFailure, SandboxUnavailable
from runtime.job import ExecutionResult, Job, Limits
from runtime.models.check import check_model
from runtime.settings import Settings
from runtime.task import SandboxName, Target

State = Literal["ok", "warn", "fail"]
SCRIPT = "runtime.harness.script:run"
OLDEST_PYTHON = (3, 11)
DEVICE_TIMEOUT_S = 180.0
"""The first import of torch_xla on a cold disk takes most of it."""
SCARCE_DISK_GB, LITTLE_DISK_GB = 0.5, 2.0
SCARCE_MEMORY_GB, LITTLE_MEMORY_GB = 1.5, 4.0

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


class Check(BaseModel):
    """One line of the doctor."""

    name: str
    state: State
    detail: str
    advice: str = ""
    """What to do, when the state is not ok."""


def check_python() -> Check:
    """The interpreter's version."""
    found = ".".join(map(str, sys.version_info[:3]))
    if sys.version_info[:2] < OLDEST_PYTHON:
        return Check(name="python", state="fail", detail=found, advice="Use Python 3.11 or newer.")
    return Check(name="python", state="ok", detail=f"{found} in {sys.prefix}")


def check_versions(target: Target) -> Check:
    """torch and, for the target xla, a torch_xla of the same minor version."""
    torch, torch_xla = _version("torch"), _version("torch_xla")
    if torch is None:
        advice = "Run `pip install -r requirements.txt`."
        return Check(name="versions", state="fail", detail="torch is not installed", advice=advice)
    if target != "xla":
        return Check(name="versions", state="ok", detail=f"torch {torch}")
    minor = ".".join(torch.split(".")[:2])
    advice = f"Run `pip install 'torch_xla=={minor}.*'`, or choose --target cpu."
    if torch_xla is None:
        return Check(name="versions", state="fail", detail=f"torch {torch}, torch_xla is not installed", advice=advice)
    detail = f"torch {torch}, torch_xla {torch_xla}"
    if torch_xla.split(".")[:2] != torch.split(".")[:2]:
        return Check(name="versions", state="fail", detail=f"{detail} do not belong together", advice=advice)
    return Check(name="versions", state="ok", detail=detail)


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


def check_language_model(model: str, settings: Settings) -> Check:
    """Ask the model for one word; the expert needs nothing."""
    try:
        found = check_model(model, settings, ping=True)
    except ArxlaError as fault:
        advice = "Set the key or the address it names, or choose --model expert, which needs neither."
        return Check(name="model", state="fail", detail=str(fault), advice=advice)
    if found.seconds is None:
        return Check(name="model", state="ok", detail=f"{found.model}: {found.address}, needs no key and no network")
    return Check(name="model", state="ok", detail=f"{found.model} at {found.address} answered in {found.seconds:.1f} s")


def check_disk(results: Path) -> Check:
    """Whether the results folder, or the nearest folder above it, can be written, and how much room is left."""
    place = results.absolute()
    while not place.exists() and place != place.parent:
        place = place.parent
    if not place.is_dir():
        advice = "Choose another folder with --out."
        return Check(name="results", state="fail", detail=f"{place} is a file", advice=advice)
    try:
        with tempfile.NamedTemporaryFile(dir=place, prefix=".arxla-doctor-") as file:
            file.write(b"x" * 4096)
            file.flush()
    except OSError as fault:
        advice = "Choose another folder with --out, or change its permissions."
        return Check(name="results", state="fail", detail=f"{place}: {fault.strerror}", advice=advice)
    free = shutil.disk_usage(place).free / 1e9
    state = _enough(free, SCARCE_DISK_GB, LITTLE_DISK_GB)
    advice = "" if state == "ok" else "Free some space: a run leaves up to a few hundred MB."
    return Check(name="results", state=state, detail=f"{results} can be written, {free:.1f} GB free", advice=advice)


def check_memory(meminfo: Path = Path("/proc/meminfo")) -> Check:
    """Memory that is free now; the box's warm parent takes 0.6 GB and a job on XLA up to 4 GB."""
    try:
        lines = meminfo.read_text().splitlines()
        kilobytes = next(int(line.split()[1]) for line in lines if line.startswith("MemAvailable:"))
    except (OSError, StopIteration, ValueError, IndexError):
        return Check(name="memory", state="warn", detail="unknown on this system", advice="Keep 4 GB free.")
    free = kilobytes / 1e6
    state = _enough(free, SCARCE_MEMORY_GB, LITTLE_MEMORY_GB)
    advice = "" if state == "ok" else "Close other programs, or use fewer rows with --max-rows."
    return Check(name="memory", state=state, detail=f"{free:.1f} GB available", advice=advice)


def check_data_folder(folder: Path | None) -> Check:
    """ARXLA_DATA_DIR, where datasets are looked up by name."""
    if folder is None:
        return Check(name="data", state="ok", detail="ARXLA_DATA_DIR is not set: bundled datasets and your own files")
    if not folder.is_dir():
        advice = "Create the folder, or unset ARXLA_DATA_DIR."
        return Check(name="data", state="fail", detail=f"ARXLA_DATA_DIR is {folder}, which is no folder", advice=advice)
    return Check(name="data", state="ok", detail=f"ARXLA_DATA_DIR {folder}, {sum(1 for _ in folder.iterdir())} entries")


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


def _enough(found: float, scarce: float, little: float) -> State:
    return "fail" if found < scarce else "warn" if found < little else "ok"


def _version(package: str) -> str | None:
    try:
        return version(package)
    except PackageNotFoundError:
        return None
