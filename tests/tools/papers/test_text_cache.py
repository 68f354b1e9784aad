"""The cache of papers that were read before."""

from pathlib import Path

import pytest

from tools.papers.cleaning import Cleaning
from tools.papers.paper import FetchedText
from tools.papers.text_cache import FACTS, ReadText, TextCache


@pytest.fixture
def read(tmp_path: Path) -> ReadText:
    place = tmp_path / "run" / "paper-retrieval"
    place.mkdir(parents=True)
    (place / "text.txt").write_text("text with references")
    (place / "cleaned.txt").write_text("text")
    fetched = FetchedText(path=str(place / "text.txt"), form="text", characters=20, sha256="0", warnings=["w"])
    cleaning = Cleaning(characters_before=20, characters_after=4, removed={"references": 16})
    return ReadText(fetched=fetched, cleaning=cleaning)


def test_what_was_read_once_is_copied(tmp_path: Path, read: ReadText) -> None:
    cache, other = TextCache(tmp_path / "cache"), tmp_path / "other"
    other.mkdir()
    assert cache.find("key", other) is None
    cache.keep("key", Path(read.fetched.path).parent, read)
    found = cache.find("key", other)
    assert found is not None
    assert found.cleaning == read.cleaning
    assert found.fetched == read.fetched.model_copy(update={"path": str(other / "text.txt")})
    assert (other / "cleaned.txt").read_text() == "text"


@pytest.mark.parametrize("damage", ["facts", "text", "empty"])
def test_what_is_damaged_is_read_again(tmp_path: Path, read: ReadText, damage: str) -> None:
    cache = TextCache(tmp_path / "cache")
    cache.keep("key", Path(read.fetched.path).parent, read)
    kept = tmp_path / "cache" / "key"
    if damage == "facts":
        (kept / FACTS).write_text("{")
    elif damage == "text":
        (kept / "cleaned.txt").unlink()
    else:
        (kept / "text.txt").write_text("")
    assert cache.find("key", tmp_path) is None


def test_a_file_is_known_by_its_bytes_and_its_ending(tmp_path: Path) -> None:
    names = {"a.md": "one", "b.md": "one", "c.md": "two", "d.tex": "one"}
    for name, text in names.items():
        (tmp_path / name).write_text(text)
    a, b, c, d = (TextCache.key(tmp_path / name) for name in names)
    assert a == b
    assert len({a, c, d}) == 3
