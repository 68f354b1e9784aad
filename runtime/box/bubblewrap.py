"""The second sandbox: bubblewrap around a cold Python process. Slower to start, and built by other hands."""

import json
import os
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

from runtime.box import usage
from runtime.box.cgroup import Group, sweep
from runtime.box.child import COLD_BASELINE_MB, Child, Exit, Launch
from runtime.box.environment import job_environment
from runtime.box.process import ProcessChild, spawn
from runtime.box.session import LaunchedSandbox
from runtime.box.temporary import HeldFolder
from runtime.box.view import FILES, INPUTS, INSIDE_ID, SCRATCH, TEMPORARY, WRITABLE, host_view, source_root
from runtime.errors import SandboxUnavailable

PROBE_TIMEOUT_S = 20.0
_NAMESPACES = ("--unshare-user", "--unshare-all", "--uid", str(INSIDE_ID), "--gid", str(INSIDE_ID), "--as-pid-1")


def open_bubblewrap(device: str = "CPU") -> LaunchedSandbox:
    """Raises `SandboxUnavailable` when the `bwrap` program is missing or may not make namespaces."""
    program = shutil.which("bwrap")
    if program is None:
        raise SandboxUnavailable("The program bwrap is not installed: install the package bubblewrap.")
    return LaunchedSandbox(BubblewrapLauncher(program, device))


class BubblewrapLauncher:
    """Starts cold Python processes under `bwrap`."""

    name = "bubblewrap"

    def __init__(self, program: str, device: str = "CPU") -> None:
        self._program, self._device = program, device
        sweep()
        self._etc = HeldFolder("etc")
        for name, content in FILES.items():
            (self._etc.path / Path(name).name).write_text(content)
        self._children: set[_BubblewrapChild] = set()
        self._proc = self._probe(["--proc", "/proc"]) == ""
        if not self._proc and (complaint := self._probe([])):
            self._etc.remove()
            raise SandboxUnavailable(f"bubblewrap can't isolate here: {complaint[:300]}.")

    def launch(self, start: Launch) -> Child:
        """See `child.Launcher.launch`."""
        environment = job_environment(TEMPORARY, self._device, {"PYTHONPATH": source_root()})

        def command(pipes: list[int], ready: int) -> list[str]:
            setup = {
                "requests": pipes[0],
                "replies": pipes[1],
                "ready": ready,
                "scratch": SCRATCH,
                "limits": start.limits.model_dump(),
                "lasting": start.lasting,
                "isolated": True,
            }
            python = [sys.executable, "-P", "-m", "runtime.box.cold_main", json.dumps(setup)]
            return [self._program, *self._arguments(start), "--", *python]

        process, pipes, scratch, message = spawn(command, environment)
        group = Group.create(start.limits, extra_mb=COLD_BASELINE_MB)
        active = json.loads(message)
        active["cgroup"] = group is not None and all(group.add(pid) for pid in usage.tree(process.pid))
        active["fresh_proc"] = self._proc
        child = _BubblewrapChild(
            process=process,
            pipes=pipes,
            pid=process.pid,
            exit_fd=os.pidfd_open(process.pid),
            scratch=scratch,
            scratch_path=SCRATCH,
            inputs={name: f"{INPUTS}/{name}" for name in start.inputs},
            baseline_mb=COLD_BASELINE_MB,
            on_kill=lambda: None,
            on_close=lambda: self._forget(child),
            group=group,
            active=active,
        )
        self._children.add(child)
        return child

    def close(self) -> None:
        """End every process that was started."""
        for child in tuple(self._children):
            child.kill()
        self._etc.remove()

    def _arguments(self, start: Launch) -> list[str]:
        view = host_view(self._device)
        arguments = [*_NAMESPACES, "--die-with-parent", "--hostname", "box", "--cap-drop", "ALL"]
        for folder in view.folders:
            arguments += ["--ro-bind", folder, folder]
        for path, target in view.links.items():
            arguments += ["--symlink", target, path]
        for name in FILES:
            arguments += ["--ro-bind", f"{self._etc.path}/{Path(name).name}", f"/{name}"]
        for node in view.nodes:
            arguments += ["--dev-bind", node, node]
        for name, source in start.inputs.items():
            arguments += ["--ro-bind", str(source), f"{INPUTS}/{name}"]
        for folder in WRITABLE:
            arguments += ["--perms", "0700", "--size", str(start.limits.scratch_mb << 20), "--tmpfs", folder]
        if self._proc:
            arguments += ["--proc", "/proc", "--remount-ro", "/proc"]
        return [*arguments, "--remount-ro", "/", "--chdir", SCRATCH]

    def _probe(self, proc: list[str]) -> str:
        """Run `true` in namespaces; "" when that works, else what bwrap said."""
        arguments = [self._program, *_NAMESPACES, "--ro-bind", "/", "/", *proc, "/usr/bin/true"]
        done = subprocess.run(arguments, capture_output=True, text=True, timeout=PROBE_TIMEOUT_S, check=False)
        return "" if done.returncode == 0 else done.stderr.strip() or f"it ended with {done.returncode}"

    def _forget(self, child: "_BubblewrapChild") -> None:
        self._children.discard(child)
        if child.group is not None:
            child.group.remove()


@dataclass(eq=False, kw_only=True)
class _BubblewrapChild(ProcessChild):
    group: Group | None

    def starved(self) -> bool:
        """The control group's own count."""
        return self.group is not None and self.group.killed_for_memory()

    def reap(self, timeout_s: float) -> Exit | None:
        """How it ended, with what the control group saw."""
        exit = super().reap(timeout_s)
        if exit is None or self.group is None:
            return exit
        peak = max(0.0, self.group.peak_mb() - COLD_BASELINE_MB)
        return Exit(exit.code, exit.signal, peak or exit.peak_mb, exit.cpu_s, self.starved())
