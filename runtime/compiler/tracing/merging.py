"""Several profiles to one: counts and times are added, shares weigh as much as their profile took."""

from collections import Counter
from collections.abc import Sequence

from runtime.compiler.profile import CallTypes, FunctionProfile, HotLoop, HotPath, Profile
from runtime.compiler.value_types import union
from runtime.errors import InputError


def merge(profiles: Sequence[Profile]) -> Profile:
    """Raises `InputError` when there is none. A function is known by its name, and by its file where names meet."""
    if not profiles:
        raise InputError("Name at least one profile to merge.")
    merged = Profile(
        module_name=" + ".join(dict.fromkeys(profile.module_name for profile in profiles)),
        python=" + ".join(dict.fromkeys(profile.python for profile in profiles)),
        wall_s=sum(profile.wall_s for profile in profiles),
    )
    paths, loops = Counter[tuple[str, ...]](), Counter[tuple[str, int]]()
    for profile in profiles:
        names = {name: _name(merged, name, function) for name, function in profile.functions.items()}
        for name, function in profile.functions.items():
            _add(merged, names[name], function, profile.function_calls.get(name, []))
        weight = profile.wall_s / merged.wall_s if merged.wall_s else 1 / len(profiles)
        for path in profile.hot_paths:
            paths[tuple(names.get(name, name) for name in path.functions)] += path.share * weight  # type: ignore[assignment]
        for loop in profile.hot_loops:
            loops[names.get(loop.function, loop.function), loop.line] += loop.share * weight  # type: ignore[assignment]
        merged.left_out += [line for line in profile.left_out if line not in merged.left_out]
    merged.hot_paths = [HotPath(functions=list(chain), share=share) for chain, share in paths.most_common()]
    merged.hot_loops = [HotLoop(function=name, line=line, share=s) for (name, line), s in loops.most_common()]
    ordered = sorted(merged.functions, key=lambda name: -merged.functions[name].self_s)
    merged.functions = {name: merged.functions[name] for name in ordered}
    merged.function_calls = {name: merged.function_calls[name] for name in ordered}
    return merged


def _name(merged: Profile, name: str, function: FunctionProfile) -> str:
    """The name itself, unless another file's (or line's) function has it already."""
    for tried in (name, f"{name}:{function.line}", f"{name}:{function.file}:{function.line}"):
        before = merged.functions.get(tried)
        if before is None or (before.file, before.line, before.arg_names) == _place(function):
            return tried
    return f"{name}:{function.file}:{function.line}"


def _place(function: FunctionProfile) -> tuple[str, int, list[str]]:
    return function.file, function.line, function.arg_names


def _add(merged: Profile, name: str, function: FunctionProfile, ways: list[CallTypes]) -> None:
    kept = merged.functions.get(name)
    if kept is None:
        merged.functions[name] = function.model_copy(deep=True)
    else:
        kept.calls += function.calls
        kept.total_s += function.total_s
        kept.self_s += function.self_s
        kept.threads = max(kept.threads, function.threads)
        for raised, times in function.exceptions.items():
            kept.exceptions[raised] = kept.exceptions.get(raised, 0) + times
    known = {(tuple(way.arg_types), way.return_type): way for way in merged.function_calls.get(name, [])}
    for way in ways:
        same = known.get((tuple(way.arg_types), way.return_type))
        if same is None:
            known[tuple(way.arg_types), way.return_type] = way.model_copy(deep=True)
            continue
        same.count += way.count
        for variable, kind in way.local_types.items():
            before = same.local_types.get(variable)
            same.local_types[variable] = kind if before is None else union([before, kind])
    merged.function_calls[name] = sorted(known.values(), key=lambda way: -way.count)
