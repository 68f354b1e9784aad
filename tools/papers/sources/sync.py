"""Pulling papers from OpenSearch and S3 into the embedded index."""

from collections.abc import Callable, Iterable, Iterator
from datetime import datetime
from pathlib import Path

from tools.papers.paper import Paper
from tools.papers.sources import entries
from tools.papers.sources.adding import Added, Read, State, add_each, new_entry
from tools.papers.sources.embedded import EmbeddedIndex
from tools.papers.sources.opensearch import OpenSearchSource


def sync(
    source: OpenSearchSource, papers: Iterable[Paper], index: EmbeddedIndex, now: Callable[[], datetime] = entries.now
) -> Iterator[Added]:
    """Add the papers with their texts; yields one line each, once it is safely in the index.

    A record that has not changed since is skipped, which also makes an interrupted sync go on where it stopped. One
    that can't be read is a line with its reason. Raises `SourceUnavailable`, `DiskFull`.
    """
    return add_each(
        index, papers, lambda paper: paper.id, lambda paper, text, _stop: _read(source, paper, index, text, now())
    )


def _read(source: OpenSearchSource, paper: Paper, index: EmbeddedIndex, text: Path, now: datetime) -> Read:
    origin = f"opensearch:{source.cluster.index}/{paper.id}"
    revision = source.revision(paper)
    before = index.entry_from(origin)
    if before and before.revision == revision and index.keeps(before):
        return Read(line=Added(name=paper.id, state="unchanged", id=before.paper.id, title=paper.title))
    fetched = source.fetch(paper, text)
    title, abstract = paper.title or fetched.title, paper.abstract or fetched.abstract
    known = paper.model_copy(update={"title": title, "abstract": abstract})
    state: State = "changed" if before else "added"
    line = Added(name=paper.id, state=state, title=title, reason=" ".join(fetched.warnings))
    return Read(line=line, entry=new_entry(known, fetched, origin, revision, now), text=text)
