"""Free text as features: a tokenizer is trained on the train rows, and each text becomes one row of ids."""

import hashlib
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tools.datasets.raw import Kind, Rows
from tools.datasets.tokenization import encode_rows, shorten
from tools.datasets.vocabulary import saved, train_text_tokenizer

COVERED = 90.0
"""Per cent of the train texts that are kept whole, where the bound allows."""
SHORTEST, LONGEST = 8, 384
"""Tokens a row. A model's time grows with it, on XLA its compile time too."""
PROBE = 2000
TOKENIZER = "tokenizer.json"


@dataclass
class TextNormalizer:
    """The trained tokenizer and the texts that it is applied to."""

    texts: NDArray[np.object_]
    tokenizer: Any
    parameters: dict[str, Any]
    words: str
    files: dict[str, bytes]
    feature_names: list[str] = field(default_factory=list)
    warnings: list[str] = field(default_factory=list)

    def __call__(self, rows: Rows) -> NDArray[np.int64]:
        return encode_rows(self.tokenizer, self.texts[rows].tolist(), self.parameters["length"])


@dataclass(frozen=True)
class TextFeatures:
    """`texts` is (n,) str objects, "" where there is none; `columns` are the columns they were read from."""

    texts: NDArray[np.object_]
    columns: list[str]
    kind: Kind = "tokens"

    def __len__(self) -> int:
        return len(self.texts)

    def take(self, rows: Rows) -> "TextFeatures":
        return TextFeatures(self.texts[rows], self.columns)

    def row_keys(self) -> NDArray[np.uint64]:
        """Texts that differ in capitals and spaces alone are copies."""
        plain = (" ".join(text.lower().split()).encode("utf-8", "replace") for text in self.texts)
        digests = b"".join(hashlib.blake2b(text, digest_size=8).digest() for text in plain)
        return np.frombuffer(digests, dtype=np.uint64)

    def missing(self) -> int:
        return int(sum(not text for text in self.texts))

    def infinite(self) -> int:
        return 0

    def fit(self, train_rows: Rows) -> TextNormalizer:
        train = self.texts[train_rows].tolist()
        tokenizer, size = train_text_tokenizer(train)
        counts = _token_counts(tokenizer, train)
        length = row_length(counts)
        content, digest = saved(tokenizer)
        parameters = {
            "kind": "text",
            "columns": self.columns,
            "tokenizer": TOKENIZER,
            "sha256": digest,
            "length": length,
            "vocabulary_size": size,
        }
        words = (
            f"text in lower case as rows of {length} byte-level BPE tokens out of {size} (of a longer text its two "
            f"ends; tokenizer.json, SHA-256 {digest}, trained on the train rows)"
        )
        cut = float((counts > length).mean())
        warnings = [
            f"Long texts: {cut:.0%} of the train texts are longer than {length} tokens, and their middle is cut."
        ]
        return TextNormalizer(
            self.texts, tokenizer, parameters, words, {TOKENIZER: content}, warnings=warnings if cut > 0.01 else []
        )


def row_length(counts: NDArray[np.int64]) -> int:
    """Tokens a row: a multiple of 8 that holds most texts whole, within the bounds."""
    covered = float(np.percentile(counts, COVERED)) if len(counts) else SHORTEST
    return int(np.clip(-(-covered // 8) * 8, SHORTEST, LONGEST))


def _token_counts(tokenizer: Any, texts: list[str]) -> NDArray[np.int64]:
    """Tokens in each of at most `PROBE` texts, spread evenly over all."""
    probe = [shorten(text, LONGEST) for text in texts[:: max(1, -(-len(texts) // PROBE))]]
    return np.array([len(encoding.ids) for encoding in tokenizer.encode_batch_fast(probe)], dtype=np.int64)
