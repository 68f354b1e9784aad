"""Free text: when a table is text, and how it becomes rows of ids."""

import hashlib
import json

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tools.datasets import prepare
from tools.datasets.text_features import row_length
from tools.datasets.tokenization import both_ends, encode_rows, open_tokenizer, shorten, windows

GOOD = ["bright", "lively", "great", "warm"]
BAD = ["dull", "weary", "poor", "cold"]


def texts(rng, label):
    words = [GOOD if positive else BAD for positive in label]
    return [f"This film number {rng.integers(10**5)} was <b>{rng.choice(w)}</b>, and {rng.choice(w)}." for w in words]


@pytest.fixture
def frame(rng):
    label = rng.integers(0, 2, 200)
    return pd.DataFrame({"review": texts(rng, label), "label": np.where(label, "pos", "neg")})


def test_a_table_of_texts_is_tokenised(frame, tmp_path):
    frame.to_csv(tmp_path / "t.csv", index=False)
    prepared = prepare(str(tmp_path / "t.csv"), tmp_path / "out")
    profile = prepared.profile
    assert (profile.is_text, profile.dtype, profile.filler_token) == (True, "int64", 0)
    facts = json.loads((tmp_path / "out" / "normalizer.json").read_text())
    content = (tmp_path / "out" / "tokenizer.json").read_bytes()
    assert facts["sha256"] == hashlib.sha256(content).hexdigest()
    assert facts["sha256"] in prepared.normalizer
    assert (facts["columns"], facts["length"]) == (["review"], profile.input_shape[0])
    tokenizer = open_tokenizer(tmp_path / "out" / "tokenizer.json")
    X = np.load(tmp_path / "out" / "X_train.npy")
    first = tokenizer.decode(X[0][X[0] != 0].tolist())
    assert "film" in first and "<" not in first and first == first.lower()


def test_the_tokenizer_sees_the_train_rows_alone(frame, tmp_path):
    frame["split"] = ["train"] * 150 + ["test"] * 50
    frame.loc[150:, "review"] += " zyzzyva"
    frame.to_csv(tmp_path / "t.csv", index=False)
    prepare(str(tmp_path / "t.csv"), tmp_path / "out")
    vocabulary = open_tokenizer(tmp_path / "out" / "tokenizer.json").get_vocab()
    assert "Ġfilm" in vocabulary
    assert not any("zz" in token for token in vocabulary)


def test_columns_beside_a_text(frame, tmp_path, rng):
    few = frame.assign(stars=rng.integers(1, 6, 200))
    few.to_csv(tmp_path / "few.csv", index=False)
    profile = prepare(str(tmp_path / "few.csv"), tmp_path / "a").profile
    assert profile.is_text and any("'stars' left out" in warning for warning in profile.warnings)
    many = frame.assign(**{f"x{i}": rng.normal(size=200) for i in range(6)})
    many.to_csv(tmp_path / "many.csv", index=False)
    assert prepare(str(tmp_path / "many.csv"), tmp_path / "b").profile.is_tabular


def test_two_texts_are_read_as_one(frame, tmp_path):
    frame.insert(0, "title", [f"a few words {i} more" for i in range(200)])
    frame.to_csv(tmp_path / "t.csv", index=False)
    profile = prepare(str(tmp_path / "t.csv"), tmp_path / "out").profile
    assert profile.is_text and any("'title', 'review' are read one after" in warning for warning in profile.warnings)


def test_long_texts_may_repeat(tmp_path, rng):
    label = rng.integers(0, 2, 300)
    known = [
        f"A {word} film that I saw with my family in week {week}" for word in ("dull", "bright") for week in range(20)
    ]
    reviews = [known[20 * positive + rng.integers(20)] for positive in label]
    pd.DataFrame({"review": reviews, "label": label}).to_csv(tmp_path / "t.csv", index=False)
    assert prepare(str(tmp_path / "t.csv"), tmp_path / "out").profile.is_text


@pytest.mark.parametrize("values", [["red", "green", "blue"], ["New York", "San Francisco", "Rio"]])
def test_categories_are_no_texts(values, tmp_path, rng):
    frame = pd.DataFrame({"what": rng.choice(values, 90), "size": rng.normal(size=90), "label": rng.integers(0, 2, 90)})
    frame.to_csv(tmp_path / "t.csv", index=False)
    assert prepare(str(tmp_path / "t.csv"), tmp_path / "out").profile.is_tabular


def test_odd_texts(tmp_path, rng):
    label = rng.integers(0, 2, 60)
    odd = texts(rng, label)
    odd[0], odd[1], odd[2] = "", "word " * 100_000, "电影非常好看" * 20
    pd.DataFrame({"text": odd, "label": label}).to_parquet(tmp_path / "t.parquet")
    prepared = prepare(str(tmp_path / "t.parquet"), tmp_path / "out")
    assert prepared.profile.missing_values == 1
    X = [np.load(tmp_path / "out" / f"X_{part}.npy") for part in ("train", "val", "test")]
    assert sum(map(len, X)) == 60


@given(st.lists(st.integers(1, 99), max_size=40), st.integers(1, 20))
def test_both_ends_are_kept(ids, length):
    kept = both_ends(ids, length)
    assert len(kept) == min(len(ids), length)
    if len(ids) > length:
        head = (length + 1) // 2
        assert kept == ids[:head] + (ids[len(ids) - (length - head) :])


@settings(max_examples=30, deadline=None)
@given(st.lists(st.text(max_size=300), min_size=1, max_size=5))
def test_any_text_becomes_a_row(words):
    from tools.datasets.vocabulary import train_text_tokenizer

    tokenizer, size = train_text_tokenizer(["some plain words", *words])
    rows = encode_rows(tokenizer, words, 8)
    assert rows.shape == (len(words), 8)
    assert rows.min() >= 0 and rows.max() < size


def test_lengths_are_multiples_of_eight_within_bounds():
    assert [row_length(np.full(9, count)) for count in (0, 1, 9, 100, 5000)] == [8, 8, 16, 104, 384]
    assert len(shorten("x" * 10**6, 8)) < 300


def test_windows_follow_each_other():
    X, y = windows(np.arange(10), 3)
    assert X.tolist() == [[0, 1, 2], [3, 4, 5], [6, 7, 8]]
    assert y.tolist() == [[1, 2, 3], [4, 5, 6], [7, 8, 9]]
    assert windows(np.arange(3), 3)[0].shape == (0, 3)
