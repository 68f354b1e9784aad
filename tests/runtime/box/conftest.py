"""The sandboxes under test, opened once, and a way to run a program in one of them."""

import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from runtime.box.protocol import Runner, Sandbox
from runtime.box.registry import open_sandbox
from runtime.errors import SandboxUnavailable
from runtime.job import ExecutionResult, Job, Limits
from runtime.task import SandboxName

Run = Callable[..., ExecutionResult]

PRELUDE = """
import os, sys, ctypes, socket, time, signal, errno
def attempt(action):
    try:
        value = action()
    except BaseException as error:
        print("refused", type(error).__name__, getattr(error, "errno", ""))
    else:
        print("ESCAPED", value)
def call(number, *arguments):
    libc = ctypes.CDLL(None, use_errno=True)
    if libc.syscall(number, *arguments) < 0:
        raise OSError(ctypes.get_errno(), "syscall")
    return "done"
"""


def _opened(name: SandboxName, folder: Path) -> Iterator[Sandbox]:
    if sys.platform != "linux":
        pytest.skip("namespaces need Linux")
    try:
        sandbox = open_sandbox(name)
    except SandboxUnavailable as unavailable:
        pytest.skip(str(unavailable))
    sandbox.run(Job(name="warm-up", entry="runtime.harness.probe:run", scratch=folder))
    yield sandbox
    sandbox.close()


@pytest.fixture(scope="session")
def zygote(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Sandbox]:
    yield from _opened("zygote", tmp_path_factory.mktemp("warm-up"))


@pytest.fixture(scope="session")
def bubblewrap(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Sandbox]:
    yield from _opened("bubblewrap", tmp_path_factory.mktemp("warm-up"))


@pytest.fixture(scope="session")
def unboxed(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Sandbox]:
    yield from _opened("none", tmp_path_factory.mktemp("warm-up"))


@pytest.fixture(params=["zygote", "bubblewrap", "unboxed"])
def sandbox(request: pytest.FixtureRequest) -> Sandbox:
    """Every implementation that works here."""
    return request.getfixturevalue(request.param)


@pytest.fixture(params=["zygote", "bubblewrap"])
def isolated(request: pytest.FixtureRequest) -> Sandbox:
    """Every implementation that isolates."""
    return request.getfixturevalue(request.param)


@pytest.fixture
def run(tmp_path: Path) -> Run:
    """`run(runner, source, inputs=…, emit=…, cancel=…, **limits)` runs a program, with `attempt` and `call` at hand."""

    def go(runner: Runner, source: str, inputs=None, argv=(), emit=None, cancel=None, **limits) -> ExecutionResult:
        bounds = {"wall_s": 20.0, "memory_mb": 1024, "scratch_mb": 32, "file_mb": 16} | limits
        job = Job(
            name="program",
            entry="runtime.harness.script:run",
            payload={"source": PRELUDE + source, "argv": list(argv)},
            inputs=inputs or {},
            scratch=tmp_path / "scratch",
            limits=Limits(**bounds),
        )
        return runner.run(job, emit=emit, cancel=cancel) if emit else runner.run(job, cancel=cancel)

    return go
