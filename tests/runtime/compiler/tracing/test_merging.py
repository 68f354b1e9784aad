"""Profiles that are merged: counts add up, shares are weighed, functions of one name from two files stay apart."""

import pytest

from runtime.compiler.profile import CallTypes, FunctionProfile, HotLoop, HotPath, Profile
from runtime.compiler.tracing.merging import merge
from runtime.errors import InputError


def profile(wall_s: float, calls: int, returns: str = "int", file: str = "/a.py", local: str = "int") -> Profile:
    function = FunctionProfile(file=file, line=3, arg_names=["x"], calls=calls, self_s=wall_s, total_s=wall_s)
    function.exceptions = {"KeyError": 1}
    way = CallTypes(arg_types=["int"], return_type=returns, local_types={"y": local}, count=2)
    return Profile(
        module_name="a",
        python="3.11.7",
        wall_s=wall_s,
        function_calls={"a.f": [way]},
        functions={"a.f": function},
        hot_paths=[HotPath(functions=["a.f"], share=1.0)],
        hot_loops=[HotLoop(function="a.f", line=4, share=0.5)],
        left_out=["Something."],
    )


def test_counts_add_up_and_types_are_joined() -> None:
    one, two = profile(1.0, 10), profile(3.0, 5, local="list[int | str] | None")
    merged = merge([one, two, profile(0.0, 1, returns="str")])
    assert merged.functions["a.f"].calls == 16 and merged.functions["a.f"].exceptions == {"KeyError": 3}
    assert [(way.return_type, way.count) for way in merged.function_calls["a.f"]] == [("int", 4), ("str", 2)]
    assert merged.function_calls["a.f"][0].local_types == {"y": "None | int | list[int | str]"}
    assert merged.wall_s == 4 and merged.hot_paths[0].share == 1 and merged.hot_loops[0].share == 0.5
    assert merged.left_out == ["Something."] and merged.module_name == "a"
    assert one == profile(1.0, 10)


def test_one_name_in_two_files_is_two_functions() -> None:
    merged = merge([profile(1.0, 10), profile(1.0, 7, file="/b.py")])
    assert [function.calls for function in merged.functions.values()] == [10, 7]
    assert {path.functions[0]: path.share for path in merged.hot_paths} == dict.fromkeys(merged.functions, 0.5)
    assert set(merged.function_calls) == set(merged.functions)


def test_nothing_to_merge() -> None:
    with pytest.raises(InputError, match="at least one"):
        merge([])
