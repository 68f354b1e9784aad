"""The Linux calls that Python 3.11 has no name for, by ctypes. Each raises OSError with the kernel's reason."""

import ctypes
import functools
import os
import platform
from pathlib import Path

NEWNS, NEWUTS, NEWIPC, NEWUSER, NEWPID, NEWNET = 0x20000, 0x4000000, 0x8000000, 0x10000000, 0x20000000, 0x40000000
MS_RDONLY, MS_NOSUID, MS_NODEV, MS_NOEXEC, MS_BIND, MS_REC = 1, 2, 4, 8, 4096, 16384
MS_PRIVATE, MS_SLAVE = 1 << 18, 1 << 19
_MNT_DETACH = 2
_AT_FDCWD, _AT_RECURSIVE = -100, 0x8000
_ATTR_RDONLY, _ATTR_NOSUID, _ATTR_NODEV = 1, 2, 4
_PR_SET_PDEATHSIG, _PR_SET_DUMPABLE, _PR_CAPBSET_DROP, _PR_SET_NO_NEW_PRIVS, _PR_CAP_AMBIENT = 1, 4, 24, 38, 47
_PR_CAP_AMBIENT_CLEAR_ALL = 4
_CAPABILITY_VERSION_3 = 0x20080522
_LAST_CAPABILITY = 63
_PIVOT_ROOT = {"x86_64": 155, "aarch64": 41}
_MOUNT_SETATTR = 442


@functools.cache
def _libc() -> ctypes.CDLL:
    return ctypes.CDLL(None, use_errno=True)


def syscall(number: int, *arguments: object) -> int:
    """A raw system call; integers are passed as 64 bits."""
    wide = [ctypes.c_long(value) if isinstance(value, int) else value for value in arguments]
    return _checked(_libc().syscall(ctypes.c_long(number), *wide), f"syscall {number}")


def unshare(flags: int) -> None:
    """Move this process (or, for NEWPID, its next child) into new namespaces."""
    _checked(_libc().unshare(flags), "unshare")


def setns(fd: int, kind: int) -> None:
    """Enter the namespace that `fd` names; for NEWPID, its next child does."""
    _checked(_libc().setns(fd, kind), "setns")


def mount(source: str, target: str, kind: str = "", flags: int = 0, options: str = "") -> None:
    """mount(2)."""
    names = [text.encode() if text else None for text in (source, target, kind)]
    data = options.encode() if options else None
    _checked(_libc().mount(*names, ctypes.c_ulong(flags), data), f"mount {kind or source} on {target}")


def bind(source: str, target: str, writable: bool = False) -> None:
    """Show `source` at `target` with all that is mounted below it, read-only unless `writable`."""
    mount(source, target, flags=MS_BIND | MS_REC)
    if not writable:
        restrict(target, recursive=True)


def restrict(target: str, recursive: bool = False) -> None:
    """Make a mount read-only and without set-uid; its other flags stay (`mount_setattr`, Linux 5.12)."""
    attributes = (ctypes.c_uint64 * 4)(_ATTR_RDONLY | _ATTR_NOSUID, 0, 0, 0)
    flags = _AT_RECURSIVE if recursive else 0
    size = ctypes.sizeof(attributes)
    syscall(_MOUNT_SETATTR, _AT_FDCWD, target.encode(), flags, ctypes.byref(attributes), size)


def detach(target: str) -> None:
    """Unmount, even while in use."""
    _checked(_libc().umount2(target.encode(), _MNT_DETACH), f"umount2 {target}")


def enter_root(folder: str) -> None:
    """Make `folder`, a mount, the root, and let go of everything else."""
    os.chdir(folder)
    syscall(_PIVOT_ROOT[platform.machine()], b".", b".")
    detach(".")
    os.chdir("/")


def map_identity(uid: int, gid: int, inside_uid: int, inside_gid: int, self_folder: str | int = "/proc/self") -> None:
    """After NEWUSER: be `inside_uid` within, `uid` without. `self_folder` is /proc/self or a descriptor of it."""
    for name, content in (
        ("setgroups", "deny"),
        ("uid_map", f"{inside_uid} {uid} 1"),
        ("gid_map", f"{inside_gid} {gid} 1"),
    ):
        if isinstance(self_folder, str):
            Path(self_folder, name).write_text(content)
        else:
            with os.fdopen(os.open(name, os.O_WRONLY, dir_fd=self_folder), "w") as file:
                file.write(content)


def die_with_parent(number: int) -> None:
    """Receive signal `number` when the thread that started this process ends."""
    _checked(_libc().prctl(_PR_SET_PDEATHSIG, number, 0, 0, 0), "prctl PDEATHSIG")


def drop_privileges() -> None:
    """Give every capability away for good, and gain none by execve."""
    libc = _libc()
    _checked(libc.prctl(_PR_CAP_AMBIENT, _PR_CAP_AMBIENT_CLEAR_ALL, 0, 0, 0), "prctl CAP_AMBIENT")
    for capability in range(_LAST_CAPABILITY + 1):
        if libc.prctl(_PR_CAPBSET_DROP, capability, 0, 0, 0) != 0:
            break  # past the last one that this kernel knows
    header = (ctypes.c_uint32 * 2)(_CAPABILITY_VERSION_3, 0)
    nothing = (ctypes.c_uint32 * 6)()
    _checked(libc.capset(ctypes.byref(header), ctypes.byref(nothing)), "capset")
    refuse_new_privileges()


def refuse_new_privileges() -> None:
    """Gain none by execve; Landlock and seccomp ask for it."""
    _checked(_libc().prctl(_PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0), "prctl NO_NEW_PRIVS")


def allow_inspection() -> None:
    """Own one's /proc entries again, which a change of user takes away."""
    _checked(_libc().prctl(_PR_SET_DUMPABLE, 1, 0, 0, 0), "prctl DUMPABLE")


def thread_total() -> int:
    """Threads of this process."""
    return sum(1 for _ in Path("/proc/self/task").iterdir())


def _checked(result: int, what: str) -> int:
    if result < 0:
        number = ctypes.get_errno()
        raise OSError(number, f"{what}: {os.strerror(number)}")
    return result
