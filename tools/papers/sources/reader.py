"""Reading an index: by id, by date, at random, by query and by words."""

import random
from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Any

import tantivy
from tantivy import Occur, Query

from runtime.errors import InputError
from tools.papers.sources import entries, schema
from tools.papers.sources.clauses import translate
from tools.papers.sources.close_ids import closest
from tools.papers.sources.entries import Entry

MOST_WORDS = 64
"""Different words of one search; the first ones count."""
NEAR_IDS = 200
DAY_S = 86_400


class Reader:
    """Every method sees what was committed when it was called; entries come as they were put."""

    def __init__(self, index: tantivy.Index, now: Callable[[], datetime] = entries.now) -> None:
        self._index = index
        self._now = now

    def count(self) -> int:
        return int(self._searcher().num_docs)

    def by(self, field: str, value: str) -> Entry | None:
        """The entry whose id, origin or revision is exactly that."""
        found = self._find(Query.term_query(schema.schema(), field, value), 1)
        return found[0] if found else None

    def by_each(self, field: str, values: Sequence[str]) -> dict[str, Entry]:
        """Of these ids or origins, the ones that are there, in one look."""
        found = self._find(Query.term_set_query(schema.schema(), field, list(values)), len(values))
        return {entry.paper.id if field == "id" else entry.origin: entry for entry in found}

    def close_ids(self, paper_id: str) -> list[str]:
        """Ids within two typing mistakes, and those that begin alike."""
        searcher = self._searcher()
        fuzzy = Query.fuzzy_term_query(schema.schema(), "id", paper_id[: entries.LONGEST_ID], distance=2)
        typos = [entry.paper.id for entry in self._find(fuzzy, NEAR_IDS)]
        alike = [
            term
            for stem in dict.fromkeys((paper_id[:3], paper_id[:3].lower(), paper_id[:3].upper()))
            for term, _ in searcher.terms_with_prefix("id", stem, limit=NEAR_IDS)
        ]
        return closest(paper_id, [*typos, *alike])

    def all(self, limit: int | None = None) -> list[Entry]:
        """The newest first."""
        count = self.count()
        return self._find(Query.all_query(), count if limit is None else min(limit, count), order_by="when")

    def recent(self, days: int, limit: int) -> list[Entry]:
        """Published, or without a date added, in the last days, newest first; nothing from beyond tomorrow."""
        now = int(self._now().timestamp())
        first, last = (now // DAY_S - days) * DAY_S, now + DAY_S
        kind = tantivy.FieldType.Integer
        return self._find(Query.range_query(schema.schema(), "when", kind, first, last), limit, order_by="when")

    def random(self, limit: int, seed: int) -> list[Entry]:
        """Different entries; the same for the same seed and the same ids."""
        searcher = self._searcher()
        if not searcher.num_docs:
            return []
        # The filter leaves out terms of deleted papers.
        ids = sorted(term for term, _ in searcher.terms_with_prefix("id", "", filter_query=Query.all_query()))
        chosen = random.Random(seed).sample(ids, min(limit, len(ids)))
        return [entry for paper_id in chosen if (entry := self.by("id", paper_id))]

    def query(self, query: dict[str, Any], limit: int) -> list[Entry]:
        """By a clause of OpenSearch's JSON. Raises `InputError` for what is not understood."""
        return self._find(translate(query, self._now()), limit)

    def search(self, words: str, limit: int) -> list[Entry]:
        """By BM25 over title, abstract and text. Raises `InputError` without a word."""
        tokens = list(dict.fromkeys(schema.analyzer().analyze(words)))[:MOST_WORDS]
        if not tokens:
            raise InputError(f"There is no word to search for in {entries.shown(words)}.")
        clauses = [
            (Occur.Should, Query.boost_query(Query.term_query(schema.schema(), field, token), boost))
            for token in tokens
            for field, boost in schema.BOOSTS.items()
        ]
        return self._find(Query.boolean_query(clauses), limit)

    def _find(self, query: Query, limit: int, order_by: str | None = None) -> list[Entry]:
        searcher = self._searcher()
        if limit < 1 or not searcher.num_docs:
            return []
        found = searcher.search(query, min(limit, searcher.num_docs), count=False, order_by_field=order_by)
        return [Entry.model_validate_json(bytes(searcher.doc(address)["entry"][0])) for _, address in found.hits]

    def _searcher(self) -> tantivy.Searcher:
        self._index.reload()
        return self._index.searcher()
