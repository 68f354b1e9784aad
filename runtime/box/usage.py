"""Memory and CPU time of a process tree, read from /proc by the trusted side."""

import os
import time
from pathlib import Path

_TICKS = os.sysconf("SC_CLK_TCK")
MOST_PROCESSES = 4096
SLOW_S = 0.2
"""How long one look at memory may take, however many processes there are."""


def tree(pid: int) -> list[int]:
    """`pid` and its living descendants; what was reparented away from `pid` is not seen."""
    found = [pid]
    for process in found:
        if len(found) > MOST_PROCESSES:
            break
        for task in _children_files(process):
            found += [int(child) for child in _read(task).split()]
    return found


def memory_mb(pid: int) -> float:
    """Anonymous and shared memory of one process in MB (pages of files left out); 0.0 once it is gone."""
    kilobytes = 0
    for line in _read(Path(f"/proc/{pid}/status")).splitlines():
        if line.startswith(("RssAnon:", "RssShmem:")):
            kilobytes += int(line.split()[1])
    return kilobytes / 1024


def tree_memory_mb(processes: list[int], baseline_mb: float, limit_mb: float) -> float:
    """Memory of a tree above the `baseline_mb` that its first process began with, in MB.

    Forks share pages, so the plain sum is an upper bound; only past `limit_mb` is the slower, proportional sum taken.
    """
    resident = [memory_mb(pid) for pid in processes]
    plain = max(0.0, sum(resident) - baseline_mb)
    if plain <= limit_mb or len(processes) == 1:
        return plain
    proportional = _proportional_sum_mb(processes)
    if proportional is None:
        return sum(max(0.0, part - baseline_mb) for part in resident)
    return max(0.0, proportional - baseline_mb)


def _proportional_sum_mb(processes: list[int]) -> float | None:
    """The sum over `processes`; None when one is not readable.

    A fork bomb makes reading slow, so that after `SLOW_S` the rest are taken to be like those read so far.
    """
    total, deadline = 0.0, time.monotonic() + SLOW_S
    for done, pid in enumerate(processes, start=1):
        part = _proportional_mb(pid)
        if part is None:
            return None
        total += part
        if time.monotonic() > deadline:
            return total * len(processes) / done
    return total


def _proportional_mb(pid: int) -> float | None:
    """Anonymous and shared memory with shared pages divided among those that map them; None when not readable."""
    lines = _read(Path(f"/proc/{pid}/smaps_rollup")).splitlines()
    parts = [int(line.split()[1]) for line in lines if line.startswith(("Pss_Anon:", "Pss_Shmem:"))]
    return sum(parts) / 1024 if parts else None


def cpu_seconds(pid: int) -> float:
    """User and system time of one process with the children it has reaped; 0.0 once it is gone."""
    fields = _read(Path(f"/proc/{pid}/stat")).rpartition(")")[2].split()
    return sum(int(ticks) for ticks in fields[11:15]) / _TICKS if fields else 0.0


def thread_count(pid: int) -> int:
    """Threads of one process; 0 once it is gone."""
    fields = _read(Path(f"/proc/{pid}/stat")).rpartition(")")[2].split()
    return int(fields[17]) if fields else 0


def _children_files(pid: int) -> list[Path]:
    try:
        return [task / "children" for task in Path(f"/proc/{pid}/task").iterdir()]
    except OSError:
        return []


def _read(path: Path) -> str:
    try:
        return path.read_text()
    except OSError:
        return ""
