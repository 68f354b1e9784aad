"""Running text: articles, parts, rows and next tokens."""

import io
import json

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from runtime.errors import InputError
from tools.datasets import prepare
from tools.datasets.corpus import LENGTH, articles, corpus_parts, corpus_rows, word_count
from tools.datasets.raw import TEST, TRAIN, VAL
from tools.datasets.tokenization import open_tokenizer

LINES = ["", " = First = ", "", " Some words . ", " = = Life = = ", " More words . ", " = Second = ", " Other words . "]


def article(number, words=400):
    rng = np.random.default_rng(number)
    body = " ".join(rng.choice(["the", "cat", "sat", "on", "a", "mat", "and", "ran"], words))
    return f" = Article {number} = \n {body} about subject{number} . \n"


def test_lines_become_articles():
    texts = articles(np.array(LINES, dtype=object))
    assert [text.split("=")[1].strip() for text in texts] == ["First", "Second"]
    assert "Life" in texts[0] and "More words" in texts[0]


def test_no_document_is_in_two_parts():
    corpus = corpus_parts({"train": [article(n) for n in range(40)]}, "it")
    rows = corpus_rows(corpus, "it", "", 0, None)
    tokenizer_file = rows.files["tokenizer.json"]
    from tokenizers import Tokenizer

    tokenizer = Tokenizer.from_str(tokenizer_file.decode())
    subjects = []
    for part in (TRAIN, VAL, TEST):
        text = " ".join(tokenizer.decode(row.tolist()) for row in rows.X[part])
        subjects.append({word for word in text.split() if word.startswith("subject") and word[7:].isdigit()})
    assert all(subjects)
    assert not subjects[0] & subjects[2] and not subjects[0] & subjects[1] and not subjects[1] & subjects[2]


def test_y_is_the_next_token_and_rows_are_in_random_order():
    rows = corpus_rows(corpus_parts({"train": [article(n) for n in range(40)]}, "it"), "it", "", 0, None)
    for part in (TRAIN, VAL, TEST):
        X, y = rows.X[part], rows.y[part]
        assert X.shape == y.shape == (len(X), LENGTH)
        assert (X[:, 1:] == y[:, :-1]).all()
    again = corpus_rows(corpus_parts({"train": [article(n) for n in range(40)]}, "it"), "it", "", 0, None)
    assert (again.X[TRAIN] == rows.X[TRAIN]).all()
    assert again.parameters == rows.parameters


def test_given_parts_are_kept_and_a_missing_train_part_is_replaced():
    given = {"train": [article(n) for n in range(20)], "validation": [article(n) for n in range(20, 25)]}
    rows = corpus_rows(corpus_parts({**given, "test": [article(30)]}, "it"), "it", "", 0, 10)
    assert rows.profile.split_kind == "given"
    assert (len(rows.X[TRAIN]), len(rows.X[VAL])) == (8, 2)
    assert len(rows.X[TEST]) == (len(rows.X[TEST])) > 2
    del given["train"]
    corpus = corpus_parts({**given, "test": [article(30)]}, "it")
    assert corpus.warnings[0].startswith("Given parts: there is no train part")
    assert (corpus.given == TRAIN).sum() == 5


def test_too_little_text_is_said():
    with pytest.raises(InputError, match="too little text"):
        corpus_rows(corpus_parts({"train": ["a b c d"] * 1 + [f"x{n} y" for n in range(9)]}, "it"), "it", "", 0, None)
    with pytest.raises(InputError, match="holds no text"):
        corpus_parts({"train": []}, "it")


def test_words_are_counted_as_wikitext_counts_them():
    assert word_count(" one two \n\n three . \n") == 4 + 2


def test_a_corpus_from_a_folder(tmp_path):
    folder = tmp_path / "wikitext2" / "wikitext-2-raw-v1"
    folder.mkdir(parents=True)
    for part, numbers in (("train", range(20)), ("validation", range(20, 24)), ("test", range(24, 28))):
        lines = [line for n in numbers for line in article(n).splitlines(keepends=True)]
        buffer = io.BytesIO()
        pq.write_table(pa.table({"text": lines}), buffer)
        (folder / f"{part}-00000-of-00001.parquet").write_bytes(buffer.getvalue())
    prepared = prepare("wikitext2", tmp_path / "out", data_dir=tmp_path)
    profile = prepared.profile
    assert (profile.task_type, profile.target_name, profile.is_text) == ("language_modeling", "next token", True)
    assert profile.input_shape == (LENGTH,)
    assert 1 < profile.bytes_per_token < 20 and 0.1 < profile.words_per_token < 2
    y = np.load(tmp_path / "out" / "hidden" / "y_test.npy")
    assert y.shape == (prepared.test_count, LENGTH)
    facts = json.loads((tmp_path / "out" / "normalizer.json").read_text())
    tokenizer = open_tokenizer(tmp_path / "out" / facts["tokenizer"])
    text = "It is Ünicode, kept as it is.\n"
    assert tokenizer.decode(tokenizer.encode(text).ids) == text
    with pytest.raises(InputError, match="without columns"):
        prepare("wikitext2", tmp_path / "o2", data_dir=tmp_path, target_column="text")
