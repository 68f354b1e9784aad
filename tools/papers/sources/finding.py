"""From a name to a source, and from a reference to a paper."""

from pathlib import Path

from runtime.errors import InputError
from runtime.settings import Settings
from tools.papers.paper import Paper, PaperSource
from tools.papers.sources.embedded import EmbeddedIndex
from tools.papers.sources.entries import shown
from tools.papers.sources.files import FORMS, FileSource, close_files, papers_in
from tools.papers.sources.vectors import installed_embedder

MOST_NAMED = 5


def open_index(settings: Settings) -> EmbeddedIndex:
    """The embedded index in `settings.arxla_papers_dir`, with embeddings when the extra is installed."""
    return EmbeddedIndex(settings.arxla_papers_dir, installed_embedder())


def open_source(name: str, settings: Settings) -> PaperSource:
    """index, opensearch, or file:PATH. Raises `InputError` for another name or a source that is not configured."""
    if name == "index":
        return open_index(settings)
    if name == "opensearch":
        # Its libraries take half a second to import.
        from tools.papers.sources.opensearch import OpenSearchSource

        return OpenSearchSource(settings)
    if name.startswith("file:"):
        return FileSource(Path(name.removeprefix("file:")))
    raise InputError(f"There is no source of papers called {shown(name)}; there are index, opensearch and file:PATH.")


def find_paper(reference: str, settings: Settings, *, paths: bool = True) -> tuple[PaperSource, Paper]:
    """The paper that is meant, and the source that can fetch it.

    `index:ID`, `opensearch:ID` and `file:PATH` say where; else an existing path is a file (unless `paths` is False: an
    id that others wrote is never a path), and anything else is an id in the index, then in OpenSearch when configured.
    Raises `InputError` naming close ids or files.
    """
    place, _, rest = reference.partition(":")
    if place in ("index", "opensearch") and rest:
        source = open_source(place, settings)
        return source, source.get(rest)
    if place == "file" and rest and paths:
        return _file(Path(rest))
    if paths and _is_path(reference):
        return _file(Path(reference))
    return _by_id(reference, settings)


def _is_path(reference: str) -> bool:
    path = Path(reference).expanduser()
    try:
        return path.exists() or (path.suffix.lower() in FORMS and "\n" not in reference)
    except (OSError, ValueError):  # too long for a name, or with a null byte
        return False


def _file(path: Path) -> tuple[PaperSource, Paper]:
    path = path.expanduser()
    found = papers_in(path)
    if len(found) == 1:
        source = FileSource(found[0])
        return source, source.get(str(found[0]))
    if not found:
        raise InputError(f"The folder {shown(str(path))} holds no paper ({', '.join(sorted(FORMS))}).")
    names = ", ".join(shown(str(one.relative_to(path))) for one in found[:MOST_NAMED])
    more = "" if len(found) <= MOST_NAMED else f" and {len(found) - MOST_NAMED} more"
    raise InputError(f"The folder {shown(str(path))} holds {len(found)} papers: name one of {names}{more}.")


def _near(reference: str) -> str:
    """Files with names like the one that was asked for."""
    near = close_files(Path(reference).expanduser()) if "/" in reference and "\0" not in reference else []
    return f" (did you mean {' or '.join(shown(name) for name in near)}?)" if near else ""


def _by_id(paper_id: str, settings: Settings) -> tuple[PaperSource, Paper]:
    index = open_index(settings)
    try:
        return index, index.get(paper_id)
    except InputError as fault:
        if not settings.opensearch_url:
            raise InputError(f"{shown(paper_id)} is no file here{_near(paper_id)}. {fault}") from None
    there = open_source("opensearch", settings)
    return there, there.get(paper_id)
