"""Vectors of titles and abstracts, for a search by meaning beside the search by words."""

import hashlib
import sqlite3
from collections.abc import Iterable, Sequence
from contextlib import closing
from functools import cached_property
from importlib.util import find_spec
from pathlib import Path
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from runtime.errors import SourceUnavailable

Matrix = NDArray[np.float32]
EXTRA = "wordllama"
"""A static embedding whose weights are in the package (16 MB): no hub, no network, thousands of abstracts a second."""
FUSION = 60
"""k of reciprocal rank fusion, Cormack, Clarke and Büttcher, SIGIR 2009."""
BATCH = 512
LONGEST_TEXT = 2_000
PATIENCE_S = 60.0


class Embedder(Protocol):
    name: str

    def embed(self, texts: Sequence[str]) -> Matrix:
        """(texts, dimensions), each row of length 1."""
        ...


class WordLlamaEmbedder:
    """WordLlama l2_supercat, 256 dimensions; loaded when it is first asked."""

    name = "wordllama-l2-supercat-256"

    def embed(self, texts: Sequence[str]) -> Matrix:
        """Raises `SourceUnavailable` when the package is broken."""
        return np.asarray(self._model.embed(list(texts), norm=True), np.float32)

    @cached_property
    def _model(self) -> Any:
        try:
            import wordllama

            # Only through the cache's path does it find the tokenizer in its own package.
            return wordllama.WordLlama.load(cache_dir=Path(wordllama.__file__).parent, disable_download=True)
        except (ImportError, OSError) as error:
            raise SourceUnavailable(f"The embeddings can't be loaded ({error}); reinstall {EXTRA}.") from error


def installed_embedder() -> Embedder | None:
    """The embedder of the extra `embeddings`; None when it is not installed."""
    return WordLlamaEmbedder() if find_spec(EXTRA) else None


class Vectors:
    """A file of half-precision vectors by paper id, of one embedder. Raises `SourceUnavailable` for a broken file."""

    def __init__(self, path: Path, embedder: Embedder) -> None:
        self._path = path
        self._embedder = embedder

    def missing(self, papers: Iterable[tuple[str, str]]) -> list[tuple[str, str]]:
        """Of (id, text) pairs, those without a vector of exactly that text."""
        with self._open() as connection:
            known = dict(connection.execute("SELECT id, text FROM vector WHERE model = ?", (self._embedder.name,)))
        return [(name, text) for name, text in papers if known.get(name) != _key(text)]

    def put(self, papers: Sequence[tuple[str, str]]) -> None:
        """Embed (id, text) pairs and keep them; each batch is kept when it is done."""
        for start in range(0, len(papers), BATCH):
            batch = papers[start : start + BATCH]
            rows = self._embedder.embed([text[:LONGEST_TEXT] for _, text in batch]).astype(np.float16)
            lines = [
                (name, self._embedder.name, _key(text), row.tobytes())
                for (name, text), row in zip(batch, rows, strict=True)
            ]
            with self._open() as connection, connection:
                connection.executemany("INSERT OR REPLACE INTO vector VALUES (?, ?, ?, ?)", lines)

    def remove(self, paper_id: str) -> None:
        with self._open() as connection, connection:
            connection.execute("DELETE FROM vector WHERE id = ?", (paper_id,))

    def count(self) -> int:
        """Papers with a vector."""
        if not self._path.is_file():
            return 0
        with self._open() as connection:
            found = connection.execute("SELECT count(*) FROM vector WHERE model = ?", (self._embedder.name,)).fetchone()
        return int(found[0])

    def nearest(self, words: str, limit: int) -> list[str]:
        """Ids by cosine to the words, nearest first; none before the first `put`."""
        if not self._path.is_file():
            return []
        with self._open() as connection:
            found = connection.execute("SELECT id, row FROM vector WHERE model = ?", (self._embedder.name,)).fetchall()
        if not found:
            return []
        rows = np.frombuffer(b"".join(row for _, row in found), np.float16).reshape(len(found), -1)
        scores = rows.astype(np.float32) @ self._embedder.embed([words[:LONGEST_TEXT]])[0]
        best = np.argsort(-scores, kind="stable")[:limit]
        return [found[place][0] for place in best]

    def _open(self) -> closing[sqlite3.Connection]:
        try:
            connection = sqlite3.connect(self._path, timeout=PATIENCE_S)
            connection.execute("PRAGMA journal_mode = WAL")
            connection.execute(
                "CREATE TABLE IF NOT EXISTS vector (id TEXT PRIMARY KEY, model TEXT, text TEXT, row BLOB) WITHOUT ROWID"
            )
        except sqlite3.DatabaseError as error:
            raise SourceUnavailable(
                f"The vectors in {self._path} can't be read ({error}): delete it, `arxla papers add` makes it again."
            ) from error
        return closing(connection)


def fuse(rankings: Sequence[Sequence[str]], limit: int) -> list[str]:
    """Reciprocal rank fusion: an id scores the sum over the rankings of 1 / (60 + its rank from 1)."""
    scores: dict[str, float] = {}
    for ranking in rankings:
        for rank, name in enumerate(ranking, 1):
            scores[name] = scores.get(name, 0.0) + 1 / (FUSION + rank)
    return sorted(scores, key=lambda name: (-scores[name], name))[:limit]


def _key(text: str) -> str:
    return hashlib.sha256(text.encode("utf-8", "replace")).hexdigest()[:32]
