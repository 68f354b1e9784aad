"""Control groups, v1 or v2: memory and process bounds of a whole job. Used where this process may make them (root)."""

import contextlib
import os
import secrets
import time
from dataclasses import dataclass
from pathlib import Path

from runtime.job import Limits

PREFIX = "arxla-"
_REMOVE_TRIES = 50
_FILES_V1 = {"memory": "memory.limit_in_bytes", "pids": "pids.max"}
_FILES_V2 = {"memory": "memory.max", "pids": "pids.max"}


@dataclass
class Group:
    """The control groups of one job: controller to folder. v2 has one folder for both."""

    folders: dict[str, Path]

    @classmethod
    def create(cls, limits: Limits, extra_mb: float = 0.0) -> "Group | None":
        """Groups with the bounds of `limits`, or None where this process may not make any.

        `extra_mb` is added for what a cold process needs before any job.
        """
        parents = _parents()
        values = {"memory": int((limits.memory_mb + extra_mb) * 2**20), "pids": limits.processes}
        group = cls({})
        name = f"{PREFIX}{os.getpid()}-{secrets.token_hex(4)}"
        try:
            for controller, (parent, limit_file) in parents.items():
                folder = parent / name
                folder.mkdir(exist_ok=True)
                group.folders[controller] = folder
                (folder / limit_file).write_text(str(values[controller]))
        except OSError:
            group.remove()
            return None
        return group if group.folders else None

    def add(self, pid: int) -> bool:
        """Put a process, and all that it starts from now on, under the bounds; False when that is refused."""
        try:
            for folder in set(self.folders.values()):
                (folder / "cgroup.procs").write_text(str(pid))
        except OSError:
            return False
        return True

    def killed_for_memory(self) -> bool:
        """The kernel ended a process of the group because the memory bound was reached."""
        return any(
            line.startswith("oom_kill ") and int(line.split()[1]) > 0
            for name in ("memory.oom_control", "memory.events")
            for line in self._read("memory", name).splitlines()
        )

    def peak_mb(self) -> float:
        """The most memory that the group held; 0.0 when unknown."""
        for name in ("memory.max_usage_in_bytes", "memory.peak"):
            if text := self._read("memory", name).strip():
                return int(text) / 2**20
        return 0.0

    def remove(self) -> None:
        """Delete the groups; the kernel needs a moment after the last process ended."""
        for folder in set(self.folders.values()):
            for _ in range(_REMOVE_TRIES):
                try:
                    folder.rmdir()
                except FileNotFoundError:
                    break
                except OSError:
                    time.sleep(0.002)
                else:
                    break

    def _read(self, controller: str, name: str) -> str:
        try:
            return (self.folders[controller] / name).read_text()
        except (OSError, KeyError):
            return ""


def sweep() -> None:
    """Delete the empty groups of arxla processes that were killed before they could."""
    for parent, _limit_file in _parents().values():
        for folder in parent.glob(f"{PREFIX}*"):
            owner = folder.name.removeprefix(PREFIX).partition("-")[0]
            if not Path("/proc", owner).exists():
                with contextlib.suppress(OSError):
                    folder.rmdir()


def _parents() -> dict[str, tuple[Path, str]]:
    """Controller to (the group that this process is in, name of the file with the bound)."""
    if os.geteuid() != 0:
        return {}
    mounts = [line.split() for line in Path("/proc/self/mounts").read_text().splitlines()]
    memberships = [line.split(":", 2) for line in Path("/proc/self/cgroup").read_text().splitlines()]
    parents: dict[str, tuple[Path, str]] = {}
    for _number, controllers, path in memberships:
        for controller in ("memory", "pids"):
            for _source, point, kind, options, *_rest in mounts:
                if kind == "cgroup" and controller in controllers.split(",") and controller in options.split(","):
                    parents[controller] = (_existing(Path(point), path), _FILES_V1[controller])
                if kind == "cgroup2" and not controllers and controller not in parents:
                    folder = _existing(Path(point), path)
                    if _delegates(folder, controller):
                        parents[controller] = (folder, _FILES_V2[controller])
    return parents


def _existing(point: Path, path: str) -> Path:
    """The group's folder; inside a container the path may be named from outside, and the mount itself is meant."""
    folder = point / path.lstrip("/")
    return folder if folder.is_dir() else point


def _delegates(folder: Path, controller: str) -> bool:
    """A v2 group can bound its children's `controller`, switched on here if need be."""
    control = folder / "cgroup.subtree_control"
    with contextlib.suppress(OSError):
        if controller in control.read_text().split():
            return True
        control.write_text(f"+{controller}")
        return controller in control.read_text().split()
    return False
