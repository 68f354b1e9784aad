"""Records and samples to a `Profile`."""

import sys
from collections import Counter
from dataclasses import dataclass, field

from runtime.compiler.profile import CallTypes, FunctionProfile, HotLoop, HotPath, Profile
from runtime.compiler.tracing.functions import MOST_FUNCTIONS
from runtime.compiler.tracing.loops import Loops
from runtime.compiler.tracing.records import MOST_WAYS, Calls, Function
from runtime.compiler.tracing.sampler import OpenFunctions
from runtime.compiler.value_types import plain, union

MOST_PATHS, MOST_LOOPS = 20, 50
SMALLEST_SHARE = 0.005


@dataclass
class Seen:
    """All that a tracer wrote down."""

    module_name: str
    wall_s: float
    records: list[Calls]
    samples: Counter[OpenFunctions]
    functions_met: int = 0
    left_out: list[str] = field(default_factory=list)


def build(seen: Seen) -> Profile:
    """The profile, hottest functions first."""
    names = _names([record.function for record in seen.records])
    functions: dict[str, FunctionProfile] = {}
    ways: dict[str, dict[tuple[tuple[str, ...], str], CallTypes]] = {}
    crowded: set[str] = set()
    for record in seen.records:
        name = names[record.function]
        _count(functions, name, record)
        _ways(ways.setdefault(name, {}), record)
        if len(record.ways) >= MOST_WAYS:
            crowded.add(name)
    left_out = list(seen.left_out)
    if crowded:
        left_out.append(f"Called in more ways than the {MOST_WAYS} that are kept: {', '.join(sorted(crowded)[:10])}.")
    if seen.functions_met >= MOST_FUNCTIONS:
        left_out.append(f"Functions after the first {MOST_FUNCTIONS}.")
    ordered = sorted(functions, key=lambda name: -functions[name].self_s)
    return Profile(
        module_name=plain(seen.module_name),
        python=sys.version.split()[0],
        wall_s=seen.wall_s,
        function_calls={name: sorted(ways[name].values(), key=lambda way: -way.count) for name in ordered},
        functions={name: functions[name] for name in ordered},
        hot_paths=_paths(seen.samples, names),
        hot_loops=_loops(seen.samples, names),
        left_out=left_out,
    )


def _names(functions: list[Function]) -> dict[Function, str]:
    """A name of its own for each place in the source: a second function of a name has its line added."""
    places: dict[str, tuple[str, int]] = {}
    names: dict[Function, str] = {}
    for function in sorted(functions, key=lambda one: (one.name, one.file, one.line)):
        place = (function.file, function.line)
        first = places.setdefault(function.name, place)
        names[function] = function.name if first == place else f"{function.name}:{function.line}"
    return names


def _count(functions: dict[str, FunctionProfile], name: str, record: Calls) -> None:
    function = record.function
    found = functions.get(name)
    if found is None:
        facts = {
            "file": _readable(function.file),
            "line": function.line,
            "arg_names": function.arg_names,
            "kind": function.kind,
        }
        found = functions[name] = FunctionProfile.model_validate({**facts, "threads": 0})
    found.calls += record.calls
    found.total_s += record.total_s
    found.self_s += record.self_s
    found.threads = max(found.threads, record.threads)
    for raised, times in record.exceptions.items():
        found.exceptions[raised] = found.exceptions.get(raised, 0) + times


def _readable(file: str) -> str:
    """A path that is not UTF-8 can't be kept in JSON."""
    return file.encode("utf-8", "backslashreplace").decode()


def _ways(found: dict[tuple[tuple[str, ...], str], CallTypes], record: Calls) -> None:
    for way, (count, local_types) in record.ways.items():
        arg_types, return_type = way
        kept = found.get(way)
        if kept is None:
            kept = found[way] = CallTypes(arg_types=list(arg_types), return_type=return_type, count=0)
        kept.count += count
        for name, kinds in local_types.items():
            before = [kept.local_types[name]] if name in kept.local_types else []
            kept.local_types[name] = union([*kinds, *before])


def _paths(samples: Counter[OpenFunctions], names: dict[Function, str]) -> list[HotPath]:
    whole = sum(samples.values())
    chains: Counter[tuple[str, ...]] = Counter()
    for opened, seconds in samples.items():
        chains[tuple(names[function] for function, _ in reversed(opened) if function in names)] += seconds
    del chains[()]
    hottest = chains.most_common(MOST_PATHS)
    return [HotPath(functions=list(chain), share=s / whole) for chain, s in hottest if s >= SMALLEST_SHARE * whole]


def _loops(samples: Counter[OpenFunctions], names: dict[Function, str]) -> list[HotLoop]:
    whole = sum(samples.values())
    loops, found = Loops(), Counter[tuple[str, int]]()
    for opened, seconds in samples.items():
        for function, line in opened:
            for begin in loops.around(function.file, function.line, line):
                if function in names:
                    found[names[function], begin] += seconds
    hottest = found.most_common(MOST_LOOPS)
    kept = [(place, s / whole) for place, s in hottest if s >= SMALLEST_SHARE * whole]
    return [HotLoop(function=name, line=line, share=share) for (name, line), share in kept]
