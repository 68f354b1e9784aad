"""Kernel bounds that a boxed process puts on itself before any generated code; they can't be raised again."""

import math
import resource
from pathlib import Path

from runtime.job import Limits

MEGABYTE = 1024 * 1024


def apply_rlimits(limits: Limits, lasting: bool, count_processes: bool) -> None:
    """Bound this process and what it starts.

    `lasting` leaves CPU time to the trusted side, which counts it a job. `count_processes` sets RLIMIT_NPROC, which
    counts every process of the user outside a user namespace of one's own. RLIMIT_DATA starts from what is held now.
    """
    data = _data_bytes() + limits.memory_mb * MEGABYTE
    bounds = {
        resource.RLIMIT_DATA: data,
        resource.RLIMIT_FSIZE: limits.file_mb * MEGABYTE,
        resource.RLIMIT_NOFILE: limits.open_files,
        resource.RLIMIT_CORE: 0,
        resource.RLIMIT_MSGQUEUE: 0,
        resource.RLIMIT_MEMLOCK: 64 * 1024,
    }
    if not lasting:
        bounds[resource.RLIMIT_CPU] = math.ceil(limits.cpu_s) + 1  # should the trusted side, which looks first, be late
    if count_processes:
        bounds[resource.RLIMIT_NPROC] = limits.processes
    for kind, bound in bounds.items():
        hard = resource.getrlimit(kind)[1]
        lowest = bound if hard == resource.RLIM_INFINITY else min(bound, hard)
        resource.setrlimit(kind, (lowest, lowest))


def _data_bytes() -> int:
    """Private writable memory of this process, as RLIMIT_DATA counts it; 1.2 GB where /proc is absent."""
    try:
        status = Path("/proc/self/status").read_text()
    except OSError:
        return 1200 * MEGABYTE
    return next(int(line.split()[1]) * 1024 for line in status.splitlines() if line.startswith("VmData:"))
