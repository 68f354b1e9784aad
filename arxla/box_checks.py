"""What `arxla doctor` runs to see whether the device and the boxes work: real processes, each with a time limit."""

import json
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

from arxla.checks import Check
from graph.side_by_side import side_by_side
from runtime.box.check import check_box as probe_box
from runtime.box.registry import open_on_ray
from runtime.errors import InputError, SandboxFailure, SandboxUnavailable
from runtime.job import Job
from runtime.task import SandboxName, Target

SECOND_FENCES = {"landlock", "cgroup", "other processes"}
"""Protections without which the others still hold."""
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
    """Run a probe in the box and say which of its protections hold."""
    found = probe_box(name)
    works, missing = found[0], [protection for protection in found[1:] if not protection.active]
    if not works.active:
        advice = works.advice or "Try `--sandbox bubblewrap`."
        return Check(name="box", state="fail", detail=works.found, advice=advice)
    holding = ", ".join(protection.name for protection in found[1:] if protection.active)
    detail = f"{works.found}; active: {holding or 'nothing'}"
    if name == "none":
        return Check(
            name="box", state="warn", detail=f"{works.found}; no isolation, as you asked", advice="Leave --sandbox out."
        )
    needed = [protection for protection in missing if protection.name not in SECOND_FENCES]
    if needed:
        detail = f"{works.found}; missing: {', '.join(f'{p.name} ({p.found})' for p in needed)}"
        return Check(name="box", state="fail", detail=detail, advice=needed[0].advice)
    advice = next((protection.advice for protection in missing if protection.advice), "")
    return Check(name="box", state="warn" if advice else "ok", detail=detail, advice=advice)


def check_ray(address: str | None, name: SandboxName, device: str, target: Target) -> Check:
    """Open the box on each node of the Ray cluster and run a probe in one of them."""
    advice = "Mend what it says, or choose --executor local."
    try:
        sandbox = open_on_ray(address, name, device)
    except (InputError, SandboxUnavailable) as fault:
        return Check(name="ray", state="fail", detail=str(fault), advice=advice)
    try:
        with tempfile.TemporaryDirectory(prefix="arxla-check-") as scratch:
            done = sandbox.run(Job(name="check", entry="runtime.harness.probe:run", scratch=Path(scratch)))
            places = side_by_side(target, sandbox)
    except SandboxFailure as fault:
        return Check(name="ray", state="fail", detail=str(fault), advice=advice)
    finally:
        sandbox.close()
    if not done.ok:
        return Check(name="ray", state="fail", detail=f"a probe on {done.node}: {done.detail}", advice=advice)
    place = address or "a Ray of this machine alone"
    detail = f"{place}: {places} jobs at once; a probe ran in {done.sandbox} on {done.node}"
    return Check(name="ray", state="ok", detail=detail)


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
