"""Compiled functions that one boxed job leaves and later ones load, always inside the box: machine code is code."""

import contextlib
import json
import shutil
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path
from types import FunctionType, ModuleType

from pydantic import BaseModel, ConfigDict

from runtime.compiler.backend import Compiled
from runtime.compiler.backends.registry import backends
from runtime.compiler.cache import Cache
from runtime.compiler.profile import CallTypes
from runtime.compiler.strategy import CompilationStrategy
from runtime.harness.failure import MODULE_FILE
from runtime.harness.module_loader import MODULE_NAME

LIST = "functions.json"


class KeptFunction(BaseModel):
    """How to have it again: the same compiler, asked for the same types, finds its work in the cache."""

    model_config = ConfigDict(extra="forbid")

    name: str
    strategy: CompilationStrategy
    backend: str
    types: list[CallTypes]


def own_functions() -> dict[str, FunctionType]:
    """The functions of the generated module itself, as it is loaded now; no methods, no inner functions."""
    return {
        name: value
        for name, value in vars(sys.modules[MODULE_NAME]).items()
        if isinstance(value, FunctionType) and value.__code__.co_filename == MODULE_FILE and value.__name__ == name
    }


def keep(place: Path, functions: Sequence[KeptFunction]) -> None:
    """Write the list of them beside the compilers' work, which `place` holds."""
    lines = [function.model_dump(mode="json") for function in functions]
    (place / LIST).write_text(json.dumps(lines))


def swap(place: Path) -> list[str]:
    """Put the compiled functions into the generated module that was just loaded; returns which ones.

    A function that can't be had again, for whatever reason, stays plain.
    """
    module, swapped = sys.modules[MODULE_NAME], []
    with tempfile.TemporaryDirectory(prefix="compiled-") as folder:
        # A cache must be its owner's alone and writable, and an input of a job is neither.
        cache = Path(shutil.copytree(place, Path(folder) / "cache"))
        cache.chmod(0o700)
        for kept in json.loads((cache / LIST).read_text()):
            function = KeptFunction.model_validate(kept)
            with contextlib.suppress(Exception):  # the plain function is there, and who asked is told
                if _swap(module, function, cache):
                    swapped.append(function.name)
    return swapped


def _swap(module: ModuleType, kept: KeptFunction, cache: Path) -> bool:
    original = own_functions().get(kept.name)
    if original is None:
        return False
    for backend in backends(Cache(cache))[kept.strategy]:
        made = backend.compile(original, kept.types)
        if isinstance(made, Compiled) and made.backend == kept.backend:
            setattr(module, kept.name, made.function)
            return True
    return False
