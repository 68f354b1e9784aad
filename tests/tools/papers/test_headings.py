"""One convention for headings."""

import pytest

from tools.papers.headings import format_heading, heading, is_references, is_thanks, known_name, number_of, shield


def test_a_heading_reads_back_as_it_was_written() -> None:
    assert heading(format_heading(3, "2.1  Data\nand models") + "\n") == (3, "2.1 Data and models")


@pytest.mark.parametrize("line", ["#hash", " # indented", "####### seven", "# ", "text # inside"])
def test_what_is_no_heading(line: str) -> None:
    assert heading(line) is None


def test_a_shielded_line_is_no_heading() -> None:
    assert heading(shield("# a comment in code")) is None
    assert shield("plain") == "plain"


@pytest.mark.parametrize(
    ("text", "expected"),
    [("3.1 Data", (2, "Data")), ("A Proofs", (1, "Proofs")), ("IV. Results", (1, "Results")), ("Data", None)],
)
def test_numbers_say_how_deep(text: str, expected: tuple[int, str] | None) -> None:
    assert number_of(text) == expected


def test_names_of_sections() -> None:
    assert known_name("5. Related Work")
    assert not known_name("Our model")
    assert is_references("7 REFERENCES")
    assert not is_references("Preferences")
    assert is_thanks("Acknowledgments and Disclosure of Funding")
