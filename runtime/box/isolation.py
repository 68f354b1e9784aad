"""Builds the small world of a boxed process and locks it in. Runs before any generated code."""

import contextlib
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from runtime.box import landlock, linux, seccomp
from runtime.box.rlimits import apply_rlimits
from runtime.box.view import FILES, INPUTS, INSIDE_ID, SCRATCH, WRITABLE, View
from runtime.job import Limits

_WORK = "/box/.work"
_EMPTY_FOLDERS = ("/proc", INPUTS, *WRITABLE, _WORK)
_TMPFS = linux.MS_NOSUID | linux.MS_NODEV
MOST_SCRATCH_NODES = 20_000
NAMESPACES = ["user", "mount", "network", "pid", "ipc", "uts"]


def build_base(base: str, view: View) -> None:
    """Lay out at `base` what every job of a zygote sees, once; needs CAP_SYS_ADMIN over the mount namespace."""
    linux.mount("", "/", flags=linux.MS_REC | linux.MS_SLAVE)
    linux.mount("arxla", base, "tmpfs", _TMPFS, "mode=755,size=16m")
    for name in _EMPTY_FOLDERS:
        Path(base + name).mkdir(parents=True)
    for path, target in view.links.items():
        Path(base + path).symlink_to(target)
    for path in view.folders:
        show(path, base + path)
    for node in view.nodes:
        show(node, base + node, writable=True)
    for name, target in (("fd", "/proc/self/fd"), ("stdin", "fd/0"), ("stdout", "fd/1"), ("stderr", "fd/2")):
        Path(base, "dev", name).symlink_to(target)
    for name, content in FILES.items():
        Path(base, name).parent.mkdir(exist_ok=True)
        Path(base, name).write_text(content)
    linux.restrict(base)


def show(source: str, target: str, writable: bool = False) -> None:
    """Bind a host path, making the mount point first."""
    if Path(source).is_dir():
        Path(target).mkdir(parents=True, exist_ok=True)
    else:
        Path(target).parent.mkdir(parents=True, exist_ok=True)
        Path(target).touch()
    linux.bind(source, target, writable)


def enter(base: str, inputs: Mapping[str, str], limits: Limits) -> dict[str, Any]:
    """Move this process, the first of a new PID namespace, into a copy of `base` with its own inputs and scratch.

    Afterwards it has namespaces of its own for mounts, network, IPC, host name and users, and nothing but its open
    descriptors leads out. Returns what is active, for reports.
    """
    uid, gid = os.getuid(), os.getgid()
    linux.unshare(linux.NEWNS | linux.NEWIPC | linux.NEWUTS | linux.NEWNET)
    linux.mount("arxla", base + INPUTS, "tmpfs", _TMPFS | linux.MS_NOEXEC, "mode=755,size=1m")
    for name, source in inputs.items():
        show(source, f"{base}{INPUTS}/{name}")
    linux.restrict(base + INPUTS)
    _make_work(base, limits)
    fresh_proc = _mount_proc(base)
    myself = os.open("/proc/self", os.O_PATH | os.O_DIRECTORY)
    linux.enter_root(base)
    linux.unshare(linux.NEWUSER)
    linux.map_identity(uid, gid, INSIDE_ID, INSIDE_ID, myself)
    os.close(myself)
    os.chdir(SCRATCH)
    return {"namespaces": NAMESPACES, "fresh_proc": fresh_proc}


def _make_work(base: str, limits: Limits) -> None:
    """One size-limited tmpfs behind every writable folder."""
    options = f"mode=700,size={limits.scratch_mb}m,nr_inodes={MOST_SCRATCH_NODES}"
    work = base + _WORK
    linux.mount("arxla", work, "tmpfs", _TMPFS | linux.MS_NOEXEC, options)
    for inside in WRITABLE:
        source = Path(work, inside.strip("/").replace("/", "-"))
        source.mkdir()
        linux.bind(str(source), base + inside, writable=True)


def _mount_proc(base: str) -> bool:
    """A read-only /proc of the new PID namespace. Some containers refuse; the job then has none."""
    flags = linux.MS_NOSUID | linux.MS_NODEV | linux.MS_NOEXEC | linux.MS_RDONLY
    with contextlib.suppress(PermissionError):
        linux.mount("proc", f"{base}/proc", "proc", flags)
        return True
    return False


def lock(limits: Limits, lasting: bool) -> dict[str, Any]:
    """Give up every privilege, then bound this process by rlimits, Landlock and seccomp; returns what is active."""
    apply_rlimits(limits, lasting, count_processes=True)
    linux.drop_privileges()
    version = landlock.restrict_self(WRITABLE, [f"/dev/{name}" for name in _device_names()])
    linux.allow_inspection()
    seccomp.restrict_self()
    return {"landlock_abi": version, "seccomp": True, "no_new_privs": True}


def _device_names() -> list[str]:
    return [path.name for path in Path("/dev").iterdir() if not path.is_symlink() and not path.is_dir()]
