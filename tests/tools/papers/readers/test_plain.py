"""Text and Markdown of any style and encoding."""

import io
from pathlib import Path

import pytest

from tools.papers.readers.plain import bare_heading, extract_plain
from tools.papers.readers.writer import TextWriter


def read(tmp_path: Path, content: str | bytes, markdown: bool = True) -> tuple[str, TextWriter]:
    path, file = tmp_path / "paper", io.BytesIO()
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    writer = TextWriter(file)
    extract_plain(path, writer, markdown)
    writer.finish()
    return file.getvalue().decode(), writer


def headings(text: str) -> list[str]:
    return [line for line in text.split("\n") if line.startswith("#")]


def test_markdown_keeps_its_depth_below_one_title(tmp_path: Path) -> None:
    text, writer = read(tmp_path, "# My Paper\n\n# Method\n\n## Data\ntext\n\n# Results #\n")
    assert headings(text) == ["# My Paper", "## Method", "### Data", "## Results"]
    assert writer.title == "My Paper"


def test_a_title_may_begin_with_a_digit_and_a_section_is_none(tmp_path: Path) -> None:
    sections = "1 BACKGROUND\n\ntext\n\n2 METHOD\n\ntext\n\n3 RESULTS\n\ntext\n"
    text, writer = read(tmp_path, f"# 8-BIT OPTIMIZERS\n\nABSTRACT\n\nShort.\n\n{sections}", markdown=False)
    assert headings(text)[:2] == ["# 8-BIT OPTIMIZERS", "## ABSTRACT"]
    assert writer.title == "8-BIT OPTIMIZERS"
    assert read(tmp_path, "# 1 Introduction\n\ntext\n")[1].title == ""


def test_underlined_headings(tmp_path: Path) -> None:
    text, _ = read(tmp_path, "My Paper\n========\n\nMethod\n---\n\nSome text\n\n-----\n\nmore\n")
    assert headings(text) == ["# My Paper", "### Method"]
    assert "-----" in text


def test_comments_in_code_are_no_headings(tmp_path: Path) -> None:
    text, _ = read(tmp_path, "# T\n\n```python\n# a comment\nx = 1\n```\n\n## End\n")
    assert headings(text) == ["# T", "## End"]
    assert " # a comment\nx = 1\n" in text


def test_sections_without_marks(tmp_path: Path) -> None:
    paper = (
        "## A TITLE IN\n#### TWO LINES\n\nABSTRACT\n\nWe do it.\n\n1 INTRODUCTION\n\nText.\n\n2 OUR METHOD\n\n"
        "2.1 DATA SETS\n\nText.\n\n# Parameters (in million)\n\nREFERENCES\n\nA PROOFS OF ALL\n\nText.\n"
    )
    text, writer = read(tmp_path, paper, markdown=False)
    assert headings(text) == [
        "# A TITLE IN TWO LINES", "## ABSTRACT", "## 1 INTRODUCTION", "## 2 OUR METHOD", "### 2.1 DATA SETS",
        "## REFERENCES", "## A PROOFS OF ALL",
    ]  # fmt: skip
    assert writer.abstract == "We do it."
    assert " # Parameters (in million)\n" in text


@pytest.mark.parametrize(
    "line", ["0.2 Accuracy of it", "8 Adam 16.7", "1 Box Box Box", "A simple method", "2 and more", "3 A sentence."]
)
def test_lines_that_only_begin_like_headings(line: str) -> None:
    assert bare_heading(line, "") is None


def test_latex_marks_within_markdown(tmp_path: Path) -> None:
    paper = "\\title{\nA Title: $x$\n}\n\n\\begin{abstract}\nShort.\n\\end{abstract}\n\n\\section*{1. Intro}\n"
    paper += "\\section*{A.1. More}\n"
    text, writer = read(tmp_path, paper)
    assert headings(text) == ["# A Title: $x$", "## Abstract", "## 1. Intro", "### A.1. More"]
    assert writer.abstract == "Short."


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "utf-32", "latin-1", "cp1252"])
def test_encodings(tmp_path: Path, encoding: str) -> None:
    words = "# Über naïve Bäume\n\nGödel and Schrödinger wrote a long text about café society and résumés.\n"
    text, writer = read(tmp_path, words.encode(encoding))
    assert text == words
    assert writer.title == "Über naïve Bäume"


def test_cyrillic_in_an_old_encoding(tmp_path: Path) -> None:
    words = "Нейронные сети обучаются на больших данных и решают задачи распознавания изображений. " * 5
    text, writer = read(tmp_path, words.encode("cp1251"))
    assert text.strip() == words.strip()
    assert "cp1251" in writer.warnings[0]


def test_line_ends_and_control_characters(tmp_path: Path) -> None:
    assert read(tmp_path, b"a\r\nb\rc\x00\x0c\n\n\n\nd")[0] == "a\nb\nc\n\nd\n"


def test_one_endless_line_comes_through_whole(tmp_path: Path) -> None:
    words = "word " * 100_000
    text, writer = read(tmp_path, words)
    assert text.strip() == words.strip()
    assert writer.characters == len(text)
