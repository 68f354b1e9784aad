"""PDF pages as text: order, furniture, broken words, headings."""

import io
import struct
from pathlib import Path

import pytest
from pdf_writing import Word, two_columns, write_pdf

from runtime.errors import InputError
from tools.papers.readers.hyphens import Vocabulary, join_broken
from tools.papers.readers.pdf import extract_pdf
from tools.papers.readers.pdf_lines import Line
from tools.papers.readers.writer import TextWriter

LEFT = [
    "We propose a method that learns what papers say",
    "from citations between them and show that it",
    "works on several tasks without any training of",
    "the model because the signal of relatedness is",
    "strong in the graph of citations that connect",
    "papers with one another and with authors in",
    "many fields of science and engineering.",
]
RIGHT = [
    "The second column begins with its own sentence",
    "and goes on to describe the experiments done",
    "on seven tasks with a public benchmark and",
    "several baselines that were trained on the same",
    "data as ours in order to be compared fairly",
    "with the method of this paper which is better",
    "by a margin larger than the variance.",
]


def read(path: Path) -> tuple[list[str], TextWriter]:
    file = io.BytesIO()
    writer = TextWriter(file)
    extract_pdf(path, writer, path.parent)
    writer.finish()
    return [line for line in file.getvalue().decode().split("\n") if line], writer


@pytest.mark.parametrize("interleaved", [False, True])
def test_two_columns_are_read_one_after_the_other(tmp_path: Path, interleaved: bool) -> None:
    title = Word(150, 740, "A Title over Two Columns", 16, bold=True)
    path = write_pdf(tmp_path / "a.pdf", [[title, *two_columns(LEFT, RIGHT, interleaved)]])
    lines, writer = read(path)
    assert lines == ["# A Title over Two Columns", *LEFT, *RIGHT]
    assert writer.title == "A Title over Two Columns"


def test_a_table_over_the_page_keeps_its_rows(tmp_path: Path) -> None:
    rows = [
        Word(x, 700 - 13 * row, text)
        for row in range(12)
        for x, text in ((60, f"Model number {row}"), (400, f"{row}.5 and 7.{row} points"))
    ]
    lines, _ = read(write_pdf(tmp_path / "a.pdf", [rows]))
    assert lines[3] == "Model number 3 3.5 and 7.3 points"


def page(number: int, *lines: str) -> list[Word]:
    head = [Word(200, 770, "Journal of Things, volume 7"), Word(300, 20, str(number))]
    return head + [Word(80, 700 - 12 * row, line) for row, line in enumerate(lines)]


def test_running_heads_and_page_numbers_go(tmp_path: Path) -> None:
    pages = [
        page(n, f"Text of page {n} with {n} layers.", "7", "Journal of Things is cited here.") for n in range(1, 6)
    ]
    lines, _ = read(write_pdf(tmp_path / "a.pdf", pages))
    assert lines == [
        text
        for n in range(1, 6)
        for text in (f"Text of page {n} with {n} layers.", "7", "Journal of Things is cited here.")
    ]


def test_headings_by_wording_and_print(tmp_path: Path) -> None:
    words = [
        Word(80, 760, "On the Nature of Things", 17, bold=True), Word(80, 735, "Lucretius"),
        Word(280, 710, "Abstract", 12, bold=True),
        Word(80, 690, "Nothing comes from nothing at all."), Word(80, 660, "1 Introduction", 12, bold=True),
        Word(80, 640, "Atoms move through the void."), Word(80, 610, "1.1 The Swerve", 10, bold=True),
        Word(80, 595, "They swerve."),
        Word(80, 580, "2 atoms are too few to make a world."), Word(80, 550, "References", 12, bold=True),
        Word(80, 530, "[1] Epicurus."),
    ]  # fmt: skip
    lines, writer = read(write_pdf(tmp_path / "a.pdf", [words]))
    assert [line for line in lines if line.startswith("#")] == [
        "# On the Nature of Things", "## Abstract", "## 1 Introduction", "### 1.1 The Swerve", "## References",
    ]  # fmt: skip
    assert writer.abstract == "Nothing comes from nothing at all."


def test_broken_words_are_joined_across_lines_and_pages(tmp_path: Path) -> None:
    pages = [
        page(1, "The transformer is a state-of-the-art net-", "work for language model-"),
        page(2, "ing and is fine-tuned on state-", "of-the-art data with trans-", "formers of low-", "rank."),
        page(3, "Modeling with a network is done."),
        page(4, "End."),
    ]
    lines, _ = read(write_pdf(tmp_path / "a.pdf", pages))
    assert " ".join(lines) == (
        "The transformer is a state-of-the-art network for language modeling and is fine-tuned on state-of-the-art "
        "data with transformers of lowrank. Modeling with a network is done. End."
    )


def line(text: str, hyphen: bool = False, size: float = 10) -> Line:
    return Line(text, 0, 0, 100, 10, size, False, hyphen)


@pytest.mark.parametrize(
    ("known", "before", "after", "joined"),
    [
        ("embedding", "embed", "ding", "embedding"),
        ("document-level", "document", "level", "document-level"),
        ("", "informa", "tion", "information"),
        ("graph graph based based", "graph", "based", "graph-based"),
        ("", "Encoder", "Decoder", "Encoder-Decoder"),
        ("", "x", "ray", "x-ray"),
    ],
)
def test_the_document_says_whether_a_hyphen_stays(known: str, before: str, after: str, joined: str) -> None:
    vocabulary = Vocabulary()
    vocabulary.learn([line(known)])
    result = join_broken([line(f"an {before}", hyphen=True), line(f"{after}, and more")], 2, vocabulary)
    assert [found.text for found in result] == [f"an {joined},", "and more"]


def test_a_word_goes_on_behind_a_footnote() -> None:
    lines = [line("the represen", hyphen=True), line("1 A note below.", size=7), line("tation of it")]
    assert [found.text for found in join_broken(lines, 3, Vocabulary())] == [
        "the representation",
        "1 A note below.",
        "of it",
    ]


def test_pages_without_text_are_named(tmp_path: Path) -> None:
    _, writer = read(
        write_pdf(tmp_path / "a.pdf", [page(1, "Some text of it."), [], page(3, "More text of it.")], picture=True)
    )
    assert writer.warnings == ["page 2 has no text (a picture or a scan)"]


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        (lambda path: write_pdf(path, [[], []], picture=True).read_bytes(), "no text layer"),
        (lambda path: write_pdf(path, [page(1, "secret")], password="pw").read_bytes(), "encrypted"),
        (lambda path: write_pdf(path, [page(1, "text")]).read_bytes()[:400], "is cut off"),
        (lambda _: b"%PDF-1.4\n" + struct.pack("<500d", *range(500)) + b"%%EOF", "is broken"),
    ],
)
def test_what_can_not_be_read_is_refused_in_a_sentence(tmp_path: Path, content, sentence: str) -> None:  # type: ignore[no-untyped-def]
    path = tmp_path / "bad.pdf"
    path.write_bytes(content(path))
    with pytest.raises(InputError, match=rf"^bad\.pdf .*{sentence}"):
        read(path)
