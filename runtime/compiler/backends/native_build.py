"""Building an extension module: in a process of its own, bounded in time, ended with all that it started."""

import contextlib
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
from pathlib import Path

from runtime.compiler.backend import Refused

LONGEST_S = 120.0
TOLD = 300


def no_c_compiler() -> Refused | None:
    """Why nothing can be built here, if so."""
    if any(shutil.which(name) for name in ("gcc", "cc", "clang")):
        return None
    return Refused("No C compiler is installed: apt-get install gcc.")


def why_no_native_code() -> Refused | None:
    """Why nothing can be built here: no compiler, or no program may be started, as in a box."""
    with tempfile.TemporaryDirectory() as folder:
        return no_c_compiler() or build("pass", Path(folder))


def build(program: str, folder: Path, timeout_s: float = LONGEST_S) -> Refused | None:
    """Run a Python program in `folder`; None when it ended well.

    The process dies with this one: it leads a group that is killed after the time, and a watcher's pipe closes.
    """
    command = [sys.executable, "-c", WATCHED + program]
    try:
        process = _started(command, folder)
    except OSError as fault:
        return Refused(f"No other program may be started here, so there is no C compiler: {fault.strerror}.")
    try:
        output = _output(process, timeout_s)
    except subprocess.TimeoutExpired:
        return Refused(f"Building took longer than {timeout_s:.0f} s.")
    finally:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        process.wait()
        for pipe in (process.stdin, process.stdout):
            if pipe:
                pipe.close()
    if process.returncode == 0:
        return None
    return Refused(" ".join(_telling(output).split())[:TOLD])


def _started(command: list[str], folder: Path) -> "subprocess.Popen[str]":
    return subprocess.Popen(
        command,
        cwd=folder,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        errors="replace",
        start_new_session=True,
    )


def _output(process: "subprocess.Popen[str]", timeout_s: float) -> str:
    """What it printed. Its standard input stays open for as long as this process lives."""
    lines: list[str] = []
    assert process.stdout is not None
    reader = threading.Thread(target=lambda: lines.extend(process.stdout or []), daemon=True)
    reader.start()
    process.wait(timeout_s)
    reader.join(5.0)
    return "".join(lines)


def _telling(output: str) -> str:
    """The lines that name an error; the last ones when none does."""
    lines = [line.strip() for line in output.splitlines() if line.strip()]
    named = [line for line in lines if "error:" in line or ".pyx:" in line]
    return "; ".join(named[:3] or lines[-2:]) or "The build failed and said nothing."


WATCHED = """
import os, signal, sys, threading
def _end_with_parent():
    os.read(0, 1)
    os.killpg(0, signal.SIGKILL)
threading.Thread(target=_end_with_parent, daemon=True).start()
"""
