"""Profiles joined with the source files that they name: slots with the types that were seen there."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from runtime.compiler.inference.classes import counted
from runtime.compiler.inference.project import module_of
from runtime.compiler.inference.reading import read
from runtime.compiler.inference.scopes import Code, Scope
from runtime.compiler.inference.slots import RETURN, Slot, slots_of
from runtime.compiler.profile import CallTypes, Profile


@dataclass(frozen=True)
class Observation:
    """A slot and how often each type was seen in it."""

    package: str
    file: str
    slot: Slot
    types: dict[str, float]


@dataclass
class Source:
    """A file of a package, with its functions by line and name."""

    package: str
    file: str
    code: Code
    by_place: dict[tuple[int, str], Scope]


@lru_cache(maxsize=4096)
def source(file: str, package: str) -> Source | None:
    """None when there is no such file, or no such Python."""
    try:
        code = read(Path(file).read_text(encoding="utf-8"), module_of(Path(file)), file)
    except (OSError, SyntaxError, ValueError, RecursionError):
        return None
    by_place = {(scope.line, scope.short): scope for scope in code.scopes}
    return Source(package, file, code, by_place)


def observations(profiles: Iterable[Profile], wanted: Callable[[str], bool] = bool) -> list[Observation]:
    """Each slot of the packages that are wanted, once, its types over all profiles."""
    found: dict[tuple[str, int, str, str], tuple[Source, Slot, dict[str, float]]] = {}
    for profile in profiles:
        for name, function in profile.functions.items():
            package = name.partition(".")[0]
            if not wanted(package):
                continue
            read_source = source(function.file, package)
            last = name.partition(":")[0].rpartition(".")[2]
            short = "" if last == "<module>" else last
            scope = read_source.by_place.get((function.line, short)) if read_source else None
            if read_source is None or scope is None:
                continue
            seen = _seen(profile.function_calls.get(name, []), function.arg_names)
            for slot in slots_of(scope):
                types = counted(seen.get(slot.name, ()))
                if types:
                    key = (function.file, function.line, scope.name, slot.name)
                    before = found.setdefault(key, (read_source, slot, {}))[2]
                    for kind, weight in types.items():
                        before[kind] = before.get(kind, 0.0) + weight
    return [Observation(held.package, held.file, slot, types) for held, slot, types in found.values()]


def _seen(calls: list[CallTypes], arg_names: list[str]) -> dict[str, list[tuple[str, float]]]:
    found: dict[str, list[tuple[str, float]]] = {}
    for call in calls:
        named = [*zip(arg_names, call.arg_types, strict=False), *call.local_types.items(), (RETURN, call.return_type)]
        for name, types in named:
            found.setdefault(name, []).append((types, call.count))
    return found


def packages(seen: Iterable[Observation]) -> dict[str, list[Observation]]:
    """By package."""
    found: dict[str, list[Observation]] = {}
    for one in seen:
        found.setdefault(one.package, []).append(one)
    return found


def loaded(paths: Iterable[Path]) -> Iterator[Profile]:
    """Profiles from files, one at a time. Raises `InputError`."""
    for path in paths:
        yield Profile.load(path)
