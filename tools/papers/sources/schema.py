"""The index's fields, and how text becomes words."""

from collections.abc import Iterable
from datetime import datetime
from functools import cache

import tantivy

from tools.papers.sources.entries import Entry, day_number

ANALYZER = "words"
WORDS = ("title", "abstract", "text")
BOOSTS = {"title": 2.0, "abstract": 1.0, "text": 1.0}
"""A word in the title counts twice, a usual choice in literature search."""
EXACT = {"title": "title_exact", "authors": "authors_exact", "id": "id", "origin": "origin", "source": "origin"}
"""Fields that hold a value whole, for `term` and `terms`."""
LONGEST_WORD = 60
WRITER_BYTES = 64_000_000


@cache
def analyzer() -> tantivy.TextAnalyzer:
    """Letters and digits, lower case, without accents, English stems."""
    filters = (
        tantivy.Filter.remove_long(LONGEST_WORD),
        tantivy.Filter.lowercase(),
        tantivy.Filter.ascii_fold(),
        tantivy.Filter.stemmer("english"),
    )
    builder = tantivy.TextAnalyzerBuilder(tantivy.Tokenizer.simple())
    for one in filters:
        builder = builder.filter(one)
    return builder.build()


@cache
def schema() -> tantivy.Schema:
    """A change here asks for another folder name in `embedded.py`."""
    builder = tantivy.SchemaBuilder()
    for name in (*WORDS, "authors"):
        builder = builder.add_text_field(name, tokenizer_name=ANALYZER)
    for name in sorted({*EXACT.values(), "revision", "text_file"}):
        builder = builder.add_text_field(name, tokenizer_name="raw", index_option="basic")
    builder = builder.add_integer_field("day", indexed=True, fast=True)
    builder = builder.add_integer_field("when", indexed=True, fast=True)
    return builder.add_bytes_field("entry", stored=True).build()


def open_index(path: str | None = None) -> tantivy.Index:
    """An index in a folder, made if it is empty, or in memory. Raises ValueError when the folder holds another one."""
    index = tantivy.Index(schema(), path) if path else tantivy.Index(schema())
    index.register_tokenizer(ANALYZER, analyzer())
    return index


def put(writer: tantivy.IndexWriter, entry: Entry, text: str) -> None:
    """Add an entry with its words, in the place of the one with the same id."""
    paper = entry.paper
    writer.delete_documents_by_term("id", paper.id)
    published = day_number(paper.published)
    added = int(datetime.fromisoformat(entry.added).timestamp())
    fields: dict[str, str | int | bytes | list[str]] = {
        "id": paper.id,
        "origin": entry.origin,
        "revision": entry.revision,
        "text_file": entry.text_file,
        "title": paper.title,
        "title_exact": paper.title,
        "abstract": paper.abstract,
        "authors": paper.authors,
        "authors_exact": paper.authors,
        "text": text,
        "when": added if published is None else published * 86_400,
        "entry": entry.model_dump_json().encode(),
    }
    if published is not None:
        fields["day"] = published
    writer.add_document(tantivy.Document(**fields))


def put_all(index: tantivy.Index, entries: Iterable[tuple[Entry, str]]) -> int:
    """Add entries with their words in one commit, and say how many."""
    writer = index.writer(WRITER_BYTES, num_threads=1)
    count = 0
    for entry, text in entries:
        put(writer, entry, text)
        count += 1
    writer.commit()
    writer.wait_merging_threads()
    index.reload()
    return count


def delete(index: tantivy.Index, paper_id: str) -> None:
    """Take a paper out, in one commit."""
    writer = index.writer(WRITER_BYTES, num_threads=1)
    writer.delete_documents_by_term("id", paper_id)
    writer.commit()
    writer.wait_merging_threads()
    index.reload()
