"""Chunks cover a text exactly once, at the best places there are."""

from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from runtime.errors import InputError
from tools.papers.chunks import Chunk, read_chunk, split

PIECES = st.sampled_from(
    [
        "\n",
        "\n\n",
        "## A\n",
        "\n## 2 Method\n\n",
        "# T\n",
        "word ",
        "Ende. ",
        "é",
        "漢字",
        "😀",
        "x" * 30,
        "\r\n",
        " ",
        "\u2028",
    ]
)
TEXTS = st.one_of(st.text(max_size=300), st.lists(PIECES, max_size=60).map("".join)).map(
    lambda text: text.encode("utf-8", "replace").decode()
)


def write(tmp_path: Path, text: str) -> Path:
    path = tmp_path / "text"
    path.write_bytes(text.encode())
    return path


def joined(path: Path, chunks: list[Chunk]) -> str:
    return "".join(read_chunk(path, chunk) for chunk in chunks)


@settings(max_examples=200, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(text=TEXTS, limit=st.integers(1, 80))
def test_chunks_are_the_text_and_no_larger_than_asked(tmp_path: Path, text: str, limit: int) -> None:
    path = write(tmp_path, text)
    chunks = split(path, chunk_characters=limit)
    assert joined(path, chunks) == text
    assert all(0 < chunk.characters <= limit for chunk in chunks)
    assert [chunk.characters for chunk in chunks] == [len(read_chunk(path, chunk)) for chunk in chunks]
    assert [chunk.number for chunk in chunks] == list(range(1, len(chunks) + 1))


@settings(max_examples=200, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(text=TEXTS.filter(bool), count=st.integers(1, 20))
def test_so_many_chunks_as_asked(tmp_path: Path, text: str, count: int) -> None:
    path = write(tmp_path, text)
    if len(text) < count:
        with pytest.raises(InputError, match="ask for fewer"):
            split(path, chunk_characters=10, num_chunks=count)
        return
    chunks = split(path, chunk_characters=10, num_chunks=count)
    assert len(chunks) == count
    assert joined(path, chunks) == text
    assert all(chunk.characters for chunk in chunks)


def test_equal_chunks_are_about_equal(tmp_path: Path) -> None:
    path = write(tmp_path, "".join(f"Sentence number {n} of a long text. " for n in range(5000)))
    sizes = [chunk.characters for chunk in split(path, chunk_characters=1, num_chunks=5)]
    assert max(sizes) - min(sizes) < 100


def test_sections_come_first_then_paragraphs_then_sentences(tmp_path: Path) -> None:
    body = "A sentence here. " * 5
    text = f"## 1 One\n\n{body}\n\n### 1.1 Deep\n\n{body}\n\n## 2 Two\n\n{body}\n\n{body}\n"
    path = write(tmp_path, text)
    chunks = split(path, chunk_characters=260)
    assert [chunk.section for chunk in chunks] == ["1 One", "2 Two"]
    assert read_chunk(path, chunks[1]).startswith("## 2 Two")
    smaller = split(path, chunk_characters=120)
    assert [chunk.section for chunk in smaller][:3] == ["1 One", "1.1 Deep", "2 Two"]
    tiny = split(path, chunk_characters=40)
    assert all(read_chunk(path, chunk).rstrip()[-1] in ".epo" for chunk in tiny)


def test_a_line_that_was_cut_is_no_heading(tmp_path: Path) -> None:
    path = write(tmp_path, "word " * 10 + "# not a heading " + "word " * 10)
    assert {chunk.section for chunk in split(path, chunk_characters=50)} == {""}


def test_an_empty_text_has_no_chunks(tmp_path: Path) -> None:
    assert split(write(tmp_path, ""), chunk_characters=10) == []
    assert split(write(tmp_path, ""), chunk_characters=10, num_chunks=3) == []


def test_bytes_that_are_no_text_are_refused(tmp_path: Path) -> None:
    path = tmp_path / "latin"
    path.write_bytes("caf\xe9 au lait".encode("latin-1"))
    with pytest.raises(InputError, match="not UTF-8"):
        split(path, chunk_characters=4)
    with pytest.raises(InputError, match="one chunk or more"):
        split(path, chunk_characters=0)


@pytest.mark.parametrize("end", ["\n", " "])
def test_millions_of_characters_go_through_in_flat_memory(tmp_path: Path, end: str) -> None:
    import tracemalloc

    path = tmp_path / "long"
    with path.open("w") as file:
        for number in range(60):
            file.write((f"Sentence {number} of a long paper." + end) * 1500)
    tracemalloc.start()
    chunks = split(path, chunk_characters=20_000)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert sum(chunk.end - chunk.start for chunk in chunks) == path.stat().st_size
    assert peak < 1 << 20
