"""The embedded index: a folder with a tantivy index, the papers' texts, and, with the extra, their vectors."""

import hashlib
from collections.abc import Callable, Iterable, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any, NamedTuple

import tantivy

from runtime.errors import InputError, SourceUnavailable
from tools.papers.paper import FetchedText, Paper
from tools.papers.sources import entries, schema
from tools.papers.sources.close_ids import no_such_paper
from tools.papers.sources.entries import Entry, check_id, shown
from tools.papers.sources.lock import hold_lock
from tools.papers.sources.reader import Reader
from tools.papers.sources.texts import beginning, copy_whole, write_text
from tools.papers.sources.vectors import EXTRA, Embedder, Vectors, fuse

FOLDER = "index-1"
"""The number changes with the fields in `schema.py`."""
TEXTS = ".texts"
"""Hidden, so that who adds a folder of papers that the index lies in does not add what was read of them."""
PATIENCE_S = 60.0
FUSED = 100
"""How deep each ranking is read for the fusion."""


class NewEntry(NamedTuple):
    """An entry to add, and its whole text: a file, or None when only the abstract is known."""

    entry: Entry
    text: Path | None


class EmbeddedIndex:
    """Implements `PaperSource` over a folder that is made by the first `add`. Reading never writes.

    Writers wait for each other, `patience_s` at most; a batch is there whole or not at all, after a kill too.
    """

    name = "index"

    def __init__(
        self,
        folder: Path,
        embedder: Embedder | None = None,
        now: Callable[[], datetime] = entries.now,
        patience_s: float = PATIENCE_S,
    ) -> None:
        self.folder = folder.absolute()
        self.embedder = embedder
        self._now = now
        self._patience_s = patience_s
        self._open_reader: Reader | None = None
        self._vectors = Vectors(self.folder / "vectors.db", embedder) if embedder else None

    @property
    def ranking(self) -> str:
        """How `search` ranks, for people."""
        if self.embedder is None or self._vectors is None:
            return f"BM25 alone; {EXTRA} is not installed"
        known, papers = self._vectors.count(), self.count()
        rest = f" (knows {known:,} of {papers:,} papers; `arxla papers add` tells it of all)" if known < papers else ""
        return f"BM25 and {self.embedder.name}{rest}"

    def count(self) -> int:
        """Papers in the index."""
        return self._reader.count() if self._reader else 0

    def entry(self, paper_id: str) -> Entry:
        """What is kept of a paper. Raises `InputError` naming close ids."""
        reader = self._reader
        if reader is None or not reader.count():
            raise InputError(
                f"The index in {self.folder} is empty: `arxla papers add PATH` fills it, "
                "ARXLA_PAPERS_DIR names another."
            )
        found = reader.by("id", paper_id)
        if found is None:
            raise no_such_paper(paper_id, "the index", reader.close_ids(paper_id))
        return self._placed(found)

    def entry_from(self, origin: str) -> Entry | None:
        """The entry that came from an origin."""
        return self._reader.by("origin", origin) if self._reader else None

    def entry_of_revision(self, revision: str) -> Entry | None:
        """An entry with the same content, wherever it came from."""
        return self._reader.by("revision", revision) if self._reader else None

    def keeps(self, entry: Entry) -> bool:
        """Whether the text of an entry is still there, if it ever had one."""
        return not entry.text_file or (self.folder / TEXTS / entry.text_file).is_file()

    def entries(self, limit: int | None = None) -> list[Entry]:
        """The newest first."""
        return [self._placed(entry) for entry in self._reader.all(limit)] if self._reader else []

    def get(self, paper_id: str) -> Paper:
        return self.entry(paper_id).paper

    def recent(self, days: int, limit: int) -> list[Paper]:
        return self._papers(self._reader.recent(days, limit)) if self._reader else []

    def random(self, limit: int, seed: int) -> list[Paper]:
        return self._papers(self._reader.random(limit, seed)) if self._reader else []

    def query(self, query: dict[str, Any], limit: int) -> list[Paper]:
        return self._papers(self._reader.query(query, limit)) if self._reader else []

    def search(self, words: str, limit: int) -> list[Paper]:
        reader = self._reader
        if reader is None:
            return []
        if self._vectors is None:
            return self._papers(reader.search(words, limit))
        found = {entry.paper.id: entry for entry in reader.search(words, max(limit, FUSED))}
        names = fuse([list(found), self._vectors.nearest(words, max(limit, FUSED))], limit)
        joined = [found.get(name) or reader.by("id", name) for name in names]
        return self._papers([entry for entry in joined if entry])

    def fetch(self, paper: Paper, destination: Path) -> FetchedText:
        entry = self.entry(paper.id)
        known = {"title": entry.paper.title, "abstract": entry.paper.abstract}
        if not entry.text_file:
            text = f"{entry.paper.title}\n\n{entry.paper.abstract}".strip()
            if not text:
                raise InputError(f"Of the paper {shown(paper.id)} the index knows neither a text nor an abstract.")
            return write_text(text, destination, **known, warnings=[*entry.warnings, "Only the abstract is known."])
        source = Path(entry.paper.location)
        if not source.is_file():
            raise InputError(f"The text of {shown(paper.id)} is gone from {source.parent}; add the paper again.")
        copy_whole(source, destination)
        facts = {"form": entry.form, "characters": entry.characters, "sha256": entry.sha256}
        return FetchedText.model_validate({"path": str(destination), "warnings": entry.warnings, **facts, **known})

    def add(self, batch: Sequence[NewEntry]) -> list[Entry]:
        """Add a batch in one commit; an entry takes the place of what came from the same origin.

        An id that another origin holds gets a suffix. Returns the entries as they are kept. Raises `InputError` for
        an impossible id, `SourceUnavailable` when the index can't be written, `DiskFull`.
        """
        for new in batch:
            check_id(new.entry.paper.id)
        with hold_lock(self.folder / ".lock", self._patience_s):
            index = self._opened(make=True)
            reader = Reader(index, self._now)
            kept = [self._kept(new, paper_id) for new, paper_id in zip(batch, _free_ids(batch, reader), strict=True)]
            old = reader.by_each("id", [entry.paper.id for entry in kept])
            words = ((entry, beginning(new.text) if new.text else "") for entry, new in zip(kept, batch, strict=True))
            self._writing(lambda: schema.put_all(index, words))
            for entry in old.values():
                self._drop_text(entry, reader)
        return [self._placed(entry) for entry in kept]

    def remove(self, paper_id: str) -> Entry:
        """Take a paper out, its text too. Raises `InputError` naming close ids."""
        entry = self.entry(paper_id)
        with hold_lock(self.folder / ".lock", self._patience_s):
            index = self._opened()
            reader = Reader(index, self._now)
            self._writing(lambda: schema.delete(index, paper_id))
            self._drop_text(entry, reader)
        if self._vectors:
            self._vectors.remove(paper_id)
        return entry

    def embed(self) -> int:
        """Make the vectors that are missing, and say how many; 0 without an embedder."""
        if self._vectors is None or self._reader is None:
            return 0
        papers = [(entry.paper.id, f"{entry.paper.title}\n{entry.paper.abstract}") for entry in self._reader.all()]
        missing = self._vectors.missing(papers)
        self._vectors.put(missing)
        return len(missing)

    @property
    def _reader(self) -> Reader | None:
        if self._open_reader is None and (self.folder / FOLDER / "meta.json").is_file():
            self._open_reader = Reader(self._opened(), self._now)
        return self._open_reader

    def _opened(self, make: bool = False) -> tantivy.Index:
        place = self.folder / FOLDER
        try:
            if make:
                place.mkdir(parents=True, exist_ok=True)
            return schema.open_index(str(place))
        except (ValueError, OSError) as error:
            raise InputError(
                f"The index in {place} can't be read ({error}); move the folder away and add the papers again."
            ) from error

    def _kept(self, new: NewEntry, paper_id: str) -> Entry:
        """The entry under its id, with its text in our folder."""
        text_file = ""
        if new.text:
            text_file = f"{new.entry.sha256}.txt"
            copy_whole(new.text, self.folder / TEXTS / text_file)
        paper = new.entry.paper.model_copy(update={"id": paper_id, "source": self.name, "location": ""})
        return new.entry.model_copy(update={"paper": paper, "text_file": text_file})

    def _drop_text(self, entry: Entry, reader: Reader) -> None:
        """Delete a text that no entry names any more."""
        if entry.text_file and not reader.by("text_file", entry.text_file):
            (self.folder / TEXTS / entry.text_file).unlink(missing_ok=True)

    def _writing(self, work: Callable[[], Any]) -> None:
        try:
            work()
        except ValueError as error:
            raise SourceUnavailable(f"The index in {self.folder} can't be written: {error}.") from error

    def _papers(self, found: Iterable[Entry]) -> list[Paper]:
        return [self._placed(entry).paper for entry in found]

    def _placed(self, entry: Entry) -> Entry:
        location = str(self.folder / TEXTS / entry.text_file) if entry.text_file else ""
        return entry.model_copy(update={"paper": entry.paper.model_copy(update={"location": location})})


def _free_ids(batch: Sequence[NewEntry], reader: Reader) -> list[str]:
    """The id of each: the one that its origin has already, else the wanted one, with a suffix when another has it."""
    origins = [new.entry.origin for new in batch]
    before = reader.by_each("origin", origins)
    taken = {name: entry.origin for name, entry in reader.by_each("id", [new.entry.paper.id for new in batch]).items()}
    ids = []
    for new, origin in zip(batch, origins, strict=True):
        paper_id = before[origin].paper.id if origin in before else new.entry.paper.id
        if taken.setdefault(paper_id, origin) != origin:
            digest = hashlib.sha256(origin.encode("utf-8", "replace")).hexdigest()
            paper_id = f"{paper_id[: entries.LONGEST_ID - 9]}-{digest[:8]}"
        ids.append(paper_id)
    return ids
