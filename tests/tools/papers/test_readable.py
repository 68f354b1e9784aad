"""A brief for people."""

from tools.papers.brief import ArchitectureRow, Criterion, Hyperparameter, PaperBrief
from tools.papers.readable import as_markdown


def test_everything_has_its_place_and_what_is_empty_is_left_out() -> None:
    brief = PaperBrief(
        paper_id="p1",
        title="A\ntitle",
        method="First it computes.\n\nThen it trains.",
        architecture=[ArchitectureRow(component="conv", details="3 wide", chunk=1)],
        algorithm=["read", "write"],
        hyperparameters=[Hyperparameter(name="lr", value="0.1", chunk=2, quotation="a rate of 0.1")],
        criteria=[Criterion(id="C1", text="uses conv", kind="architecture", chunk=1, quotation="we use conv")],
        coverage=0.5,
    )
    text = as_markdown(brief)
    assert text.startswith("# A title\n") and "50% of the cleaned text" in text
    assert "- lr = 0.1 (chunk 2: “a rate of 0.1”)" in text and "2. write" in text
    assert "- **C1** (architecture) uses conv (chunk 1: “we use conv”)" in text
    assert "## Equations" not in text and "## Warnings" not in text


def test_a_papers_words_are_no_markup() -> None:
    evil = "<img src=x onerror=alert(1)> ![pixel](http://evil/p.png)"
    text = as_markdown(PaperBrief(paper_id=evil, title=evil, method=evil, datasets=[evil], warnings=[evil]))
    assert "<img" not in text and "](http" not in text
