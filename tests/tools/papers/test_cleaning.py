"""Cleaning removes what it says, all of what it says, and nothing else."""

import base64
import random
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tools.papers.cleaning import Cleaning, clean

PAPER = """# A Study of Things

Ada Lovelace, Alan Turing
University of Somewhere
{ada,alan}@somewhere.edu
arXiv:2101.00001v2 [cs.LG] 3 Jan 2021

## Abstract

We study things with 12 layers of width 512.

## 1 Method

The method was shown at the University of Somewhere and published in 2019 by others.
We minimise

$$L = \\sum_i (y_i - f(x_i))^2$$

| lr | batch |
|---|---|
| 0.1 | 64 |

Published as a conference paper at ICLR 2022

## Acknowledgements

We thank the reviewers and the National Fund (grant 12-34).

## References

Bach, F. Sharp analysis of kernels. In Conference on learning theory, 2013.

[2] Ada Lovelace, Alan Turing, and Kurt Gödel. Machines that
learn from data by themselves. arXiv preprint arXiv:1601.00001, 2016.

## A Proofs

By the law of large numbers we find the bound.
"""
LINES = st.sampled_from(
    [
        "\n",
        "# Title of it\n",
        "## References\n",
        "## Acknowledgements\n",
        "## 1 Method\n",
        "We thank A.\n",
        "-----\n",
        "Smith, J. A title. In Proceedings of X, 2019.\n",
        "The loss is $a^2$.\n",
        "a@b.org\n",
        "Preprint\n",
        "x" * 300 + "\n",
        "aB3" * 100 + "\n",
        "aB3+" * 16 + "\n",
        "Permission to make digital copies\n",
        "end of it.\n",
        "University of X\n",
        "no newline",
    ]
)


def cleaned(tmp_path: Path, text: str) -> tuple[str, Cleaning]:
    source, target = tmp_path / "source", tmp_path / "target"
    source.write_bytes(text.encode())
    result = clean(source, target)
    return target.read_bytes().decode(), result


def test_a_paper_loses_its_furniture_and_keeps_its_substance(tmp_path: Path) -> None:
    text, result = cleaned(tmp_path, PAPER)
    for gone in ("somewhere.edu", "arXiv", "ICLR", "We thank", "Bach", "Gödel", "learn from data", "\nUniversity"):
        assert gone not in text
    for kept in (
        "12 layers",
        "University of Somewhere and published in 2019",
        "\\sum_i",
        "| 0.1 | 64 |",
        "## A Proofs",
        "law of large",
    ):
        assert kept in text
    assert set(result.removed) == {"references", "acknowledgements", "contacts", "boilerplate", "blank_lines"}


@settings(max_examples=300, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(text=st.one_of(st.lists(LINES, max_size=40).map("".join), st.text(max_size=200)))
def test_what_is_gone_is_counted_and_what_stays_is_unchanged(tmp_path: Path, text: str) -> None:
    text = text.encode("utf-8", "replace").decode()
    after, result = cleaned(tmp_path, text)
    assert result.characters_before == len(text)
    assert result.characters_after == len(after) == len(text) - sum(result.removed.values())
    assert bool(after.strip()) == bool(text.strip())
    rest = iter(text)
    assert all(character in rest for character in after), "the result is no subsequence of the text"


def test_references_without_an_end_stop_where_they_no_longer_read_like_references(tmp_path: Path) -> None:
    entries = "Smith, J. and Doe, A. A title of a paper. Journal of Things, 12(3):4-5, 2019.\n\n" * 20
    prose = "The proof follows from the bound on the loss by a union over all layers of it.\n\n" * 20
    text, result = cleaned(tmp_path, f"## 1 Method\n\nIt works.\n\n## References\n\n{entries}{prose}")
    assert text.count("The proof follows") == 20
    assert "Smith" not in text
    assert result.removed["references"] > len(entries) * 0.95


def test_a_section_called_references_that_holds_none_stays(tmp_path: Path) -> None:
    prose = "## References\n\nPointers are dereferenced by the compiler and garbage is collected later on.\n"
    assert cleaned(tmp_path, "## 1 Method\n\nIt works.\n\n" + prose)[0].endswith(prose)


def test_encoded_pictures_go_and_long_words_stay(tmp_path: Path) -> None:
    blob = base64.b64encode(random.Random(1).randbytes(6000)).decode()
    lines = "\n".join(blob[place : place + 76] for place in range(0, len(blob), 76))
    bases = "ACGT" * 100
    text, result = cleaned(tmp_path, f"Before ![fig](data:image/png;base64,{blob}) after.\n\n{lines}\n\n{bases}\n")
    assert text == f"Before ![fig]() after.\n\n{bases}\n"
    assert result.removed == {"base64": len("data:image/png;base64,") + len(blob) + len(lines) + 1, "blank_lines": 1}


@pytest.mark.parametrize("text", ["## References\n\nDoe, J. A title. 2019.\n", "Preprint\n", "aB3d" * 100])
def test_a_text_of_nothing_else_is_left_whole(tmp_path: Path, text: str) -> None:
    after, result = cleaned(tmp_path, text)
    assert after == text
    assert result.removed == {}


def test_a_running_title_that_became_a_heading_goes(tmp_path: Path) -> None:
    text, result = cleaned(tmp_path, "# A Study of Things: Part One\n\nx\n\n## A Study of Things\n\ny\n")
    assert text.count("A Study") == 1
    assert result.removed["page_furniture"] == len("## A Study of Things\n")


def test_a_running_title_does_not_end_the_references(tmp_path: Path) -> None:
    entry = "Doe, J. and Roe, R. A title of a paper. Journal of Things, 12(3):4-5, 2019.\n\n"
    paper = (
        f"# A Study of Things: Part One\n\n## 1 Method\n\nx\n\n## References\n\n{entry}## A Study of Things\n\n{entry}"
    )
    text, result = cleaned(tmp_path, f"{paper}## A Proofs\n\ny\n")
    assert "Doe" not in text and text.endswith("## A Proofs\n\ny\n")
    assert result.removed["page_furniture"] == len("## A Study of Things\n")


def test_a_notice_ends_with_its_paragraph(tmp_path: Path) -> None:
    notice = "Permission to make digital copies of this\nwork is granted to all\n\n"
    text, result = cleaned(tmp_path, f"# T\n\n{notice}We train for 90 epochs\nwith Adam.\n")
    assert text == "# T\n\nWe train for 90 epochs\nwith Adam.\n"
    assert result.removed == {"boilerplate": len(notice) - 1, "blank_lines": 1}
