"""The same program under `sys.setprofile` here and `sys.monitoring` in newer Pythons: both see the same."""

import json
import shutil
import subprocess
import sys
from functools import cache
from pathlib import Path

import pytest

from runtime.compiler.tracer import RuntimeTracer
from runtime.compiler.tracing.running import script

HERE = Path(__file__).parent
ROOT = HERE.parents[3]
Seen = dict[str, dict[str, object]]


@cache
def here() -> Seen:
    main, argv, path = sys.modules["__main__"], sys.argv, sys.path[:]
    tracer = RuntimeTracer(folders=[HERE], main="program")
    run = script(HERE / "program.py", [])
    try:
        with tracer:
            run()
    finally:
        sys.modules["__main__"], sys.argv, sys.path[:] = main, argv, path
    profile = tracer.profile
    assert profile is not None
    return {
        name: {
            "calls": function.calls,
            "kind": function.kind,
            "exceptions": function.exceptions,
            "ways": [
                [way.arg_types, way.return_type, way.local_types, way.count] for way in profile.function_calls[name]
            ],
            "times": [function.self_s, function.total_s],
        }
        for name, function in profile.functions.items()
    }


def newer(version: str) -> str:
    found = shutil.which(f"python{version}")
    kept = sorted(Path.home().glob(f".pyenv/versions/{version}.*/bin/python"))
    if found and subprocess.run([found, "--version"], capture_output=True, timeout=20).returncode == 0:
        return found
    if kept:
        return str(kept[-1])
    pytest.skip(f"there is no Python {version} here")


@cache
def there(version: str) -> Seen:
    command = [newer(version), str(HERE / "watch_with_monitoring.py"), str(ROOT), str(HERE / "program.py")]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60)
    assert done.returncode == 0, done.stderr
    answer = json.loads(done.stdout)
    assert answer["left_out"] == [] and "arxla trace" not in answer["tools"]
    seen: Seen = answer["seen"]
    return seen


@pytest.fixture(params=["here", "3.12", "3.13"])
def seen(request: pytest.FixtureRequest) -> Seen:
    if request.param == "here":
        return here()
    return there(request.param)


def ways(seen: Seen, name: str) -> list[tuple[list[str], str]]:
    found = seen[f"program.{name}"]["ways"]
    assert isinstance(found, list)
    return [(way[0], way[1]) for way in found]


def test_every_call_is_counted(seen: Seen) -> None:
    calls = {name.removeprefix("program."): function["calls"] for name, function in seen.items()}
    assert calls["fibonacci"] == 177
    assert (calls["is_even"], calls["is_odd"]) == (4, 4)
    assert (calls["halves"], calls["echo"], calls["delegating"]) == (3, 1, 1)
    assert (calls["waits"], calls["ticks"], calls["both"]) == (2, 1, 1)
    assert (calls["Shape.__init__"], calls["Shape.count"], calls["Shape.area"]) == (1, 1, 1)
    assert (calls["works"], calls["refuses"], calls["looks_up"]) == (3, 6, 3)
    assert not [name for name in calls if "comp>" in name or "genexpr" in name]


def test_types_of_arguments_results_and_variables(seen: Seen) -> None:
    assert ways(seen, "fibonacci") == [(["int"], "int")]
    assert ways(seen, "Shape.area") == [(["int", "float"], "float")]
    assert ways(seen, "Shape.square") == [(["type", "float"], "__main__.Shape")]
    assert ways(seen, "takes_all") == [(["int", "int", "tuple[str, str]", "dict[str, None]"], "int")]
    assert seen["program.Shape.area"]["ways"][0][2] in ({"product": "float"}, {"product": ["float"]})  # type: ignore[index]


def test_kinds_and_what_generators_yield(seen: Seen) -> None:
    assert seen["program.halves"]["kind"] == "generator" and seen["program.waits"]["kind"] == "coroutine"
    assert (["list[int]"], "float") in ways(seen, "halves")
    assert ways(seen, "delegating") == [(["tuple[float, float]"], "float")]
    assert ways(seen, "echo") == [([], "int | str")]
    assert ways(seen, "waits") == [(["float"], "dict[str, float]")]
    assert seen["program.ticks"]["kind"] == "async_generator"
    assert ways(seen, "ticks") == [(["int"], "tuple[int, str]")]


def test_generators_that_are_dropped_are_not_lost(seen: Seen) -> None:
    ((_, _, _, count),) = seen["program.dropped"]["ways"]  # type: ignore[misc]
    assert count == seen["program.dropped"]["calls"] == 10


def test_exceptions_by_name(seen: Seen) -> None:
    raised = {name.removeprefix("program."): function["exceptions"] for name, function in seen.items()}
    assert raised["refuses"] == {"Refused": 6} and raised["raises_again"] == {"ValueError": 3}
    assert raised["looks_up"] == raised["passes_on"] == {"KeyError": 3} and raised["catches"] == {}
    assert raised["halves"] == {"Refused": 1} and raised["echo"] == {}


def test_functions_of_one_name_stay_apart(seen: Seen) -> None:
    lambdas = {
        tuple(way) for name in seen if "<lambda>" in name for way, _ in ways(seen, name.removeprefix("program."))
    }
    assert lambdas == {("int",), ("str",)}
