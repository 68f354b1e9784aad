"""What shares one common word with a query is not about it."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tools.search.protocol import Found
from tools.search.relevance import is_about, query_of


@pytest.mark.parametrize(
    ("text", "words", "about"),
    [
        ("A review of ECG", "ecg", True),
        ("Time series by kernels", "network suits time series classification ECG", True),
        ("Less training time for a network", "network suits time series classification ECG", False),
        ("A deep neural network", "neural network", True),
        ("anything", "", True),
        ("", "ecg", False),
    ],
)
def test_half_of_the_telling_words_decide(text: str, words: str, about: bool) -> None:
    assert is_about(text, words) == about


def test_the_query_is_named() -> None:
    found = Found(id="a", title="Time series", abstract="Of hearts.")
    assert (
        query_of(found, ["pixels of images", "time series"]) == "time series" and query_of(found, ["cats dogs"]) == ""
    )


@given(st.text(max_size=80), st.text(max_size=80))
def test_a_text_is_about_its_own_words(text: str, words: str) -> None:
    assert is_about(f"{words} {text}", words)
