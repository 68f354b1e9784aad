"""What all compilers share: named when absent, machine code for the types that were seen, the original for all else."""

import importlib.util
import time
from abc import ABC, abstractmethod
from importlib import import_module
from importlib.metadata import version
from types import FunctionType
from typing import ClassVar

from runtime.compiler.backend import Compiled, Refused
from runtime.compiler.backends.dispatch import Dispatch
from runtime.compiler.backends.variant import Variant
from runtime.compiler.cache import Cache
from runtime.compiler.effects import why_not_repeatable
from runtime.compiler.kinds import Unsupported
from runtime.compiler.methods import method_of
from runtime.compiler.profile import CallTypes
from runtime.compiler.source import Source, source_of
from runtime.compiler.strategy import CompilationStrategy


class NotCompiled(Exception):
    """The compiler's own words on why it made nothing."""


class Compiler(ABC):
    """A package of the extra `compile`; a subclass says what it is called and makes the variants."""

    strategy: CompilationStrategy
    name: ClassVar[str]
    """For sentences."""
    package: ClassVar[str]
    """What is imported."""
    distribution: ClassVar[str]
    """What is installed, which has the version."""

    def __init__(self, cache: Cache) -> None:
        self.cache = cache

    @abstractmethod
    def variants(self, source: Source, types: list[CallTypes]) -> list[Variant]:
        """Machine code for what can be kept of `types`, at least one. Raises `Unsupported` and `NotCompiled`."""

    @classmethod
    def absent(cls) -> str:
        """A sentence where its package is not installed, else ""."""
        there = importlib.util.find_spec(cls.package) is not None
        return "" if there else f"{cls.name} is not installed: pip install 'arxla[compile]'."

    def prepare(self) -> None:
        """What a process pays for once: it is no cost of one function."""
        import_module(self.package)

    @property
    def version(self) -> str:
        """Of the compiler: part of the cache's key."""
        return version(self.distribution)

    def compile(self, function: FunctionType, types: list[CallTypes]) -> Compiled | Refused:
        """A function that runs machine code for the recorded types and the original for all others."""
        if absent := self.absent():
            return Refused(absent)
        self.prepare()
        start = time.perf_counter()
        source = source_of(function)
        if isinstance(source, Refused):
            return source
        refused = why_not_repeatable(source)
        if refused:
            return refused
        try:
            method = method_of(source)
            variants = self.variants(method.source, method.types(types)) if method else self.variants(source, types)
        except Unsupported as fault:
            return Refused(f"{self.name} can't keep the meaning of {function.__name__}: {fault}.")
        except NotCompiled as fault:
            return Refused(f"{self.name} can't compile {function.__name__}: {fault}")
        except OSError as fault:
            return Refused(f"What {self.name} makes can't be kept in {self.cache.folder}: {fault.strerror}.")
        helpers = [helper for variant in variants for helper in variant.helpers]
        replacement = Dispatch(function, [source, *helpers], method).over(variants)
        return Compiled(replacement, time.perf_counter() - start, f"{self.name.lower()} {self.version}")
