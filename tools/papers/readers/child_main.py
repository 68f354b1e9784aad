"""The process that reads a paper: `python -m tools.papers.readers.child_main JOB`, where JOB is JSON from `extraction`.

It bounds itself before it looks at the file: memory, processor time, size of what it writes; on Linux also no network,
no other program, and no writing outside its scratch folder (seccomp and Landlock, where the kernel has them). It dies
with the process that started it. The answer is one line of JSON on its output: what was written, or what was refused.
"""

import errno
import json
import os
import platform
import resource
import signal
import sys
from pathlib import Path
from typing import Any

from runtime.box import landlock, linux, seccomp
from runtime.errors import InputError
from tools.papers.readers.html import extract_html
from tools.papers.readers.latex import extract_latex
from tools.papers.readers.pdf import extract_pdf
from tools.papers.readers.plain import extract_plain
from tools.papers.readers.writer import TextWriter

MEGABYTE = 1 << 20


def main() -> None:
    """Extract one paper into the scratch folder."""
    job: dict[str, Any] = json.loads(sys.argv[1])
    scratch = Path(job["scratch"])
    _bound(job)
    answer: dict[str, Any]
    try:
        with (scratch / "text").open("wb") as file:
            answer = {"written": _extract(job, TextWriter(file), scratch)}
    except InputError as error:
        answer = {"refused": str(error)}
    except OSError as error:
        if error.errno == errno.EFBIG:
            answer = {"refused": f"{job['name']} grows to more than {job['output_mb']} MB of text: give a part of it."}
        else:
            answer = {"errno": error.errno, "reason": str(error)}
    except MemoryError:
        answer = {"refused": f"{job['name']} needs more than {job['memory_mb']} MB to read: give a smaller part of it."}
    print(json.dumps(answer))


def _extract(job: dict[str, Any], writer: TextWriter, scratch: Path) -> dict[str, Any]:
    path, form = Path(job["path"]), job["form"]
    if form == "pdf":
        extract_pdf(path, writer, scratch)
    elif form == "latex":
        extract_latex(path, writer)
    elif form == "html":
        extract_html(path, writer)
    else:
        extract_plain(path, writer, markdown=form == "markdown")
    written = writer.finish()
    if writer.said == 0:
        raise InputError(f"{job['name']} holds no text.")
    return written


def _bound(job: dict[str, Any]) -> None:
    for kind, bound in (
        (resource.RLIMIT_AS, job["memory_mb"] * MEGABYTE),
        (resource.RLIMIT_CPU, job["cpu_s"]),
        (resource.RLIMIT_FSIZE, job["output_mb"] * MEGABYTE),
        (resource.RLIMIT_CORE, 0),
    ):
        hard = resource.getrlimit(kind)[1]
        lowest = bound if hard == resource.RLIM_INFINITY else min(bound, hard)
        resource.setrlimit(kind, (lowest, lowest))
    if sys.platform == "linux" and platform.machine() in ("x86_64", "aarch64"):
        linux.die_with_parent(signal.SIGKILL)
        if os.getppid() != job["parent"]:
            os._exit(1)
        linux.refuse_new_privileges()
        landlock.restrict_self([job["scratch"]], [])
        seccomp.restrict_self()


if __name__ == "__main__":
    main()
