"""Search over generated abstracts: the embedded index against OpenSearch on the same machine.

`python -m evals.benchmarks.paper_search [--papers N] [--queries N] [--opensearch URL] [--json]`. Both get the same
papers in the same batches, one after another, and the same queries with the same analysis of words (lower case,
English stems). Words are drawn by Zipf's law from a made-up vocabulary: a query of two to seven words holds very common
and rare ones.
"""

import argparse
import json
import shutil
import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass
from itertools import islice, product
from pathlib import Path
from typing import Any
from uuid import uuid4

import numpy as np
from numpy.typing import NDArray

from runtime.settings import load_settings
from tools.papers.paper import Paper
from tools.papers.sources.embedded import EmbeddedIndex, NewEntry
from tools.papers.sources.entries import Entry
from tools.papers.sources.opensearch import OpenSearchSource

VOCABULARY = 60_000
EXPONENT = 1.05
TITLE, ABSTRACT = 9, 150
"""Words."""
BATCH = 5_000
WARM_UP = 20
TOP = 10
SYLLABLES = ("ba", "ne", "ti", "ro", "ka", "lu", "mi", "so", "ve", "da", "gra", "con", "ten", "lay", "net", "mod")
MAPPING = {
    "settings": {
        "number_of_shards": 1,
        "number_of_replicas": 0,
        "analysis": {
            "filter": {"stems": {"type": "stemmer", "language": "porter2"}},
            "analyzer": {"default": {"tokenizer": "standard", "filter": ["lowercase", "asciifolding", "stems"]}},
        },
    }
}
Search = Callable[[str], list[Paper]]


@dataclass
class Figure:
    """One engine; times in milliseconds, overlap is the share of the other's first ten that it finds too."""

    engine: str
    papers_per_second: float
    p50_ms: float
    p95_ms: float
    megabytes: float
    overlap: float | None = None


class Words:
    """A vocabulary that is drawn from by Zipf's law."""

    def __init__(self, seed: int) -> None:
        made = ("".join(parts) for length in (2, 3, 4) for parts in product(SYLLABLES, repeat=length))
        self._words: NDArray[Any] = np.array(list(islice(made, VOCABULARY)), dtype=object)
        np.random.default_rng(0).shuffle(self._words)
        weights = np.arange(1, VOCABULARY + 1) ** -EXPONENT
        self._shares = np.cumsum(weights / weights.sum())
        self.random = np.random.default_rng(seed)

    def draw(self, count: int) -> str:
        places = np.searchsorted(self._shares, self.random.random(count))
        return " ".join(self._words[np.minimum(places, VOCABULARY - 1)])


def papers(count: int, seed: int = 1) -> Iterator[Paper]:
    """Papers with a title and an abstract."""
    words = Words(seed)
    for number in range(count):
        yield Paper(id=f"p{number:07}", source="index", title=words.draw(TITLE), abstract=words.draw(ABSTRACT))


def queries(count: int, seed: int = 2) -> list[str]:
    """Two to seven words each."""
    words = Words(seed)
    return [words.draw(int(words.random.integers(2, 8))) for _ in range(count)]


def batches(made: Iterator[Paper]) -> Iterator[list[Paper]]:
    while batch := list(islice(made, BATCH)):
        yield batch


def measure_embedded(count: int, asked: list[str], folder: Path) -> tuple[Figure, list[set[str]]]:
    """Build, then search, through the class that arxla uses."""
    index = EmbeddedIndex(folder)
    spent = 0.0
    for batch in batches(papers(count)):
        began = time.perf_counter()
        index.add([NewEntry(_entry(paper), None) for paper in batch])
        spent += time.perf_counter() - began
    times, found = timed(asked, lambda words: index.search(words, TOP))
    size = sum(file.stat().st_size for file in folder.rglob("*") if file.is_file())
    return figure("embedded", count, spent, times, size), found


def measure_opensearch(count: int, asked: list[str], url: str) -> tuple[Figure, list[set[str]]]:
    """The same in an index of our own, which is deleted at the end."""
    name = f"arxla-benchmark-{uuid4().hex[:12]}"
    source = OpenSearchSource(load_settings(env_file=None, opensearch_url=url, opensearch_index=name))
    ask = source.cluster.ask
    ask(lambda client: client.indices.create(index=name, body=MAPPING))
    try:
        spent = 0.0
        for batch in batches(papers(count)):
            began = time.perf_counter()
            lines: list[dict[str, Any]] = [
                part for paper in batch for part in ({"index": {"_id": paper.id}}, _record(paper))
            ]
            fill(source, lines)
            spent += time.perf_counter() - began
        began = time.perf_counter()
        ask(lambda client: client.indices.refresh(index=name, request_timeout=120))
        spent += time.perf_counter() - began
        times, found = timed(asked, lambda words: source.search(words, TOP))
        stats = ask(lambda client: client.indices.stats(index=name))
        return figure("opensearch", count, spent, times, stats["_all"]["total"]["store"]["size_in_bytes"]), found
    finally:
        ask(lambda client: client.indices.delete(index=name))


def fill(source: OpenSearchSource, lines: list[dict[str, Any]]) -> None:
    """Index one batch."""
    name = source.cluster.index
    answer = source.cluster.ask(lambda client: client.bulk(body=lines, index=name, request_timeout=120))
    if answer["errors"]:
        raise RuntimeError("OpenSearch refused documents of the benchmark")


def timed(asked: list[str], search: Search) -> tuple[list[float], list[set[str]]]:
    """Seconds and ids of each query, after a few that warm up."""
    for words in asked[:WARM_UP]:
        search(words)
    times, found = [], []
    for words in asked:
        began = time.perf_counter()
        hits = search(words)
        times.append(time.perf_counter() - began)
        found.append({paper.id for paper in hits})
    return times, found


def figure(engine: str, count: int, spent: float, times: list[float], size: int) -> Figure:
    p50, p95 = (float(value) * 1000 for value in np.percentile(times, [50, 95]))
    return Figure(engine, count / spent, p50, p95, size / 1e6)


def overlap(ours: list[set[str]], theirs: list[set[str]]) -> float:
    """Mean share of their hits that are among ours; a query without hits on both sides counts as agreement."""
    shares = [
        len(mine & other) / len(other) if other else float(not mine) for mine, other in zip(ours, theirs, strict=True)
    ]
    return float(np.mean(shares))


def table(figures: list[Figure], count: int, asked: int) -> str:
    """Both engines, one line each."""
    lines = [f"{count:,} papers, {asked} queries", "engine        papers/s   p50 ms   p95 ms       MB   same top 10"]
    for one in figures:
        same = "-" if one.overlap is None else f"{one.overlap:.1%}"
        speed = f"{one.papers_per_second:>8,.0f} {one.p50_ms:>8.1f} {one.p95_ms:>8.1f} {one.megabytes:>8.0f}"
        lines.append(f"{one.engine:<13} {speed} {same:>13}")
    return "\n".join(lines)


def _entry(paper: Paper) -> Entry:
    return Entry(paper=paper, origin=f"generated:{paper.id}", revision="1", added="2026-01-01T00:00:00+00:00")


def _record(paper: Paper) -> dict[str, Any]:
    return {"title": paper.title, "abstract": paper.abstract}


def main() -> None:
    """Print the table, or JSON."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--papers", type=int, default=200_000)
    parser.add_argument("--queries", type=int, default=300)
    parser.add_argument("--opensearch", help="The address of a server to compare with.")
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args()
    asked = queries(options.queries)
    folder = Path(tempfile.mkdtemp(prefix="arxla-search-"))
    try:
        embedded, ours = measure_embedded(options.papers, asked, folder)
    finally:
        shutil.rmtree(folder)
    figures = [embedded]
    if options.opensearch:
        other, theirs = measure_opensearch(options.papers, asked, options.opensearch)
        embedded.overlap = overlap(ours, theirs)
        figures.append(other)
    print(
        json.dumps([asdict(one) for one in figures])
        if options.json
        else table(figures, options.papers, options.queries)
    )


if __name__ == "__main__":
    main()
