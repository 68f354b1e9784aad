"""Files that are read back, or refused in one sentence that says where they are wrong."""

import json
from pathlib import Path

import pytest

from runtime.compiler.profile import FunctionProfile, Profile
from runtime.compiler.versioned import MOST_BYTES
from runtime.errors import InputError

PROFILE = Profile(
    module_name="a", python="3.11", wall_s=1.0, functions={"f": FunctionProfile(file="a.py", line=1, arg_names=["é"])}
)


def test_what_was_saved_is_read(tmp_path: Path) -> None:
    PROFILE.save(tmp_path / "x" / "y.json")
    assert Profile.load(tmp_path / "x" / "y.json") == PROFILE


@pytest.mark.parametrize(
    "change, said",
    [
        ({"version": 2}, "version: Input should be 1"),
        ({"functions": {"f": {"file": "a.py"}}}, "functions: f: line: Field required"),
        ({"wall_s": "long"}, "wall_s: Input should be a valid number"),
        ({"other": 1}, "other: Extra inputs are not permitted"),
    ],
)
def test_another_file_is_refused_with_the_place(tmp_path: Path, change: dict[str, object], said: str) -> None:
    (tmp_path / "x.json").write_text(json.dumps(PROFILE.model_dump() | change))
    with pytest.raises(InputError, match=said):
        Profile.load(tmp_path / "x.json")


@pytest.mark.parametrize("text", [b"", b"{", b"\xff\xfe", b"[" * 100_000, b"1" * 5_000, b"[]", b'{"version": 1e999}'])
def test_no_json_of_ours(tmp_path: Path, text: bytes) -> None:
    (tmp_path / "x.json").write_bytes(text)
    with pytest.raises(InputError, match=r"x\.json is no profile that `arxla trace` wrote") as told:
        Profile.load(tmp_path / "x.json")
    assert len(str(told.value).splitlines()) == 1


def test_what_can_not_be_read(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="can't be read: No such file"):
        Profile.load(tmp_path / "none.json")
    with pytest.raises(InputError, match="can't be read: Is a directory"):
        Profile.load(tmp_path)
    with (tmp_path / "huge.json").open("wb") as stream:
        stream.truncate(MOST_BYTES + 1)
    with pytest.raises(InputError, match="more than 200 MB"):
        Profile.load(tmp_path / "huge.json")
