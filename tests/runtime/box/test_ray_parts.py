"""What surrounds Ray and needs none of it: addresses, files on their way, and what is told of a job that runs again."""

import importlib.util
import socket
from pathlib import Path

import pytest

from runtime.box.ray.address import check_ray
from runtime.box.ray.content import ContentStore, Digests, parts_of
from runtime.errors import InputError, SandboxFailure


def test_no_ray_is_one_sentence(monkeypatch):
    monkeypatch.setattr(importlib.util, "find_spec", lambda _name: None)
    with pytest.raises(InputError, match=r"pip install 'arxla\[ray\]'"):
        check_ray(None)


@pytest.mark.parametrize("address", ["here", "host:port", "ray://host:10001", "http://host:1", "host:99999", ""])
def test_an_address_that_can_t_be_one(address: str):
    with pytest.raises(InputError, match="RAY_ADDRESS"):
        check_ray(address)


def test_a_password_in_an_address_is_not_told():
    with pytest.raises(InputError, match="RAY_ADDRESS='host:1'") as refused:
        check_ray("me:hidden@host:1")
    assert "hidden" not in str(refused.value)


def test_an_address_is_tried():
    with socket.create_server(("127.0.0.1", 0)) as server:
        check_ray(f"127.0.0.1:{server.getsockname()[1]}")
    with pytest.raises(InputError, match=r"`ray start --head`"):
        check_ray("127.0.0.1:1")
    check_ray("auto")
    check_ray(None)


@pytest.fixture
def store():
    made = ContentStore()
    yield made
    made.close()


def _carry(digests: Digests, store: ContentStore, path: Path) -> Path:
    shipped, places = digests.describe(path)
    for sha in store.lacks(list(places)):
        parts = list(parts_of(places[sha]))
        for number, part in enumerate(parts):
            store.add(sha, part, number == 0, number == len(parts) - 1)
    return store.place(shipped)


def test_files_and_folders_arrive_as_they_are(tmp_path: Path, store, monkeypatch):
    monkeypatch.setattr("runtime.box.ray.content.PART_BYTES", 4)
    (tmp_path / "data/deep").mkdir(parents=True)
    (tmp_path / "data/deep/a.bin").write_bytes(b"0123456789")
    (tmp_path / "data/b.bin").write_bytes(b"01234567")
    (tmp_path / "data/empty").touch()
    (tmp_path / "data/link").symlink_to("/etc/passwd")
    digests = Digests()
    place = _carry(digests, store, tmp_path / "data")
    assert place.name == "data"
    assert {path.relative_to(place).as_posix(): path.read_bytes() for path in place.rglob("*") if path.is_file()} == {
        "deep/a.bin": b"0123456789",
        "b.bin": b"01234567",
        "empty": b"",
    }
    assert _carry(digests, store, tmp_path / "data") == place
    alone = _carry(digests, store, tmp_path / "data/b.bin")
    assert (alone.name, alone.read_bytes()) == ("b.bin", b"01234567")


def test_an_empty_folder_arrives(tmp_path: Path, store):
    (tmp_path / "nothing").mkdir()
    assert _carry(Digests(), store, tmp_path / "nothing").is_dir()


def test_a_changed_file_is_another_content(tmp_path: Path, store):
    path, digests = tmp_path / "x", Digests()
    path.write_bytes(b"one")
    first = _carry(digests, store, path)
    path.write_bytes(b"three")
    assert _carry(digests, store, path).read_bytes() == b"three"
    assert first.read_bytes() == b"one"


def test_damage_on_the_way_is_seen(store):
    with pytest.raises(SandboxFailure, match="changed while it was sent"):
        store.add("0" * 64, b"x", True, True)
    assert store.lacks(["0" * 64]) == ["0" * 64]


def test_a_missing_input_is_named(tmp_path: Path):
    with pytest.raises(SandboxFailure, match="gone"):
        Digests().describe(tmp_path / "gone")


def test_room_is_made_but_not_at_a_job_s_cost(tmp_path: Path, monkeypatch):
    store, digests = ContentStore(most_bytes=10), Digests()
    old, new = tmp_path / "old", tmp_path / "new"
    old.write_bytes(b"o" * 8)
    new.write_bytes(b"n" * 8)
    _carry(digests, store, old)
    _carry(digests, store, new)
    (sha,) = digests.describe(old)[1]
    assert store.lacks([sha]) == []
    monkeypatch.setattr("runtime.box.ray.content.LEAST_KEPT_S", -1.0)
    assert store.lacks(list(digests.describe(new)[1])) == []
    assert store.lacks([sha]) == [sha]
    assert _carry(digests, store, old).read_bytes() == b"o" * 8
    store.close()


def test_what_was_heard_is_not_told_again():
    remote = pytest.importorskip("runtime.box.ray.remote", reason="the extra `ray` is not installed")
    told = []
    hearing = remote.Hearing(told.append)
    for step in (1, 2):
        hearing({"step": step})
    hearing.begin_again()
    for step in (1, 2, 3):
        hearing({"step": step})
    assert [event["step"] for event in told] == [1, 2, 3]
