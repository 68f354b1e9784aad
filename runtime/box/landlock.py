"""Landlock (Linux 5.13): a second fence around files, TCP ports, abstract sockets and signals.

Constants are those of `linux/landlock.h`; the ABI number says which of them the kernel knows.
"""

import ctypes
import os
import struct
from collections.abc import Iterable

from runtime.box import linux

_CREATE_RULESET, _ADD_RULE, _RESTRICT_SELF = 444, 445, 446
_VERSION_FLAG = 1
_PATH_BENEATH = 1
_WRITE_FILE, _READ_FILE, _READ_DIR, _TRUNCATE, _IOCTL_DEV = 1 << 1, 1 << 2, 1 << 3, 1 << 14, 1 << 15
_READ = _READ_FILE | _READ_DIR
_OF_FILES = _READ_FILE | _WRITE_FILE | _TRUNCATE | _IOCTL_DEV
_ALL_BY_ABI = {1: (1 << 13) - 1, 2: (1 << 14) - 1, 3: (1 << 15) - 1, 4: (1 << 15) - 1, 5: (1 << 16) - 1}
_NET_ALL = 0b11
_SCOPE_ALL = 0b11
_MAKE_NODES = (1 << 6) | (1 << 11)
"""Making character and block devices."""
_EXECUTE = 1


def abi() -> int:
    """The version that this kernel supports; 0 when it has none."""
    try:
        return linux.syscall(_CREATE_RULESET, 0, 0, _VERSION_FLAG)
    except OSError:
        return 0


def restrict_self(writable: Iterable[str], devices: Iterable[str]) -> int:
    """Let this process read everything that it sees, write below `writable` and to `devices`, and execute nothing.

    Opens no TCP port, reaches no abstract socket and signals no process outside. Returns the ABI used, 0 for none.
    Needs no_new_privs.
    """
    version = abi()
    if version == 0:
        return 0
    handled = _ALL_BY_ABI[min(version, 5)]
    net = _NET_ALL if version >= 4 else 0
    scope = _SCOPE_ALL if version >= 6 else 0
    attributes = ctypes.create_string_buffer(struct.pack("<QQQ", handled, net, scope))
    size = 8 if version < 4 else 16 if version < 6 else 24
    ruleset = linux.syscall(_CREATE_RULESET, ctypes.byref(attributes), size, 0)
    try:
        _allow(ruleset, "/", _READ)
        for folder in writable:
            _allow(ruleset, folder, handled & ~_EXECUTE & ~_MAKE_NODES)
        for device in devices:
            _allow(ruleset, device, handled & _OF_FILES)
        linux.syscall(_RESTRICT_SELF, ruleset, 0)
    finally:
        os.close(ruleset)
    return version


def _allow(ruleset: int, path: str, access: int) -> None:
    fd = os.open(path, os.O_PATH | os.O_CLOEXEC)
    try:
        rule = ctypes.create_string_buffer(struct.pack("<Qi", access, fd))
        linux.syscall(_ADD_RULE, ruleset, _PATH_BENEATH, ctypes.byref(rule), 0)
    finally:
        os.close(fd)
