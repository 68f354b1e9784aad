"""A profile in words: what took the time, with which types, and what was not seen."""

from rich.console import Console
from rich.markup import escape
from rich.table import Table

from arxla.run_status import plain
from runtime.compiler.profile import CallTypes, Profile

MOST_FUNCTIONS, MOST_LINES = 12, 5


def show(profile: Profile, console: Console) -> None:
    """Hot functions, hot paths, hot loops, what was left out."""
    calls = sum(function.calls for function in profile.functions.values())
    counted = f"{calls:,} calls of {len(profile.functions):,} functions in {profile.wall_s:.2f} s"
    console.print(f"{plain(profile.module_name)}: {counted}", style="bold", markup=False)
    if not profile.functions:
        console.print("None of the user's functions was called: --include and --folder say what is looked at.")
    else:
        console.print(_functions(profile))
    if profile.hot_paths:
        console.print("Hot paths, by processor time", style="bold")
        for path in profile.hot_paths[:MOST_LINES]:
            console.print(f"  {path.share:6.1%}  {plain(_path(path.functions))}", markup=False, highlight=False)
    if profile.hot_loops:
        console.print("Hot loops, with what they call", style="bold")
        for loop in profile.hot_loops[:MOST_LINES]:
            console.print(
                f"  {loop.share:6.1%}  {plain(loop.function)}, line {loop.line}", markup=False, highlight=False
            )
    for sentence in profile.left_out:
        console.print(f"Not seen: {plain(sentence)}", markup=False)


def _functions(profile: Profile) -> Table:
    table = Table("function", "calls", "self (s)", "total (s)", "types", "raised", box=None, pad_edge=False)
    for name, function in list(profile.functions.items())[:MOST_FUNCTIONS]:
        raised = ", ".join(f"{kind} × {times}" for kind, times in function.exceptions.items())
        times = (f"{function.self_s:.3f}", f"{function.total_s:.3f}")
        ways = profile.function_calls.get(name, [])
        shown = [name, f"{function.calls:,}", *times, _ways(ways), raised]
        table.add_row(*(escape(plain(text)) for text in shown))
    return table


def _ways(ways: list[CallTypes]) -> str:
    if not ways:
        return ""
    more = f" and {len(ways) - 1} more" if len(ways) > 1 else ""
    return f"({', '.join(ways[0].arg_types)}) → {ways[0].return_type}{more}"


def _path(functions: list[str]) -> str:
    """The ends of a long chain."""
    if len(functions) > 6:
        functions = [*functions[:2], f"… {len(functions) - 5} more …", *functions[-3:]]
    return " → ".join(functions)
