"""Read one chunk of the paper; LangGraph sends every chunk here, and many are read at once."""

import time
from pathlib import Path

from pydantic import ValidationError

from agents.contracts import ChunkReader, ChunkRequest
from graph.crew import Map
from graph.nodes.retrieve import CHUNKS, PLACE
from graph.stage import Stage
from graph.state import Update
from runtime.errors import DiskFull, ModelUnavailable, UnusableAnswer
from tools.papers.brief import ChunkResult, ChunkSummary
from tools.papers.chunks import Chunk, read_chunk
from tools.papers.summaries import numbered
from tools.papers.summary_cache import SummaryCache
from tools.results.writing import json_bytes, naming_disk_faults, write_atomically

LONGEST_ERROR = 300
MOST_REFUSALS = 3
"""Chunks in a row that the model refuses for a reason that lasts; after them it is not asked for the others."""


def run(stage: Stage, whole: Map) -> Update:
    """What became of the chunk, a part of the `whole`; its summary goes to the disk, the state stays small."""
    chunk, of = Chunk.model_validate(stage.state["chunk"]), stage.state["paper"]["num_chunks"]
    line = ChunkResult(chunk_number=chunk.number, success=False, section=chunk.section, characters=chunk.characters)
    earlier = whole.earlier(lambda: sum(1 for _ in (stage.folder.path / PLACE / CHUNKS).glob("*.json")))
    began = time.monotonic()
    try:
        _unless_hopeless(whole, of, stage.task.min_chunk_success)
        summary, cached, seconds = _summary(stage, chunk, of, whole)
    except (UnusableAnswer, ModelUnavailable) as fault:
        line.error = stage.services.settings.mask_secrets(str(fault))[:LONGEST_ERROR]
        line.processing_time = round(time.monotonic() - began, 3)
        whole.count(False, refused=isinstance(fault, ModelUnavailable) and fault.lasting)
        if whole.refused >= min(MOST_REFUSALS, of):
            raise
    else:
        line.success, line.cached, line.processing_time = True, cached, round(seconds, 3)
        line.summary_length = len(summary.summary)
        line.summary_file = _keep(stage, summary)
        whole.count(True)
    told = line.model_dump(include={"chunk_number", "success", "cached", "section", "error"})
    done = min(earlier + whole.ended, of)
    stage.emit({"kind": "chunk", "of": of, "done": done, "seconds": line.processing_time, **told})
    return {"chunks": [line.model_dump()], "note": f"{of} chunks"}


def _unless_hopeless(whole: Map, of: int, share: float) -> None:
    """Raise when so many chunks have failed that the rest can't save the run: it would cost money for nothing."""
    if of - whole.failed < share * of:
        raise UnusableAnswer("it was not read, because too many chunks had failed before it")


def _summary(stage: Stage, chunk: Chunk, of: int, whole: Map) -> tuple[ChunkSummary, bool, float]:
    """The chunk's summary, whether it was there already (from before a kill, or cached), and the seconds it took."""
    if kept := _kept(stage, chunk):
        return kept, True, 0.0
    paper, reader = stage.state["paper"], stage.agents.chunk_reader
    text = read_chunk(stage.folder.path / paper["cleaned_file"], chunk)
    request = ChunkRequest(paper_title=paper["title"], section=chunk.section, number=chunk.number, of=of, text=text)
    cache = SummaryCache(stage.services.settings.arxla_papers_dir / "summaries")
    key = cache.key(reader.version, paper["title"], chunk.section, text)
    if reader.version and (known := cache.find(key, ChunkSummary)):
        return numbered(known, chunk.number, chunk.section), True, 0.0
    with stage.services.crew.turn(whole, stage.check):
        started = time.monotonic()
        summary = _read(reader, request)
        seconds = time.monotonic() - started
    if reader.version and summary.generated_by == reader.author:
        try:
            cache.keep(key, summary)
        except DiskFull as fault:
            stage.emit({"kind": "warning", "text": f"A summary is not cached: {fault}"})
    return numbered(summary, chunk.number, chunk.section), False, seconds


def _read(reader: ChunkReader, request: ChunkRequest) -> ChunkSummary:
    """Asked once more when the answers were unusable; raises what the second ask raises."""
    try:
        return reader.read(request)
    except UnusableAnswer:
        return reader.read(request)


def _file(stage: Stage, number: int) -> Path:
    return stage.folder.path / PLACE / CHUNKS / f"{number:05d}.json"


def _kept(stage: Stage, chunk: Chunk) -> ChunkSummary | None:
    """What this run wrote before it was killed: the last checkpoint can be some chunks behind the disk."""
    try:
        return ChunkSummary.model_validate_json(_file(stage, chunk.number).read_bytes())
    except (FileNotFoundError, ValidationError):
        return None


def _keep(stage: Stage, summary: ChunkSummary) -> str:
    """The file that `brief` reads the summary from, relative to the run's folder."""
    file = _file(stage, summary.chunk)
    with naming_disk_faults(file):
        file.parent.mkdir(exist_ok=True)
    write_atomically(file, json_bytes(summary))
    return stage.folder.relative(file)
