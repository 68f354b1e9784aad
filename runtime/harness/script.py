"""Entry point that runs a Python script in the box as `python script.py ARGUMENTS` would."""

import contextlib
import os
import runpy
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from runtime.events import Emit


def run(payload: dict[str, Any], inputs: dict[str, Path], scratch: Path, _emit: Emit) -> dict[str, Any]:
    """Run a script with the scratch folder as its working directory; returns `{"exit_code": int}`.

    The script is the input named `script`, a file or a folder in which `payload["file"]` names it, or else the text
    `payload["source"]`. `payload["argv"]` are its arguments. What it raises, `SystemExit` apart, is the job's error.
    """
    arguments = [str(argument) for argument in payload.get("argv", [])]
    with _script_file(payload, inputs) as path, _as_main(path, arguments, scratch):
        try:
            runpy.run_path(str(path), run_name="__main__")
        except SystemExit as exit:
            return {"exit_code": _exit_code(exit)}
    return {"exit_code": 0}


@contextlib.contextmanager
def _script_file(payload: dict[str, Any], inputs: dict[str, Path]) -> Iterator[Path]:
    if "script" in inputs:
        given = inputs["script"]
        yield given / payload["file"] if given.is_dir() else given
        return
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as folder:
        path = Path(folder) / "script.py"
        path.write_text(payload["source"], encoding="utf-8")
        yield path


@contextlib.contextmanager
def _as_main(path: Path, arguments: list[str], scratch: Path) -> Iterator[None]:
    """`sys.argv`, `sys.path` and the working directory of a script, put back afterwards."""
    before = sys.argv, sys.path[:], Path.cwd()
    sys.argv = [str(path), *arguments]
    sys.path.insert(0, str(path.parent))
    os.chdir(scratch)
    try:
        yield
    finally:
        sys.argv, sys.path[:] = before[0], before[1]
        os.chdir(before[2])


def _exit_code(exit: SystemExit) -> int:
    """As the interpreter would: None is 0, a number is itself, anything else is printed and is 1."""
    if exit.code is None:
        return 0
    if isinstance(exit.code, int):
        return int(exit.code)
    print(exit.code, file=sys.stderr)
    return 1
