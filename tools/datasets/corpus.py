"""Running text for a language model: documents become rows of tokens, each to be continued by one.

Documents are divided, never their rows: what is in one part is in no other. Within a part they follow each other, each
after a separator, and are cut into rows of `LENGTH` tokens; y is X moved by one token. Rows are put in a random order,
so that the first of them are a sample of all.
"""

import re
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from runtime.data_profile import DataProfile
from runtime.errors import InputError
from tools.datasets.raw import TEST, TRAIN, VAL
from tools.datasets.sampling import limit_warning
from tools.datasets.split import PART_NAMES, SHARE, SplitRequest, split_rows
from tools.datasets.text_features import TOKENIZER, TextFeatures
from tools.datasets.tokenization import Tokens, encode_stream, windows
from tools.datasets.vocabulary import saved, train_corpus_tokenizer

LENGTH = 64
"""Tokens a row. Attention over more helps models below 256 KB little and costs time in every step."""
TITLE = re.compile(r" = [^=].*")
"""The first line of an article in WikiText; headings inside it have more signs (` = = Life = = `)."""
MIN_ROWS = 2
PART_CODES = {"train": TRAIN, "validation": VAL, "test": TEST}


@dataclass(frozen=True)
class Corpus:
    """Documents, and the part (TRAIN, VAL, TEST) of each where the source is divided."""

    documents: list[str]
    given: NDArray[np.int8] | None = None
    warnings: list[str] = field(default_factory=list)


@dataclass(frozen=True)
class CorpusRows:
    """What is written: X and y (n, LENGTH) by part, and what describes them."""

    X: dict[int, Tokens]
    y: dict[int, Tokens]
    profile: DataProfile
    parameters: dict[str, Any]
    words: str
    files: dict[str, bytes]


def articles(lines: NDArray[np.object_]) -> list[str]:
    """The lines of WikiText, put together to one text an article; text before the first title is one as well."""
    groups: list[list[str]] = [[]]
    for line in lines:
        text = str(line)
        if TITLE.fullmatch(text.rstrip()):
            groups.append([])
        groups[-1].append(text if text.endswith("\n") else f"{text}\n")
    texts = ["".join(group) for group in groups]
    return [text for text in texts if text.strip()]


def corpus_parts(texts: dict[str, list[str]], what: str) -> Corpus:
    """Documents by part as one corpus; where there is no train part, validation takes its place."""
    warnings = []
    if not texts.get("train") and texts.get("validation"):
        texts = {**texts, "train": texts["validation"], "validation": []}
        warnings.append("Given parts: there is no train part, so the validation part is trained on.")
    documents = [text for part in PART_CODES for text in texts.get(part, [])]
    if not documents:
        raise InputError(f"{what} holds no text.")
    codes = np.concatenate([np.full(len(texts.get(part, [])), code, np.int8) for part, code in PART_CODES.items()])
    return Corpus(documents, codes if len(np.unique(codes)) > 1 else None, warnings)


def corpus_rows(corpus: Corpus, name: str, source: str, seed: int, max_rows: int | None) -> CorpusRows:
    """Divide the documents, train a tokenizer on those of the train part, and cut all into rows.

    Raises `InputError` when there is too little text for every part.
    """
    keys = TextFeatures(np.array(corpus.documents, dtype=object), []).row_keys()
    split = split_rows(SplitRequest(keys, seed, None, corpus.given))
    texts = {part: [corpus.documents[row] for row in split.rows(part)] for part in PART_CODES.values()}
    tokenizer, size = train_corpus_tokenizer(texts[TRAIN])
    random, warnings = np.random.default_rng(seed), [*corpus.warnings, *split.warnings]
    X, y = {}, {}
    for part, documents in texts.items():
        rows, following = windows(encode_stream(tokenizer, documents), LENGTH)
        chosen = random.permutation(len(rows))[: _limit(part, corpus, max_rows)]
        if len(chosen) < MIN_ROWS:
            raise InputError(f"{name} has too little text: each part needs {MIN_ROWS * LENGTH:,} tokens; give more.")
        warnings += [f"{note[:-1]} for {PART_NAMES[part]}." for note in limit_warning(len(chosen), len(rows))]
        X[part], y[part] = rows[chosen], following[chosen]
    profile = DataProfile(
        dataset_name=name,
        dataset_source=source,
        data_type="text",
        shape=(sum(map(len, X.values())), LENGTH),
        dtype="int64",
        is_text=True,
        sample_count=sum(map(len, X.values())),
        feature_count=LENGTH,
        task_type="language_modeling",
        value_range=(float(X[TRAIN].min()), float(X[TRAIN].max())),
        vocabulary_size=size,
        **_units(texts[TEST], len(encode_stream(tokenizer, texts[TEST]))),
        target_name="next token",
        split_kind=split.kind,
        warnings=warnings,
    )
    return CorpusRows(X, y, profile, *_description(tokenizer, size))


def _units(texts: list[str], tokens: int) -> dict[str, float]:
    """Bytes and words of the test text for each of its tokens."""
    return {
        "bytes_per_token": sum(len(text.encode()) for text in texts) / tokens,
        "words_per_token": sum(word_count(text) for text in texts) / tokens,
    }


def _description(tokenizer: Any, size: int) -> tuple[dict[str, Any], str, dict[str, bytes]]:
    """The normaliser's parameters, its words, and the tokenizer's file."""
    content, digest = saved(tokenizer)
    words = (
        f"text as rows of {LENGTH} byte-level BPE tokens out of {size} (tokenizer.json, SHA-256 {digest}, trained on "
        "the documents of the train part); y is the token after each"
    )
    facts = {"kind": "corpus", "tokenizer": TOKENIZER, "sha256": digest, "length": LENGTH, "vocabulary_size": size}
    return facts, words, {TOKENIZER: content}


def word_count(text: str) -> int:
    """Words between spaces, and the end of each line that has any: how WikiText's perplexities count."""
    return len(text.split()) + sum(bool(line.strip()) for line in text.splitlines())


def _limit(part: int, corpus: Corpus, max_rows: int | None) -> int | None:
    """Rows that a part may keep: `max_rows` for train and validation together, and a given test part whole."""
    if max_rows is None:
        return None
    if part == TEST:
        return None if corpus.given is not None and (corpus.given == TEST).any() else round(SHARE * max_rows)
    return max(MIN_ROWS, round((SHARE if part == VAL else 1 - SHARE) * max_rows))
