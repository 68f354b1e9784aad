"""A paper of any form as one UTF-8 text file, read in a process that can do no harm."""

import gzip
import json
import os
import subprocess
import sys
import tempfile
import time
import zlib
from pathlib import Path
from threading import Event
from typing import Any

from runtime.box.environment import job_environment
from runtime.errors import InputError
from tools.papers.extract.form import GZIP, check_path, form_of
from tools.papers.extract.limits import Limits
from tools.papers.paper import FetchedText
from tools.papers.readers.latex_project import find_main
from tools.results.writing import naming_disk_faults

BLOCK = 1 << 20
LONGEST_ANSWER = 1 << 20
GLANCE_S = 0.2
"""Between two looks at whether to stop."""
_CPU_SIGNALS = (-9, -24)


def extract(
    path: Path,
    destination: Path,
    limits: Limits = Limits(),  # noqa: B008 - a value
    stop: Event | None = None,
) -> FetchedText:
    """Write the text of a PDF, LaTeX (file or folder), Markdown, text or HTML file, also gzipped, to `destination`.

    Headings in the text obey `tools.papers.headings`. The file is untrusted: a child process with bounded memory, time
    and rights reads it. Raises `InputError`, one sentence, for what can't be read, or when `stop` is set meanwhile;
    `destination` is then left alone.
    """
    check_path(path)
    destination.parent.mkdir(parents=True, exist_ok=True)
    with (
        naming_disk_faults(destination),
        tempfile.TemporaryDirectory(prefix=".extract-", dir=destination.parent) as folder,
    ):
        scratch = Path(folder).resolve()
        source, name = _source(path, scratch, limits)
        form = "latex" if path.is_dir() else form_of(source, name)
        if source.stat().st_size > limits.input_mb << 20:
            raise InputError(f"{name} is larger than {limits.input_mb} MB: give the paper's text alone.")
        job = {
            "path": str(source.resolve()),
            "name": name,
            "form": form,
            "scratch": str(scratch),
            "parent": os.getpid(),
        }
        written = _run(job | limits._asdict(), limits, stop or Event())
        (scratch / "text").replace(destination)
    return FetchedText(path=str(destination), form=form, **written)


def _source(path: Path, scratch: Path, limits: Limits) -> tuple[Path, str]:
    """The file to read and what to call it: a folder's main file, a gzipped file unpacked."""
    if path.is_dir():
        return find_main(path), path.name
    with path.open("rb") as file:
        if file.read(2) != GZIP:
            return path, path.name
    name = path.stem if path.suffix.lower() == ".gz" else path.name
    target = scratch / "unpacked"
    left = limits.input_mb << 20
    try:
        with gzip.open(path) as packed, target.open("wb") as file:
            while block := packed.read(BLOCK):
                left -= len(block)
                if left < 0:
                    raise InputError(f"{path.name} unpacks to more than {limits.input_mb} MB: give the text alone.")
                file.write(block)
    except (EOFError, gzip.BadGzipFile, zlib.error):
        raise InputError(f"{path.name} is a broken or cut off gzip file: download it again.") from None
    if target.stat().st_size == 0:
        raise InputError(f"{path.name} unpacks to an empty file.")
    return target, name


def _run(job: dict[str, Any], limits: Limits, stop: Event) -> dict[str, Any]:
    """Start the child and wait for its answer."""
    environment = job_environment(job["scratch"])
    command = [sys.executable, "-P", "-m", "tools.papers.readers.child_main", json.dumps(job)]
    with tempfile.TemporaryFile() as said, tempfile.TemporaryFile() as errors:
        process = subprocess.Popen(
            command, stdin=subprocess.DEVNULL, stdout=said, stderr=errors, env=environment, start_new_session=True
        )
        try:
            code = _wait(process, limits.wall_s, stop)
        finally:
            process.kill()
            process.wait()
        said.seek(0)
        answer = said.read(LONGEST_ANSWER)
        errors.seek(0)
        trace = errors.read(LONGEST_ANSWER).decode(errors="replace")
    if code is None:
        stopped = f"{job['name']} was not read: everything was stopped."
        raise InputError(stopped if stop.is_set() else _too_long(job["name"], limits.wall_s))
    if code in _CPU_SIGNALS:
        raise InputError(_too_long(job["name"], limits.cpu_s))
    if code < 0:
        raise InputError(f"{job['name']} is broken in a way that crashes its reader (signal {-code}); export it again.")
    if code != 0:
        raise RuntimeError(f"the extraction of {job['name']} failed:\n{trace}")
    result: dict[str, Any] = json.loads(answer)
    if "refused" in result:
        raise InputError(result["refused"])
    if "errno" in result:
        raise OSError(result["errno"], result["reason"])
    written: dict[str, Any] = result["written"]
    return written


def _wait(process: subprocess.Popen[bytes], seconds: float, stop: Event) -> int | None:
    """The child's exit code; None when the time is over or `stop` is set first."""
    until = time.monotonic() + seconds
    while not stop.is_set() and (left := until - time.monotonic()) > 0:
        try:
            return process.wait(min(left, GLANCE_S))
        except subprocess.TimeoutExpired:
            continue
    return None


def _too_long(name: str, seconds: float) -> str:
    return f"{name} took more than {seconds:g} s to read: give a smaller part of it, or its text."
