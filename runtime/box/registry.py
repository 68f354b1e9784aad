"""From a sandbox's short name to the sandbox. An implementation is imported only when it is chosen."""

import importlib
import sys

from runtime.box.protocol import Sandbox
from runtime.box.ray.address import check_ray
from runtime.box.temporary import sweep_folders
from runtime.errors import SandboxUnavailable
from runtime.task import SandboxName

OPENERS = {
    "zygote": "runtime.box.zygote:open_zygote",
    "bubblewrap": "runtime.box.bubblewrap:open_bubblewrap",
    "none": "runtime.box.unboxed:open_unboxed",
}
PREFERRED = ("zygote", "bubblewrap")


def open_sandbox(name: SandboxName = "auto", device: str = "CPU") -> Sandbox:
    """Open a sandbox that works here. `device` is the PJRT device its jobs may use (CPU, CUDA, NEURON, TPU).

    "auto" takes the zygote, else bubblewrap. Raises `SandboxUnavailable` when there is no isolation; "none" is opened
    only when it is asked for by that name.
    """
    if name != "auto":
        return _open(name, device)
    reasons = []
    for candidate in PREFERRED:
        try:
            return _open(candidate, device)
        except SandboxUnavailable as unavailable:
            reasons.append(f"{candidate}: {str(unavailable).rstrip('.')}")
    where = "install bubblewrap or allow user namespaces" if sys.platform == "linux" else "use Linux"
    raise SandboxUnavailable(
        f"Generated code can't be isolated here ({'; '.join(reasons)}): {where}, or say `--sandbox none` to run it "
        "without isolation."
    )


def open_on_ray(address: str | None, name: SandboxName = "auto", device: str = "CPU") -> Sandbox:
    """The sandbox `name` on each node of the Ray cluster at `address` (host:port; None starts a Ray of this machine).

    Raises `InputError` without Ray or an answer, and `SandboxUnavailable` when a node can't run jobs.
    """
    check_ray(address)
    from runtime.box.ray import sandbox

    return sandbox.open_on_ray(address, name, device)


def _open(name: str, device: str) -> Sandbox:
    sweep_folders()
    module, _, opener = OPENERS[name].partition(":")
    sandbox: Sandbox = getattr(importlib.import_module(module), opener)(device)
    return sandbox
