"""Runs a real job in the sandbox that is in use and says which protections it found active."""

import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from runtime.box.child import Launch
from runtime.box.registry import open_sandbox
from runtime.box.session import LaunchedSandbox
from runtime.errors import SandboxFailure, SandboxUnavailable
from runtime.job import ExecutionResult, Job, Limits
from runtime.task import SandboxName


@dataclass(frozen=True)
class Protection:
    """One thing that the box should do."""

    name: str
    active: bool
    found: str
    """What was seen, in words."""
    advice: str = ""
    """What to do when it is not active; empty when nothing need be done."""


def check_box(name: SandboxName = "auto", device: str = "CPU") -> list[Protection]:
    """Open the sandbox, run a probe job in it, and report. The first entry says whether it works at all."""
    try:
        sandbox = open_sandbox(name, device)
    except SandboxUnavailable as unavailable:
        return [Protection("sandbox", False, str(unavailable), "Install bubblewrap or allow user namespaces.")]
    try:
        assert isinstance(sandbox, LaunchedSandbox)
        with tempfile.TemporaryDirectory(prefix="arxla-check-") as scratch:
            job = Job(name="check", entry="runtime.harness.probe:run", scratch=Path(scratch))
            sandbox.run(job)  # the first one may wait for the warm process to import
            result = sandbox.run(job)
        active = active_protections(sandbox)
    except SandboxFailure as failure:
        return [Protection("sandbox", False, str(failure), "Try `--sandbox bubblewrap`.")]
    finally:
        sandbox.close()
    return judge(sandbox.name, result, active)


def active_protections(sandbox: LaunchedSandbox) -> dict[str, Any]:
    """What a fresh process of this sandbox says that it switched on."""
    child = sandbox.launcher.launch(Launch(Limits(), {}))
    try:
        return dict(child.active)
    finally:
        child.close()


def judge(name: str, result: ExecutionResult, active: dict[str, Any]) -> list[Protection]:
    """From a probe's result and the protections reported at launch to a list for a person."""
    works = Protection(
        "sandbox", result.ok, f"{name}: {result.detail or f'a job took {result.duration_s * 1000:.0f} ms'}"
    )
    if not result.ok or result.value is None:
        return [works]
    value, status = result.value, result.value["status"]
    mine = {kind.name: str(kind.readlink()) for kind in Path("/proc/self/ns").iterdir()}
    own = sorted(kind for kind, identity in value["namespaces"].items() if mine.get(kind) != identity)
    separate = own or list(active.get("namespaces", []))  # without /proc inside, what the launcher says
    abi, cgroup = int(active.get("landlock_abi", 0)), bool(active.get("cgroup"))
    filtered = status.get("Seccomp", "2" if active.get("seccomp") else "0") == "2"
    powers = int(status.get("CapEff", "0"), 16)
    outside = ", ".join(value["writable"]) or "nothing"
    return [
        works,
        _needed("namespaces", bool(separate), ", ".join(separate) or "none"),
        _needed("network", not value["network"], "reachable" if value["network"] else "closed"),
        _needed("files", not value["writable"], f"writable outside scratch: {outside}"),
        _needed("seccomp", filtered, "system calls filtered" if filtered else "off"),
        _needed("privileges", powers == 0, f"capabilities {powers:x}"),
        Protection("landlock", abi > 0, f"ABI {abi}", "" if abi else "Linux 5.13 or newer adds this second fence."),
        Protection("cgroup", cgroup, "bounds by the kernel" if cgroup else "bounds by rlimits and ten looks a second"),
        Protection("other processes", value["processes"] <= 1, f"{value['processes']} processes seen in /proc"),
    ]


def _needed(name: str, active: bool, found: str) -> Protection:
    return Protection(name, active, found, "" if active else "Use the zygote or bubblewrap sandbox.")
