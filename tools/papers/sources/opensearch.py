"""Papers in OpenSearch, with their full texts in S3 or in the index itself."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from runtime.errors import InputError
from runtime.settings import Settings
from tools.papers.paper import FetchedText, Paper
from tools.papers.sources.close_ids import closest, no_such_paper
from tools.papers.sources.cluster import Cluster
from tools.papers.sources.entries import check_id, shown
from tools.papers.sources.fields import NAMES, paper_of, plain, value_of
from tools.papers.sources.patience import FIRST_WAIT_S
from tools.papers.sources.reader import MOST_WORDS
from tools.papers.sources.s3 import S3Texts
from tools.papers.sources.schema import BOOSTS
from tools.papers.sources.texts import write_text

PAGE = 1_000
KEEP_ALIVE = "20m"
"""Renewed by each page; a sync reads the texts of one page in between."""
MOST_NEAR = 500
LISTED = {"excludes": list(NAMES["text"])}
"""What a list of hits leaves in OpenSearch: the full texts."""
DATES = {"date", "date_nanos"}


class OpenSearchSource:
    """Implements `PaperSource`. A paper's id is its paper_id, arxiv_id or id field, else OpenSearch's own `_id`."""

    name = "opensearch"

    def __init__(self, settings: Settings, wait_s: float = FIRST_WAIT_S) -> None:
        self.cluster = Cluster(settings, wait_s)
        self.texts = S3Texts(settings, wait_s)
        self._settings = settings

    def get(self, paper_id: str) -> Paper:
        return self._paper(self._hit(paper_id, LISTED))

    def recent(self, days: int, limit: int) -> list[Paper]:
        field = self._date_field()
        span = {"gte": f"now-{days}d/d", "lte": "now+1d/d"}
        body = {
            "query": {"bool": {"filter": [{"range": {field: span}}]}},
            "sort": [{field: {"order": "desc"}}],
        }
        return self._papers(body, limit)

    def random(self, limit: int, seed: int) -> list[Paper]:
        draw = {"random_score": {"seed": seed, "field": "_seq_no"}, "boost_mode": "replace"}
        return self._papers({"query": {"function_score": {"query": {"match_all": {}}, **draw}}}, limit)

    def query(self, query: dict[str, Any], limit: int) -> list[Paper]:
        return self._papers({"query": query}, limit)

    def search(self, words: str, limit: int) -> list[Paper]:
        words = " ".join(words.split()[:MOST_WORDS])
        if not words:
            raise InputError("There is no word to search for.")
        fields = [f"{name}^{boost:g}" for field, boost in BOOSTS.items() for name in NAMES[field]]
        match = {"query": words, "fields": fields, "type": "most_fields", "lenient": True}
        return self._papers({"query": {"multi_match": match}}, limit)

    def fetch(self, paper: Paper, destination: Path) -> FetchedText:
        known = {"title": paper.title, "abstract": paper.abstract}
        if paper.location:
            fetched = self.texts.fetch(paper.location, destination)
            return fetched.model_copy(update={name: value for name, value in known.items() if value})
        source = self._hit(paper.id, True).get("_source") or {}
        text = plain(value_of(source, "text"), self._settings.arxla_paper_max_mb * 1_000_000)
        if text.strip():
            return write_text(text, destination, **known)
        text = f"{paper.title}\n\n{paper.abstract}".strip()
        if not text:
            raise InputError(f"The record {shown(paper.id)} holds neither a text nor an abstract nor an S3 key.")
        return write_text(text, destination, **known, warnings=["Only the abstract is known."])

    def all(self, query: dict[str, Any] | None = None) -> Iterator[Paper]:
        """Every paper, page by page."""
        for hit in self._hits({"query": query or {"match_all": {}}}, None):
            yield self._paper(hit)

    def revision(self, paper: Paper) -> str:
        """Changes when the record or its text does."""
        stored = self.texts.revision(paper.location) if paper.location else ""
        hit = self._hit(paper.id, False)
        return f"{hit.get('_seq_no')}.{hit.get('_primary_term')}.{stored}"

    def check(self) -> int:
        """The number of papers; raises what asking raises."""
        return int(self.cluster.ask(lambda client: client.count(index=self.cluster.index))["count"])

    def _hit(self, paper_id: str, source: Any) -> dict[str, Any]:
        check_id(paper_id)
        same = {"query": paper_id, "fields": list(NAMES["id"]), "type": "phrase", "lenient": True}
        match = {"bool": {"should": [{"ids": {"values": [paper_id], "boost": 1000}}, {"multi_match": same}]}}
        body = {"query": match, "size": 20, "_source": source or list(NAMES["id"]), "seq_no_primary_term": True}
        for hit in self.cluster.search(body)["hits"]["hits"]:
            fields = hit.get("_source") or {}
            if paper_id in (hit["_id"], *(plain(fields.get(name), 600) for name in NAMES["id"])):
                return dict(hit)
        raise no_such_paper(paper_id, f"the index {self.cluster.index} of OpenSearch", self._near(paper_id))

    def _near(self, paper_id: str) -> list[str]:
        """Ids like this one: by OpenSearch's fuzzy match on id fields, and among some of the index's papers."""
        like = {"query": paper_id, "fields": list(NAMES["id"]), "fuzziness": "AUTO", "lenient": True}
        parts = [{"multi_match": like}, {"match_all": {"boost": 0.001}}]
        body = {"query": {"bool": {"should": parts}}, "size": MOST_NEAR, "_source": list(NAMES["id"])}
        return closest(paper_id, (self._paper(hit).id for hit in self.cluster.search(body)["hits"]["hits"]))

    def _date_field(self) -> str:
        """The first of the usual names that the index maps as a date."""
        names = NAMES["published"]
        found = self.cluster.ask(lambda client: client.field_caps(index=self.cluster.index, fields=",".join(names)))
        kinds = {name: set(kinds) for name, kinds in found.get("fields", {}).items()}
        for name in names:
            if kinds.get(name, set()) & DATES:
                return name
        raise InputError(
            f"The index {self.cluster.index} of OpenSearch maps none of {', '.join(names)} as a date; use a query."
        )

    def _papers(self, body: dict[str, Any], limit: int) -> list[Paper]:
        return [self._paper(hit) for hit in self._hits(body, limit)]

    def _paper(self, hit: dict[str, Any]) -> Paper:
        return paper_of(hit, self._settings.papers_bucket)

    def _hits(self, body: dict[str, Any], limit: int | None) -> Iterator[dict[str, Any]]:
        """Hits of a search, at most `limit`; more than a page is read at one point in time."""
        body = {**body, "_source": LISTED, "track_total_hits": False}
        if limit is not None and limit <= PAGE:
            yield from self.cluster.search({**body, "size": limit})["hits"]["hits"] if limit > 0 else ()
            return
        point = self._point_in_time()
        try:
            yield from self._pages(body, point, limit)
        finally:
            self.cluster.ask(lambda client: client.delete_pit(body={"pit_id": [point]}))

    def _pages(self, body: dict[str, Any], point: str, limit: int | None) -> Iterator[dict[str, Any]]:
        """Hits told apart by `_seq_no`, which is unique in a shard only: each page begins with the last key again."""
        order = [*body.get("sort", [{"_score": "desc"}]), {"_seq_no": "asc"}]
        body = {**body, "sort": order, "pit": {"id": point, "keep_alive": KEEP_ALIVE}, "size": PAGE}
        seen: set[str] = set()
        left = limit
        while left is None or left > 0:
            hits = self.cluster.search(body, index=None)["hits"]["hits"]
            new = [hit for hit in hits if hit["_id"] not in seen][:left]
            yield from new
            if len(hits) < PAGE or not new:
                return
            left = None if left is None else left - len(new)
            *key, number = hits[-1]["sort"]
            seen = {hit["_id"] for hit in hits if hit["sort"] == hits[-1]["sort"]}
            body["search_after"] = [*key, number - 1]

    def _point_in_time(self) -> str:
        options = {"params": {"keep_alive": KEEP_ALIVE}}
        made = self.cluster.ask(lambda client: client.create_pit(index=self.cluster.index, **options))
        return str(made["pit_id"])
