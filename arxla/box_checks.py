"""What `arxla doctor` runs to see whether the device and the boxes work: real processes, each with a time limit."""

import json
import shutil
import subprocess
import sys

from arxla.checks import Check
from runtime.box.check import check_box as probe_box
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
