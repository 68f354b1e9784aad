"""A paper that lies in a file, or a folder of them."""

import os
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from tempfile import TemporaryDirectory
from threading import Event
from typing import Any

from runtime.errors import InputError
from tools.papers.extract import extract
from tools.papers.extract.form import BY_SUFFIX
from tools.papers.paper import FetchedText, Paper
from tools.papers.readers.latex_project import find_main
from tools.papers.sources import entries, schema
from tools.papers.sources.close_ids import closest, no_such_paper
from tools.papers.sources.entries import Entry, shown
from tools.papers.sources.reader import Reader
from tools.papers.sources.side_by_side import side_by_side
from tools.papers.sources.texts import beginning

FORMS = frozenset(BY_SUFFIX)
MOST_FILES = 100_000
ROOT_OF_LATEX = b"\\documentclass"
START_BYTES = 1 << 20


def papers_in(path: Path) -> list[Path]:
    """The papers at a path, sorted: a file is one; a folder with a LaTeX document in it is one; else what is below.

    Hidden files, links and other formats in a folder are left out. Raises `InputError` for a path that is not there.
    """
    if path.is_file() or (path.is_dir() and is_latex(path)):
        return [path]
    if not path.is_dir():
        near = close_files(path)
        hint = f" (did you mean {' or '.join(shown(name) for name in near)}?)" if near else ""
        raise InputError(f"There is no file or folder {shown(str(path))}{hint}.")
    found = list(_walk(path))
    if len(found) > MOST_FILES:
        raise InputError(f"{shown(str(path))} holds more than {MOST_FILES} papers; give folders inside it, one by one.")
    return found


def close_files(path: Path) -> list[str]:
    """Names in the same folder that are like a path's."""
    try:
        return closest(path.name, sorted(entry.name for entry in path.parent.iterdir()))
    except OSError:
        return []


def is_latex(folder: Path) -> bool:
    r"""Whether a folder is one LaTeX paper: .tex files right in it have a \documentclass, and one is the main file."""
    if not any(ROOT_OF_LATEX in _start(file) for file in folder.glob("*.tex") if file.is_file()):
        return False
    try:
        find_main(folder)
    except InputError:  # several papers, side by side
        return False
    return True


def beside_latex(folder: Path) -> list[str]:
    """Names of papers right in a LaTeX folder that no source there mentions, as it does a figure: nobody reads them."""
    sources = b"".join(_start(file) for file in folder.glob("*.tex") if file.is_file())
    return sorted(
        file.name
        for file in folder.iterdir()
        if _is_paper(file)
        and file.is_file()
        and BY_SUFFIX.get(file.suffix.lower()) != "latex"
        and not file.name.lower().startswith("readme")
        and os.fsencode(file.stem) not in sources
    )


class FileSource:
    """Implements `PaperSource` over a file or a folder; the first search reads all of it into an index in memory.

    A paper's id is its path as text. Papers that can't be read are left out of searches and named in `broken`.
    """

    name = "file"

    def __init__(self, path: Path, now: Callable[[], datetime] = entries.now) -> None:
        self.path = path.expanduser()
        self.broken: dict[str, str] = {}
        """Path → reason."""
        self._now = now
        self._read: Reader | None = None

    def get(self, paper_id: str) -> Paper:
        found = papers_in(self.path)
        for place in found:
            if paper_id in (str(place), place.name, _below(place, self.path)):
                return paper_at(place)
        raise no_such_paper(paper_id, shown(str(self.path)), self._near(paper_id, found))

    def recent(self, days: int, limit: int) -> list[Paper]:
        return self._papers(self._reader().recent(days, limit))

    def random(self, limit: int, seed: int) -> list[Paper]:
        return self._papers(self._reader().random(limit, seed))

    def query(self, query: dict[str, Any], limit: int) -> list[Paper]:
        return self._papers(self._reader().query(query, limit))

    def search(self, words: str, limit: int) -> list[Paper]:
        return self._papers(self._reader().search(words, limit))

    def fetch(self, paper: Paper, destination: Path) -> FetchedText:
        return extract(Path(paper.location), destination)

    def _reader(self) -> Reader:
        if self._read is None:
            index = schema.open_index()
            with TemporaryDirectory(prefix="arxla-papers-") as folder:
                schema.put_all(index, self._extracted(Path(folder)))
            self._read = Reader(index, self._now)
        return self._read

    def _extracted(self, folder: Path) -> Iterator[tuple[Entry, str]]:
        def read(numbered: tuple[int, Path], stop: Event) -> tuple[Entry, Path] | None:
            number, place = numbered
            try:
                fetched = extract(place, folder / str(number), stop=stop)
            except InputError as fault:
                self.broken[str(place)] = str(fault)
                return None
            paper = paper_at(place).model_copy(update={"title": fetched.title, "abstract": fetched.abstract})
            changed = datetime.fromtimestamp(place.stat().st_mtime, UTC).isoformat()
            return Entry(paper=paper, origin=paper.id, revision="", added=changed, form=fetched.form), Path(
                fetched.path
            )

        for found in side_by_side(enumerate(papers_in(self.path)), read):
            if found:
                entry, text = found
                yield entry, beginning(text)
                text.unlink()

    @staticmethod
    def _papers(found: list[Entry]) -> list[Paper]:
        return [entry.paper for entry in found]

    def _near(self, paper_id: str, found: list[Path]) -> list[str]:
        names = {place.name: place for place in found} | {place.stem: place for place in found}
        return list(dict.fromkeys(names[name].name for name in closest(Path(paper_id).name, names)))


def paper_at(place: Path) -> Paper:
    """A file as a `Paper`, unread: what it says of itself is known once it is fetched."""
    name = os.fspath(place)
    try:
        name.encode()
    except UnicodeEncodeError:
        raise InputError(f"The file name {shown(name)} is not UTF-8; rename the file.") from None
    return Paper(id=name, source="file", location=str(place.absolute()))


def _walk(folder: Path) -> Iterator[Path]:
    for entry in sorted(folder.iterdir()):
        if entry.name.startswith(".") or entry.is_symlink():
            continue
        if entry.is_dir():
            if is_latex(entry):
                yield entry
            else:
                yield from _walk(entry)
        elif _is_paper(entry):
            yield entry


def _is_paper(file: Path) -> bool:
    return Path(file.name.lower().removesuffix(".gz")).suffix in FORMS


def _start(file: Path) -> bytes:
    with file.open("rb") as stream:
        return stream.read(START_BYTES)


def _below(place: Path, root: Path) -> str:
    return str(place.relative_to(root)) if place != root and place.is_relative_to(root) else place.name
