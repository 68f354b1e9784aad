"""`arxla trace`: a program's calls, types and times, for the compiler's agents to learn from."""

import sys
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from arxla.trace_view import show
from arxla.tracing import FOLDER, Wish, merge_profiles, trace_program
from runtime.compiler.profile import Profile
from runtime.errors import InputError

app = typer.Typer(add_completion=False)


@app.command("trace", context_settings={"allow_interspersed_args": False, "ignore_unknown_options": False})
def trace(
    program: Annotated[str, typer.Argument(help="A script; a module with -m; or `merge` or `show`, then profiles.")],
    arguments: Annotated[
        list[str] | None, typer.Argument(help="The program's own; a last `--out FILE.json` is not.")
    ] = None,
    module: Annotated[bool, typer.Option("-m", help="Run a module, as `python -m` does: `-m pytest tests`.")] = False,
    out: Annotated[
        Path | None, typer.Option(help="Where the profile goes. [default: training_data/NAME_profile.json]")
    ] = None,
    include: Annotated[
        list[str] | None, typer.Option(help="Look at modules of these names and below, too: json,networkx.algorithms.")
    ] = None,
    folder: Annotated[list[Path] | None, typer.Option(help="Look at the code in this folder, too.")] = None,
    quiet: Annotated[bool, typer.Option("--quiet", help="Print only what the program prints.")] = False,
) -> None:
    """Run a program and write down its calls, types and times (never its values). Ends as the program ends."""
    rest, out = _own_out(list(arguments or []), out)
    if program in ("merge", "show") and not module and not Path(program).exists():
        if program == "merge":
            merge_profiles(rest, out)
            return
        for name in rest or _missing():
            show(Profile.load(Path(name)), Console())
        return
    stem = program if module else Path(program).stem
    modules = [name for names in include or [] for name in names.split(",") if name]
    wish = Wish(program, rest, module, out or FOLDER / f"{stem}_profile.json", modules, folder or [], quiet)
    sys.exit(trace_program(wish))


def _own_out(arguments: list[str], out: Path | None) -> tuple[list[str], Path | None]:
    """A last `--out FILE.json` is ours, unless one stood before the program."""
    if out is None and len(arguments) >= 2 and arguments[-2] == "--out" and arguments[-1].endswith(".json"):
        return arguments[:-2], Path(arguments[-1])
    if out is None and arguments and arguments[-1].startswith("--out=") and arguments[-1].endswith(".json"):
        return arguments[:-1], Path(arguments[-1].removeprefix("--out="))
    return arguments, out


def _missing() -> list[str]:
    raise InputError("Name the profile to show: arxla trace show FILE.json.")
