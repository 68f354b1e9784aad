"""A traced run of a program from the command line: it keeps its arguments, output, exceptions and exit code."""

import os
import signal
import sys
import tempfile
import threading
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType

from rich.console import Console

from arxla.trace_view import show
from arxla.written import writable
from runtime.compiler.profile import Profile
from runtime.compiler.tracer import RuntimeTracer
from runtime.compiler.tracing import running
from runtime.errors import InputError

FOLDER = Path("training_data")
INTERRUPTED = 130
OURS = (f"{os.sep}arxla{os.sep}tracing.py", f"{os.sep}runtime{os.sep}compiler{os.sep}tracing{os.sep}running.py")


@dataclass(frozen=True)
class Wish:
    """What to trace and where to write."""

    program: str
    arguments: list[str]
    is_module: bool
    out: Path
    include: list[str]
    folders: list[Path]
    quiet: bool = False


def trace_program(wish: Wish) -> int | str | None:
    """Run it and write the profile, however it ends. What it asked `sys.exit` for; 1 or 130 when it raised."""
    out = writable(wish.out)
    if wish.is_module:
        program, folders, main = running.module(wish.program, wish.arguments), [Path.cwd()], wish.program
    else:
        path = Path(wish.program)
        program, folders, main = running.script(path, wish.arguments), [path.resolve().parent], path.stem
    tracer = RuntimeTracer(folders=[*folders, *wish.folders], include=wish.include, main=main)
    if threading.current_thread() is threading.main_thread() and signal.getsignal(signal.SIGINT) != signal.SIG_IGN:
        signal.signal(signal.SIGINT, signal.default_int_handler)  # as in a Python of its own
    process = os.getpid()
    tracer.start()
    fault = running.to_its_end(program)
    if os.getpid() != process:  # a child that the program forked: the profile is its parent's
        return _end(fault)
    profile = tracer.stop()
    if isinstance(fault, running.NoModule):
        raise fault
    code = _end(fault)
    _write(profile, out)
    if not wish.quiet:
        _tell(profile, out)
    return code


def merge_profiles(names: Sequence[str], out: Path | None) -> None:
    """`arxla trace merge`."""
    from runtime.compiler.tracing.merging import merge

    if out is None:
        raise InputError("Say where the merged profile goes: --out FILE.json.")
    merged = merge([Profile.load(Path(name)) for name in names])
    _write(merged, writable(out))
    print(f"{len(names)} profiles, {len(merged.functions)} functions: {out}")


def _tell(profile: Profile, out: Path) -> None:
    """On the error stream that the program was given; it may have closed it, or put its own in the place."""
    with suppress(AttributeError, ValueError, OSError):
        sys.stdout.flush()
    if sys.__stderr__ is None or sys.__stderr__.closed:
        return
    console = Console(file=sys.__stderr__)
    show(profile, console)
    console.print(f"Written: {out}", markup=False, highlight=False, soft_wrap=True)


def _write(profile: Profile, out: Path) -> None:
    """Whole or not at all, but into a device such as /dev/null."""
    try:
        if out.exists() and not out.is_file():
            profile.save(out)
            return
        with tempfile.TemporaryDirectory(prefix=f".{out.stem}-", dir=out.parent) as folder:
            profile.save(Path(folder) / out.name)
            (Path(folder) / out.name).replace(out)
    except OSError as fault:
        raise InputError(f"{out} can't be written: {fault.strerror}.") from fault


def _end(fault: BaseException | None) -> int | str | None:
    """Show what the program raised, as Python shows it, without our own frames."""
    if fault is None:
        return 0
    if isinstance(fault, SystemExit):
        code: int | str | None = fault.code
        return code
    traceback = _theirs(fault.__traceback__)
    sys.excepthook(type(fault), BaseException.with_traceback(fault, traceback), traceback)
    return INTERRUPTED if isinstance(fault, KeyboardInterrupt) else 1


def _theirs(traceback: TracebackType | None) -> TracebackType | None:
    while traceback is not None:
        file = traceback.tb_frame.f_code.co_filename
        if not file.endswith(OURS):
            break
        traceback = traceback.tb_next
    return traceback
