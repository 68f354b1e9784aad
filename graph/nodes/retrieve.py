"""Find the paper, write down its whole text, clean it, and plan its chunks."""

import shutil
from pathlib import Path

from graph.stage import Stage
from graph.state import Json, Update
from runtime.errors import DiskFull, InputError
from tools.papers.chunks import split
from tools.papers.cleaning import clean
from tools.papers.paper import FetchedText, Paper, PaperSource
from tools.papers.sources import find_paper
from tools.papers.text_cache import ReadText, TextCache
from tools.results.writing import naming_disk_faults

PLACE = "paper-retrieval"
CHUNKS = "chunks"
"""The folder of the chunks' summaries, in `PLACE`."""
LONGEST_ABSTRACT = 4_000
LONGEST_SECTION = 120
"""Characters of a section's name in the plan."""


def run(stage: Stage) -> Update:
    """The paper, its text files (paths relative to the run's folder) and the plan of its chunks."""
    source, paper = find_paper(stage.task.paper or "", stage.services.settings)
    folder = stage.folder.path / PLACE
    shutil.rmtree(folder / CHUNKS, ignore_errors=True)  # of another plan, if a run of this name was begun before
    read, again = _read(stage, source, paper, folder)
    fetched, cleaning = read.fetched, read.cleaning
    paper = _described(paper, fetched)
    reader = stage.agents.chunk_reader
    chunks = split(folder / "cleaned.txt", chunk_characters=reader.chunk_characters, num_chunks=stage.task.num_chunks)
    if not chunks:
        raise InputError(f"The paper {paper.title or paper.id} holds no text that could be read.")
    plan: list[Json] = [{**chunk.model_dump(), "section": chunk.section[:LONGEST_SECTION]} for chunk in chunks]
    state: Json = {
        **paper.model_dump(),
        "abstract": paper.abstract[:LONGEST_ABSTRACT],
        "form": fetched.form,
        "sha256": fetched.sha256,
        "text_file": f"{PLACE}/text.txt",
        "cleaned_file": f"{PLACE}/cleaned.txt",
        "cleaning": cleaning.model_dump(),
        "num_chunks": len(plan),
        "side_by_side": stage.services.settings.arxla_parallel_chunks or reader.side_by_side,
        "chunks": plan,
    }
    stage.folder.save_json(PLACE, {**paper.model_dump(), **state})
    note = f"{paper.title or paper.id}: {cleaning.characters_after:,} characters in {len(plan)} chunks"
    note += ", read before" if again else ""
    return {"paper": state, "warnings": fetched.warnings, "note": note}


def _read(stage: Stage, source: PaperSource, paper: Paper, folder: Path) -> tuple[ReadText, bool]:
    """The texts in `folder`, and whether they came from the cache; only a single file's content can name them there."""
    cache, file = TextCache(stage.services.settings.arxla_papers_dir / "read"), Path(paper.location)
    key = cache.key(file) if paper.source == "file" and file.is_file() else ""
    if key and (known := cache.find(key, folder)):
        return known, True
    fetched = source.fetch(paper, folder / "text.txt")
    stage.check()
    with naming_disk_faults(folder):
        read = ReadText(fetched=fetched, cleaning=clean(folder / "text.txt", folder / "cleaned.txt"))
    if key:
        try:
            cache.keep(key, folder, read)
        except DiskFull as fault:
            stage.emit({"kind": "warning", "text": f"The paper's text is not cached: {fault}"})
    return read, False


def _described(paper: Paper, fetched: FetchedText) -> Paper:
    """What the source knows, and where it knows nothing, what the text says of itself."""
    own = {"title": fetched.title, "abstract": fetched.abstract}
    return paper.model_copy(update={name: text for name, text in own.items() if not getattr(paper, name)})
