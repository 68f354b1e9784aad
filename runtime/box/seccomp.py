"""A seccomp filter (classic BPF, assembled here) that takes away what training code never needs.

The layout of `struct seccomp_data` and the return values are those of `linux/seccomp.h`; the numbers are the kernel's
tables for x86_64 and for the generic table that aarch64 uses.
"""

import ctypes
import errno
import platform
import struct

from runtime.box import linux

_LOAD, _EQUAL, _AT_LEAST, _ANY_BIT, _RETURN = 0x20, 0x15, 0x35, 0x45, 0x06
_ALLOW, _ERRNO, _KILL = 0x7FFF0000, 0x00050000, 0x80000000
_NUMBER, _ARCHITECTURE, _ARGUMENTS = 0, 4, 16
_X32 = 0x40000000
_SET_MODE_FILTER = 1
_AUDIT_ARCH = {"x86_64": 0xC000003E, "aarch64": 0xC00000B7}
_SECCOMP = {"x86_64": 317, "aarch64": 277}
_NAMESPACES = 0x7E020000
"""Every CLONE_NEW… flag that clone(2) takes."""
_TERMINAL_TRICKS = (0x5412, 0x541C)
"""TIOCSTI and TIOCLINUX type into the user's terminal."""

REFUSED: dict[str, tuple[int | None, int | None]] = {
    # name: (x86_64, aarch64); sockets, but for socketpair
    "socket": (41, 198), "connect": (42, 203), "accept": (43, 202), "bind": (49, 200), "listen": (50, 201),
    "accept4": (288, 242),
    # other programs
    "execve": (59, 221), "execveat": (322, 281),
    # other processes
    "ptrace": (101, 117), "process_vm_readv": (310, 270), "process_vm_writev": (311, 271), "kcmp": (312, 272),
    "pidfd_getfd": (438, 438), "process_madvise": (440, 440), "process_mrelease": (448, 448),
    # the file system tree and namespaces
    "mount": (165, 40), "umount2": (166, 39), "pivot_root": (155, 41), "chroot": (161, 51), "open_tree": (428, 428),
    "move_mount": (429, 429), "fsopen": (430, 430), "fsconfig": (431, 431), "fsmount": (432, 432),
    "fspick": (433, 433), "mount_setattr": (442, 442), "unshare": (272, 97), "setns": (308, 268), "mknod": (133, None),
    "mknodat": (259, 33), "name_to_handle_at": (303, 264), "open_by_handle_at": (304, 265), "fanotify_init": (300, 262),
    "quotactl": (179, 60), "quotactl_fd": (443, 443), "acct": (163, 89),
    # large kernel surfaces
    "bpf": (321, 280), "perf_event_open": (298, 241), "userfaultfd": (323, 282), "io_uring_setup": (425, 425),
    "io_uring_enter": (426, 426), "io_uring_register": (427, 427), "add_key": (248, 217), "request_key": (249, 218),
    "keyctl": (250, 219), "vmsplice": (278, 75), "modify_ldt": (154, None), "personality": (135, 92),
    "move_pages": (279, 239), "migrate_pages": (256, 238), "memfd_secret": (447, 447),
    # the machine
    "kexec_load": (246, 104), "kexec_file_load": (320, 294), "init_module": (175, 105), "finit_module": (313, 273),
    "delete_module": (176, 106), "reboot": (169, 142), "swapon": (167, 224), "swapoff": (168, 225),
    "syslog": (103, 116), "iopl": (172, None), "ioperm": (173, None), "settimeofday": (164, 170),
    "clock_settime": (227, 112), "clock_adjtime": (305, 266), "adjtimex": (159, 171), "sethostname": (170, 161),
    "setdomainname": (171, 162), "vhangup": (153, 58),
}  # fmt: skip
UNKNOWN: dict[str, tuple[int | None, int | None]] = {
    # said to be absent, so that libraries fall back: memory that no limit of the box counts, and a clone that a filter
    # can't look into
    "clone3": (435, 435), "memfd_create": (319, 279), "shmget": (29, 194), "shmat": (30, 196), "msgget": (68, 186),
    "semget": (64, 190), "mq_open": (240, 180),
}  # fmt: skip
_CLONE = (56, 220)
_IOCTL = (16, 29)


def restrict_self() -> None:
    """Install the filter on this process and all that it forks. Needs no_new_privs; can't be taken off."""
    program = assemble(platform.machine())
    buffer = ctypes.create_string_buffer(program, len(program))
    header = struct.pack("<HxxxxxxQ", len(program) // 8, ctypes.addressof(buffer))
    linux.syscall(_SECCOMP[platform.machine()], _SET_MODE_FILTER, 0, header)


def assemble(machine: str) -> bytes:
    """The BPF program for `machine` (x86_64 or aarch64)."""
    column = 0 if machine == "x86_64" else 1
    refuse, unknown = _ERRNO | errno.EPERM, _ERRNO | errno.ENOSYS
    lines = [(_LOAD, 0, 0, _ARCHITECTURE), (_EQUAL, 1, 0, _AUDIT_ARCH[machine]), (_RETURN, 0, 0, _KILL)]
    lines.append((_LOAD, 0, 0, _NUMBER))
    if machine == "x86_64":
        lines += [(_AT_LEAST, 0, 1, _X32), (_RETURN, 0, 0, unknown)]
    for table, answer in ((REFUSED, refuse), (UNKNOWN, unknown)):
        for numbers in table.values():
            number = numbers[column]
            if number is not None:
                lines += [(_EQUAL, 0, 1, number), (_RETURN, 0, 0, answer)]
    lines += [(_EQUAL, 0, 4, _CLONE[column]), (_LOAD, 0, 0, _ARGUMENTS)]
    lines += [(_ANY_BIT, 0, 1, _NAMESPACES), (_RETURN, 0, 0, refuse), (_RETURN, 0, 0, _ALLOW)]
    lines += [(_EQUAL, 0, 2 * len(_TERMINAL_TRICKS) + 1, _IOCTL[column]), (_LOAD, 0, 0, _ARGUMENTS + 8)]
    for request in _TERMINAL_TRICKS:
        lines += [(_EQUAL, 0, 1, request), (_RETURN, 0, 0, refuse)]
    lines.append((_RETURN, 0, 0, _ALLOW))
    return b"".join(struct.pack("<HBBI", *line) for line in lines)
