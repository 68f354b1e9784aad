"""Passages of full texts, and hostile papers."""

import tempfile
from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st

from tests.tools.search.conftest import Shelf
from tools.papers.paper import Paper
from tools.search.own_papers import OwnPapers
from tools.search.passages import LONGEST_PASSAGE, MOST_PASSAGES, best_passages

TEXT = "\n\n".join(["Cooking is fun. " * 10, "The learning rate was 0.001 with warm-up. " * 5, "Nothing here. " * 20])


def test_passages_of_the_full_text_are_read() -> None:
    paper = Paper(id="../../p", source="index", title="Rates", abstract="About rates.", location="/texts/p.txt")
    tool = OwnPapers("index", lambda: Shelf([paper], {"../../p": TEXT}))
    found = tool.search("rates", 3)[0]
    assert "0.001" in tool.read(found, "learning rate") and "Cooking" not in tool.read(found, "learning rate")
    assert tool.read(found, "zebra") == "About rates."


def test_a_text_that_is_gone_leaves_the_abstract() -> None:
    paper = Paper(id="p", source="index", title="Rates", abstract="About rates.", location="/texts/p.txt")
    tool = OwnPapers("index", lambda: Shelf([paper]))
    assert tool.read(tool.search("rates", 3)[0], "learning") == "About rates."


def test_only_web_addresses_are_shown() -> None:
    paper = Paper(id="p", source="index", title="Rates", url="javascript:alert(1)")
    assert OwnPapers("index", lambda: Shelf([paper])).search("rates", 3)[0].url == ""


def test_the_source_is_opened_when_first_searched() -> None:
    opened = []
    tool = OwnPapers("index", lambda: opened.append(1) or Shelf([]))  # type: ignore[func-returns-value]
    assert opened == []
    tool.search("a b", 1), tool.search("c d", 1)
    assert opened == [1]


@given(st.text(max_size=4000), st.text(max_size=30))
def test_passages_are_bounded(text: str, words: str) -> None:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "text.txt"
        path.write_text(text, encoding="utf-8", errors="replace")
        assert len(best_passages(path, words)) <= MOST_PASSAGES * (LONGEST_PASSAGE + 2)
