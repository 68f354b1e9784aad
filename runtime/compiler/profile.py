"""What a tracer saw of a program's functions: types and times, never a value.

`Profile` is the file that the seed trains from: `module_name`, and `function_calls` by function name, each a list of
the ways in which that function was called, with `arg_types` and `return_type`; and what a compiler needs beside them.
"""

from __future__ import annotations

from typing import ClassVar, Literal

from pydantic import Field

from runtime.compiler.versioned import Part, VersionedFile

FunctionKind = Literal["function", "generator", "coroutine", "async_generator"]


class CallTypes(Part):
    """One way in which a function was called; types are written as in `value_types`."""

    arg_types: list[str]
    """By position, as in `FunctionProfile.arg_names`."""
    return_type: str
    """"never" where it raised; what a generator yielded or a coroutine returned otherwise."""
    local_types: dict[str, str] = Field(default_factory=dict)
    """Of the local variables when it returned."""
    count: int = 1
    """Calls that were looked at; `FunctionProfile.calls` counts all of them."""


class FunctionProfile(Part):
    """One function's times (seconds) and counts."""

    file: str
    line: int
    arg_names: list[str]
    kind: FunctionKind = "function"
    calls: int = 0
    total_s: float = 0.0
    """Within its outermost calls, so that a recursion counts once."""
    self_s: float = 0.0
    """Without what it called."""
    exceptions: dict[str, int] = Field(default_factory=dict)
    """Names of the exceptions that left it."""
    threads: int = 1


class HotPath(Part):
    """A chain of calls, outermost first, and the share of the sampled time that ended in it."""

    functions: list[str]
    share: float


class HotLoop(Part):
    """A loop statement and the share of the sampled time that was spent in its lines."""

    function: str
    line: int
    share: float


class Profile(VersionedFile):
    """One traced program, or several that were merged. Function names are `module.qualified.name`."""

    what: ClassVar[str] = "profile that `arxla trace` wrote"
    module_name: str
    python: str
    wall_s: float
    function_calls: dict[str, list[CallTypes]] = Field(default_factory=dict)
    functions: dict[str, FunctionProfile] = Field(default_factory=dict)
    hot_paths: list[HotPath] = Field(default_factory=list)
    hot_loops: list[HotLoop] = Field(default_factory=list)
    left_out: list[str] = Field(default_factory=list)
    """What could not be seen, one sentence each."""
