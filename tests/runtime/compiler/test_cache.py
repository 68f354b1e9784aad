"""Entries are whole and the user's own, or they are not loaded."""

import pytest

from runtime.compiler.cache import Cache, key_of
from runtime.errors import InputError


def make(folder):
    (folder / "module.py").write_text("x = 1\n")


def test_an_entry_is_found_again(tmp_path):
    cache = Cache(tmp_path / "c")
    entry = cache.build("k", make)
    assert cache.get("k") == entry and (entry / "module.py").read_text() == "x = 1\n"


@pytest.mark.parametrize("harm", ["changed", "added", "removed", "no manifest"])
def test_a_damaged_entry_is_removed(tmp_path, harm):
    cache = Cache(tmp_path / "c")
    entry = cache.build("k", make)
    match harm:
        case "changed":
            (entry / "module.py").write_text("x = 2\n")
        case "added":
            (entry / "other.py").write_text("")
        case "removed":
            (entry / "module.py").unlink()
        case "no manifest":
            (entry / "digests.json").unlink()
    assert cache.get("k") is None and not entry.exists()


def test_the_first_of_two_builders_wins(tmp_path):
    cache = Cache(tmp_path / "c")

    def slow(folder):
        make(folder)
        cache.build("k", make)

    assert cache.get(cache.build("k", slow).name) is not None
    assert [path.name for path in cache.folder.iterdir()] == ["k"]


def test_a_build_that_fails_leaves_nothing(tmp_path):
    cache = Cache(tmp_path / "c")

    def fail(folder):
        make(folder)
        raise ValueError("no")

    with pytest.raises(ValueError):
        cache.build("k", fail)
    assert not list(cache.folder.iterdir())


def test_a_folder_that_others_can_write_to_is_refused(tmp_path):
    (tmp_path / "c").mkdir(mode=0o755)
    (tmp_path / "c").chmod(0o777)
    with pytest.raises(InputError, match="chmod 700"):
        Cache(tmp_path / "c")


def test_keys_differ_by_every_part():
    assert len({key_of("a"), key_of("b"), key_of("a", "b"), key_of("ab")}) == 4
