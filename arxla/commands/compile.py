"""`arxla compile`: make a file's functions faster, and say of each what was done, why, and what it brought."""

import ast
import contextlib
import inspect
import json
import sys
from functools import partial
from pathlib import Path
from types import FunctionType
from typing import Annotated, Any

import typer

from runtime.compiler.calls import Call
from runtime.compiler.capture import Recorder, functions_of, run_file
from runtime.compiler.inference.engine import engine_in_use
from runtime.compiler.inference.project import beside
from runtime.compiler.pipeline import EXPECTED_CALLS, AICompilationPipeline, CompilationResult
from runtime.compiler.profile import CallTypes, Profile
from runtime.compiler.strategy import CompilationStrategy
from runtime.compiler.strategy_agent import agent_in_use, own_file
from runtime.errors import InputError
from runtime.settings import load_settings

MOST_FUNCTIONS = 50


def compile(
    what: Annotated[str, typer.Argument(help="file.py, or file.py:function.")],
    strategy: Annotated[str, typer.Option(help="auto, interpret, bytecode, optimized or native.")] = "auto",
    explain: Annotated[bool, typer.Option("--explain", help="Say why, and what was tried and refused.")] = False,
    profile: Annotated[Path | None, typer.Option(help="Types and times that `arxla trace` wrote.")] = None,
    args: Annotated[list[str] | None, typer.Option(help="A call to replay, e.g. '30, [1.0, 2.5]'.")] = None,
    runs: Annotated[int, typer.Option(min=1, help="How often the file will run: compiling is paid for once.")] = 100,
    as_json: Annotated[bool, typer.Option("--json", help="The results as JSON.")] = False,
) -> None:
    """Compile functions where both versions agree and the compiled one is measurably faster; run the file for calls."""
    path, wanted = _target(what)
    chosen = None if strategy == "auto" else _strategy(strategy)
    if args and not wanted:
        raise InputError("--args needs a function: file.py:function.")
    types = _profile(profile, path) if profile else None
    recorder = Recorder(str(path)) if not args and types is None else None
    with contextlib.redirect_stdout(sys.stderr) if as_json else contextlib.nullcontext():
        module = run_file(path, "__main__" if recorder else path.stem, recorder)
    functions = _functions(functions_of(module, path), wanted, path)
    given = [_call(text, functions[0]) for text in args or []]
    folder = load_settings().arxla_cache_dir
    agent = agent_in_use(folder)
    infer = partial(engine_in_use(folder).infer_type, beside=beside(path))
    pipeline = AICompilationPipeline(folder / "compiled", agent.decide_strategy, infer, learn=agent.update)
    results = []
    for function in functions:
        calls = given or (recorder.of(function) if recorder else [])
        seen, expected = _seen(types, function, path)
        if recorder and recorder.count(function):
            expected = recorder.count(function)
        results.append(pipeline.compile_with_strategy(function, chosen, calls or None, seen or None, expected * runs))
        if not as_json:
            print(_told(results[-1], explain))
    if as_json:
        print(json.dumps([_as_data(result) for result in results], indent=2))
    try:
        agent.save_model(own_file(folder))
    except OSError as fault:
        raise InputError(f"What was learned can't be kept in {folder}: {fault.strerror}.") from fault


def _target(what: str) -> tuple[Path, str]:
    file, _, function = what.partition(":")
    path = Path(file).absolute()
    if path.is_dir():
        raise InputError(f"{file} is a folder: name a Python file in it.")
    if not path.is_file():
        raise InputError(f"There is no file {file}.")
    return path, function


def _strategy(name: str) -> CompilationStrategy:
    try:
        return CompilationStrategy(name)
    except ValueError:
        known = ", ".join(["auto", *CompilationStrategy])
        raise InputError(f"The strategy {name!r} is unknown: choose {known}.") from None


def _functions(found: dict[str, FunctionType], wanted: str, path: Path) -> list[FunctionType]:
    if not found:
        raise InputError(f"{path.name} defines no function.")
    if not wanted:
        return list(found.values())[:MOST_FUNCTIONS]
    if wanted not in found:
        raise InputError(f"{path.name} has no function {wanted}: it has {', '.join(list(found)[:12])}.")
    return [found[wanted]]


def _call(text: str, function: FunctionType) -> Call:
    try:
        call = Call(ast.literal_eval(f"({text},)" if text.strip() else "()"))
    except (ValueError, SyntaxError, MemoryError) as fault:
        raise InputError(f"--args {text!r} is no list of Python values, such as '30, [1.0, 2.5]'.") from fault
    signature = inspect.signature(function)
    try:
        signature.bind(*call.arguments)
    except TypeError as fault:
        raise InputError(f"--args {text!r} is no call of {function.__qualname__}{signature}: {fault}.") from fault
    return call


def _profile(profile: Path, path: Path) -> Profile:
    found = Profile.load(profile)
    if not any(Path(seen.file).name == path.name for seen in found.functions.values()):
        raise InputError(f"{profile} has seen no function of {path.name}: trace a program that calls them.")
    return found


def _seen(profile: Profile | None, function: FunctionType, path: Path) -> tuple[list[CallTypes], int]:
    """What the profile says of the function, and how often it was called."""
    if profile is None:
        return [], EXPECTED_CALLS
    for name, seen in profile.functions.items():
        same_file = Path(seen.file).name == path.name
        if same_file and seen.line == function.__code__.co_firstlineno and name.endswith(function.__name__):
            return profile.function_calls.get(name, []), max(seen.calls, 1)
    return [], EXPECTED_CALLS


def _told(result: CompilationResult, explain: bool) -> str:
    if result.strategy is CompilationStrategy.INTERPRET:
        line = f"{result.name}: left as it is"
        decided = [result.decision.reason] if result.decision and not explain else []
        reasons = result.refused if explain else (result.refused or decided)[:1]
    else:
        took = f"compiled in {result.compile_time:.1f} s"
        line = f"{result.name}: {result.strategy.value} by {result.backend}, {result.speedup:.1f} × as fast, {took}"
        reasons = result.refused if explain else []
    if explain and result.metrics:
        metrics = result.metrics
        per_call = f"{metrics['original_s'] * 1e6:.1f} → {metrics['compiled_s'] * 1e6:.1f} µs a call"
        with_cost = f"{metrics['speedup_with_compilation']:.2f} × with what it cost to compile"
        line += f"\n  {per_call}, {with_cost}; {metrics['verified_calls']:.0f} calls agreed"
    if explain and result.decision:
        decision = result.decision
        line += f"\n  chosen: {decision.strategy.value} ({decision.confidence:.0%}). {decision.reason}"
    return line + "".join(f"\n  {reason}" for reason in reasons)


def _as_data(result: CompilationResult) -> dict[str, Any]:
    return {
        "function": result.name,
        "strategy": result.strategy.value,
        "backend": result.backend,
        "compile_time_s": result.compile_time,
        "speedup": result.speedup,
        "metrics": result.metrics,
        "refused": result.refused,
    }
