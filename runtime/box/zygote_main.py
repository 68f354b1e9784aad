"""The zygote: `python -P -m runtime.box.zygote_main SETUP`. Imports once, forks an isolated child for each job.

Two processes. The outer one goes into new namespaces and forks the inner one, the first of a PID namespace, then only
waits: when arxla goes away it ends, and with it everything. The inner one imports, stays single-threaded, and forks.
"""

import contextlib
import json
import os
import select
import signal
import socket
import sys
from pathlib import Path
from typing import Any, NoReturn

from runtime.box import linux

CONTROL_BYTES = 65536


def main() -> NoReturn:
    """Isolate, fork the inner process, wait for its end or for arxla's."""
    setup: dict[str, Any] = json.loads(sys.argv[1])
    uid, gid = os.geteuid(), os.getegid()
    control = socket.socket(fileno=setup["control"])
    try:
        linux.unshare(linux.NEWUSER | linux.NEWNS | linux.NEWPID | linux.NEWIPC | linux.NEWUTS | linux.NEWNET)
        linux.map_identity(uid, gid, uid, gid)
    except OSError as error:
        control.send(json.dumps({"refused": f"namespaces are not allowed here: {error.strerror}"}).encode())
        sys.exit(1)
    inner = os.fork()
    if inner == 0:
        os.close(setup["life"])
        linux.die_with_parent(signal.SIGKILL)
        from runtime.box.zygote_loop import serve_forks

        serve_forks(control, setup)
    control.close()
    _wait(inner, setup["life"], setup["base"])


def _wait(inner: int, life: int, base: str) -> NoReturn:
    """Until the inner process ends or the pipe from arxla closes; then removes the folder that it mounted on."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is for arxla to handle
    ended = os.pidfd_open(inner)
    select.select([ended, life], [], [])
    with contextlib.suppress(ProcessLookupError):
        os.kill(inner, signal.SIGKILL)
    os.waitpid(inner, 0)
    with contextlib.suppress(OSError):
        linux.detach(base)
    with contextlib.suppress(OSError):
        Path(base).rmdir()
    sys.exit(0)


if __name__ == "__main__":
    main()
