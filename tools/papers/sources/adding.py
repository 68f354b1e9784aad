"""Putting papers into the embedded index, a batch at a time."""

import os
from collections.abc import Callable, Iterable, Iterator
from datetime import datetime
from itertools import count
from pathlib import Path
from tempfile import TemporaryDirectory
from threading import Event
from typing import Literal, NamedTuple, TypeVar

from pydantic import BaseModel

from runtime.errors import InputError
from tools.papers.extract import extract
from tools.papers.paper import FetchedText, Paper
from tools.papers.sources import entries
from tools.papers.sources.embedded import EmbeddedIndex, NewEntry
from tools.papers.sources.entries import Entry
from tools.papers.sources.files import beside_latex, paper_at
from tools.papers.sources.side_by_side import side_by_side
from tools.papers.sources.texts import digest

BATCH = 64
BATCH_CHARACTERS = 16_000_000
MOST_NAMED = 5
State = Literal["added", "changed", "unchanged", "failed"]
Item = TypeVar("Item")


class Added(BaseModel):
    """What became of one file or record."""

    name: str
    """The path, or the id at its source."""
    state: State
    id: str = ""
    """In the index."""
    title: str = ""
    reason: str = ""
    """Why it failed, or the warnings of its extraction."""


class File(NamedTuple):
    """A file to add: what its content is, and the first file that has the same."""

    place: Path
    revision: str
    """A digest; "" where it could not be read."""
    first: Path


class Read(BaseModel):
    """One that was read: a line, and what is to be added, if anything."""

    line: Added
    entry: Entry | None = None
    text: Path | None = None


def add_files(
    index: EmbeddedIndex, places: Iterable[Path], now: Callable[[], datetime] = entries.now
) -> Iterator[Added]:
    """Add papers by path; yields one line each, a batch at a time, once it is safely in the index.

    A file whose content is there already is skipped, a changed one replaces what its path gave before, one that can't
    be read is a line with its reason. Raises `SourceUnavailable` and `DiskFull`: then nothing more can be added.
    """
    return add_each(
        index,
        _with_content(places),
        lambda file: name_of(file.place),
        lambda file, text, stop: _read(index, file, text, now(), stop),
    )


def add_each(
    index: EmbeddedIndex, items: Iterable[Item], name: Callable[[Item], str], read: Callable[[Item, Path, Event], Read]
) -> Iterator[Added]:
    """Read items side by side, each with its own place for a text, and add them in batches."""
    numbers = count()
    with TemporaryDirectory(prefix="arxla-papers-") as folder:

        def work(item: Item, stop: Event) -> Read:
            try:
                return read(item, Path(folder) / f"{next(numbers)}.txt", stop)
            except InputError as fault:
                return Read(line=Added(name=name(item), state="failed", reason=str(fault)))

        batch: list[Read] = []
        for found in side_by_side(items, work):
            if found.entry is None:
                yield found.line
                continue
            batch.append(found)
            if len(batch) >= BATCH or sum(one.entry.characters for one in batch if one.entry) >= BATCH_CHARACTERS:
                yield from _commit(index, batch)
                batch = []
        yield from _commit(index, batch)
    index.embed()


def new_entry(paper: Paper, fetched: FetchedText, origin: str, revision: str, added: datetime) -> Entry:
    """An entry from what was fetched."""
    facts = fetched.model_dump(include={"form", "characters", "sha256", "warnings"})
    return Entry(paper=paper, origin=origin, revision=revision, added=added.isoformat(), **facts)


def name_of(place: Path) -> str:
    """A path as text that can be shown."""
    return os.fsencode(place).decode("utf-8", "replace")


def _commit(index: EmbeddedIndex, batch: list[Read]) -> list[Added]:
    if not batch:
        return []
    kept = index.add([NewEntry(one.entry, one.text) for one in batch if one.entry])
    for one in batch:
        if one.text:
            one.text.unlink(missing_ok=True)
    return [one.line.model_copy(update={"id": entry.paper.id}) for one, entry in zip(batch, kept, strict=True)]


def _with_content(places: Iterable[Path]) -> Iterator[File]:
    """Digests in the order given, not side by side, so that of two like files the first is always the one kept."""
    firsts: dict[str, Path] = {}
    for place in places:
        try:
            revision = digest(place)
        except OSError:  # _read meets it again, and says why
            yield File(place, "", place)
        else:
            yield File(place, revision, firsts.setdefault(revision, place))


def _read(index: EmbeddedIndex, file: File, text: Path, now: datetime, stop: Event) -> Read:
    place = file.place
    found = paper_at(place)
    try:
        revision = file.revision or digest(place)
    except OSError as fault:
        raise InputError(f"The file can't be read: {fault.strerror}.") from None
    before = index.entry_from(found.location)
    same = before if before and before.revision == revision else index.entry_of_revision(revision)
    if same and index.keeps(same):
        return Read(line=Added(name=name_of(place), state="unchanged", id=same.paper.id, title=same.paper.title))
    if file.first != place:
        return Read(line=Added(name=name_of(place), state="unchanged", reason=f"The same as {name_of(file.first)}."))
    fetched = extract(place, text, stop=stop)
    title = fetched.title or place.stem
    paper = Paper(id=found.slug, source="index", title=title, abstract=fetched.abstract)
    state: State = "changed" if before else "added"
    notes = [*fetched.warnings, *_left_out(place)]
    line = Added(name=name_of(place), state=state, title=title, reason=" ".join(notes))
    return Read(line=line, entry=new_entry(paper, fetched, found.location, revision, now), text=text)


def _left_out(place: Path) -> list[str]:
    names = beside_latex(place) if place.is_dir() else []
    more = f" and {len(names) - MOST_NAMED} more" if len(names) > MOST_NAMED else ""
    shown = ", ".join(names[:MOST_NAMED]) + more
    return [f"Read as one LaTeX paper; not read: {shown} (add them by name)."] if names else []
