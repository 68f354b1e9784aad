"""A brief for people."""

import pytest
from markdown_it import MarkdownIt

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


@pytest.mark.parametrize(
    "evil",
    [
        "[p]: http://evil/p.png\n![x][p]", "\\[x\\](http://evil)", "```\nswallowed", "~~~\nswallowed", "# Heading",
        "Heading\n===", "Heading\n---", "> quoted", "|a|b|\n|-|-|", "a|b\n-|-", "`code`", "http://evil",
        "<img src=x onerror=alert(1)> ![pixel](http://evil/p.png)",
    ],
)  # fmt: skip
def test_a_parser_of_markdown_finds_only_the_files_own_markup(evil: str) -> None:
    text = as_markdown(PaperBrief(paper_id="p", title="t", method=evil, algorithm=[evil], datasets=[evil]))
    tokens = MarkdownIt("gfm-like", {"linkify": False}).parse(text)
    kinds = {token.type for outer in tokens for token in [outer, *(outer.children or [])]}
    assert kinds <= {f"{name}_{end}" for name in ("heading", "paragraph", "bullet_list", "ordered_list", "list_item")
                     for end in ("open", "close")} | {"inline", "text", "text_special", "softbreak"}  # fmt: skip
    headings = [tokens[at + 1].content for at, token in enumerate(tokens) if token.type == "heading_open"]
    assert headings == ["t", "Method", "Algorithm", "Datasets"]
