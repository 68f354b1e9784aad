"""A quotation stands in a text whatever extraction did to it, and a fake one never does."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tools.papers.quotations import Passage, normalise, stands_in

TEXT = (
    "We train with Adam (β1 = 0.9) at a learning\nrate of 1e-4, with a batch size of 128 and dropout of 0.5.  "
    "The de\u00adcoder uses self-atten-\ntion over state-of-the-art fea\ufffe\ntures; the ﬁnal layer is “soft”.\n\n"
    "Epochs | 300 | all runs"
)


@pytest.mark.parametrize(
    "quotation",
    [
        "at a learning rate of 1e-4, with a batch size",
        "AT A LEARNING RATE OF 1E−4",
        "self-attention over state-of-the-art features",
        "the final layer is \"soft\"",
        "“the decoder uses self-attention over”…",
        "Adam ( β1 = 0.9 ) at a learning  rate",
        "Epochs | 300 | all runs",
        "a batch size of 128 and dropout of 0.5.",
    ],
)  # fmt: skip
def test_what_stands_there_is_found(quotation: str) -> None:
    assert stands_in(quotation, TEXT)


@pytest.mark.parametrize(
    "quotation",
    [
        "",
        "Adam",
        "the learning rate",
        "a batch size of 12",
        "with a batch size of 1280 and dropout",
        "with a batch size of 128 and dropout of 0",
        "9) at a learning rate of 1e-4",
        "at a learning rate of 1e4, with a batch size",
        "4, with a batch size of 128 and dropout",
        "we train with Adam and a cosine schedule",
        "at a learning rate … and dropout of 0.5",
        "oder uses self-attention over state",
        " ".join("word" for _ in range(20)),
    ],
)
def test_what_does_not_stand_there_is_refused(quotation: str) -> None:
    assert not stands_in(quotation, TEXT)


def test_latex_and_markdown_marks_do_not_matter() -> None:
    text = r"the dropout rate of $P_{drop}=0.1$ is used for the **base** model, see~\cite{x}"
    assert stands_in("rate of P_drop=0.1 is used for the base model", text)


@given(st.text(max_size=200), st.text(max_size=60))
def test_any_text_can_be_asked_for_any_quotation(text: str, quotation: str) -> None:
    found = stands_in(quotation, text)
    assert not found or normalise(quotation).strip(" .,;:…\"'") in normalise(text)


@given(st.lists(st.from_regex(r"[a-z]{3,9}", fullmatch=True), min_size=12, max_size=40), st.integers(0, 5))
def test_a_run_of_whole_words_is_found_and_one_with_a_word_changed_is_not(words: list[str], start: int) -> None:
    passage = Passage("\n".join(words))
    quoted = words[start : start + 8]
    assert passage.holds(" ".join(quoted))
    assert not passage.holds(" ".join([*quoted[:4], "0xfake", *quoted[5:]]))


def test_a_setting_is_looked_up_in_a_sentence_that_names_it() -> None:
    text = (
        "We use 128 filters in each layer. The batch size is 64 for all datasets. Then 0.001 is the learning rate used."
    )
    passage = Passage(text)
    assert passage.sentence_with("batch_size", "64") == "The batch size is 64 for all datasets."
    assert passage.sentence_with("learningRate", "0.001") == "Then 0.001 is the learning rate used."
    assert passage.sentence_with("lr", "0.001") == passage.sentence_with("learning_rate", "0.001") != ""
    assert passage.sentence_with("hidden_size", "64") == ""
    assert passage.sentence_with("batch_size", "6") == ""
    assert passage.sentence_with("batch_size", "128") == ""
    assert passage.sentence_with("epochs", "300") == ""
    assert passage.sentence_with("", "64") == passage.sentence_with("batch_size", "") == ""
