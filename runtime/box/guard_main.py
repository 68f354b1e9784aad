"""Stands between arxla and a cold process: `python -I -S guard_main.py LIFE_FD COMMAND…`, standard library only.

Runs the command, adopts what it orphans, ends as it ended, and ends all of it at once when the pipe LIFE_FD closes,
which it does when arxla is gone, however it went. (PR_SET_PDEATHSIG would watch a thread of arxla, not arxla.)
"""

import contextlib
import ctypes
import os
import select
import signal
import subprocess
import sys
from pathlib import Path

_PR_SET_CHILD_SUBREAPER = 36
_STANDARD = 3


def main() -> None:
    """Run, watch, and leave nothing behind."""
    life, command = int(sys.argv[1]), sys.argv[2:]
    ctypes.CDLL(None).prctl(_PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)
    inherited = [int(fd.name) for fd in Path("/proc/self/fd").iterdir() if int(fd.name) >= _STANDARD]
    passed = [fd for fd in inherited if fd != life and _is_open(fd) and os.get_inheritable(fd)]
    child = subprocess.Popen(command, stdin=subprocess.DEVNULL, pass_fds=passed)
    os.closerange(0, _STANDARD)
    for fd in passed:
        os.close(fd)
    ended = os.pidfd_open(child.pid)
    select.select([ended, life], [], [])
    if select.select([ended], [], [], 0)[0]:
        _pid, status = os.waitpid(child.pid, 0)
        code = os.waitstatus_to_exitcode(status)
    else:
        code = -signal.SIGKILL
    _end_all()
    os._exit(code if code >= 0 else 128 - code)


def _is_open(fd: int) -> bool:
    try:
        os.fstat(fd)
    except OSError:
        return False
    return True


def _end_all() -> None:
    """SIGKILL to the children, and to those that this orphans, until none is left."""
    while True:
        for task in Path("/proc/self/task").iterdir():
            for pid in (task / "children").read_text().split():
                with contextlib.suppress(ProcessLookupError):
                    os.kill(int(pid), signal.SIGKILL)
        try:
            os.waitpid(-1, 0)
        except ChildProcessError:
            return


if __name__ == "__main__":
    main()
