"""What goes into the box and what comes out of it."""

from enum import StrEnum
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ConfigDict, Field


class Limits(BaseModel):
    """Bounds of one boxed job; reaching one ends the whole process tree."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    wall_s: float = 600.0
    cpu_s: float = 1200.0
    memory_mb: int = 4096
    """Above the warm parent's own memory."""
    processes: int = 256
    """Threads count."""
    file_mb: int = 256
    """Largest single file."""
    scratch_mb: int = 512
    output_kb: int = 1024
    """stdout and stderr together; more is an output flood."""
    open_files: int = 256


class Job(BaseModel):
    """One call of a trusted entry point with untrusted material, inside the box.

    `entry` is "package.module:function" of arxla's own code (under `runtime.harness`); the function is
    `(payload, inputs, scratch, emit) -> dict`, where `inputs` maps the names below to read-only paths as seen inside,
    `scratch` is the one writable folder, `emit(event: dict)` sends a progress event out, and the returned dict is JSON.
    """

    model_config = ConfigDict(extra="forbid")

    name: str
    entry: str
    payload: dict[str, Any] = Field(default_factory=dict)
    inputs: dict[str, Path] = Field(default_factory=dict)
    scratch: Path
    """A folder of the host; everything the job leaves there is untrusted."""
    limits: Limits = Limits()


class Status(StrEnum):
    """How a boxed job ended."""

    OK = "ok"
    RAISED = "raised"
    TIMED_OUT = "timed_out"
    OUT_OF_MEMORY = "out_of_memory"
    KILLED = "killed"
    OUTPUT_FLOOD = "output_flood"
    TAMPERED = "tampered"
    CANCELLED = "cancelled"


class ErrorReport(BaseModel):
    """A Python exception that reached the harness."""

    type: str
    message: str
    traceback: str = ""
    """Only the frames of generated code, then the last line; line numbers are those of the generated module."""
    line: int | None = None
    """The innermost line of the generated module."""
    phase: str = ""
    """load, call, contract, measure or export."""


class ExecutionResult(BaseModel):
    """The end of a boxed job, as data. Values that came from the job are untrusted."""

    status: Status
    value: dict[str, Any] | None = None
    error: ErrorReport | None = None
    stdout: str = ""
    """The last 64 KB."""
    stderr: str = ""
    detail: str = ""
    """One sentence for a person: what happened, with the limit that was reached."""
    duration_s: float = 0.0
    start_s: float = 0.0
    """From the request to the first line of the entry point."""
    peak_memory_mb: float = 0.0
    exit_code: int | None = None
    signal: int | None = None
    sandbox: str = ""
    node: str = ""
    """The machine that it ran on, where that need not be this one."""

    @property
    def ok(self) -> bool:
        return self.status is Status.OK
