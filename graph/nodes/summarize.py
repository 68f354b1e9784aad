"""Read one chunk of the paper; LangGraph sends every chunk here, and many are read at once."""

import time

from agents.contracts import ChunkReader, ChunkRequest
from graph.crew import Map
from graph.nodes.retrieve import PLACE
from graph.stage import Stage
from graph.state import Update
from runtime.errors import DiskFull, ModelUnavailable, UnusableAnswer
from tools.papers.brief import ChunkResult, ChunkSummary
from tools.papers.chunks import Chunk, read_chunk
from tools.papers.summaries import numbered
from tools.papers.summary_cache import SummaryCache
from tools.results.writing import json_bytes, write_atomically

LONGEST_ERROR = 300


def run(stage: Stage) -> Update:
    """What became of the chunk; its summary goes to the disk, the state stays small."""
    chunk, of = Chunk.model_validate(stage.state["chunk"]), stage.state["paper"]["num_chunks"]
    whole, _ = stage.services.crew.open_map(stage.state["run_id"], stage.name)
    folder, started = stage.folder.path / PLACE / "chunks", time.monotonic()
    line = ChunkResult(chunk_number=chunk.number, success=False, section=chunk.section, characters=chunk.characters)
    try:
        _unless_hopeless(whole, of, stage.task.min_chunk_success)
        summary, cached = _summary(stage, chunk, of, whole)
    except (UnusableAnswer, ModelUnavailable) as fault:
        changes: Update = {"error": stage.services.settings.mask_secrets(str(fault))[:LONGEST_ERROR]}
    else:
        folder.mkdir(exist_ok=True)
        file = folder / f"{chunk.number:05d}.json"
        write_atomically(file, json_bytes(summary))
        changes = {"success": True, "summary_length": len(summary.summary), "cached": cached}
        changes |= {"summary_file": stage.folder.relative(file)}
    line = line.model_copy(update=changes | {"processing_time": round(time.monotonic() - started, 3)})
    whole.count(line.success)
    done = whole.failed + sum(1 for _ in folder.glob("*.json"))
    told = line.model_dump(include={"chunk_number", "success", "cached", "section", "error"})
    stage.emit({"kind": "chunk", "of": of, "done": min(done, of), "seconds": line.processing_time, **told})
    return {"chunks": [line.model_dump()], "note": f"{of} chunks"}


def _unless_hopeless(whole: Map, of: int, share: float) -> None:
    """Raise when so many chunks have failed that the rest can't save the run: it would cost money for nothing."""
    if of - whole.failed < share * of:
        raise UnusableAnswer("it was not read, because too many chunks had failed before it")


def _summary(stage: Stage, chunk: Chunk, of: int, whole: Map) -> tuple[ChunkSummary, bool]:
    """The chunk's summary, and whether it came from the cache."""
    paper, reader = stage.state["paper"], stage.agents.chunk_reader
    text = read_chunk(stage.folder.path / paper["cleaned_file"], chunk)
    request = ChunkRequest(paper_title=paper["title"], section=chunk.section, number=chunk.number, of=of, text=text)
    cache = SummaryCache(stage.services.settings.arxla_papers_dir / "summaries")
    key = cache.key(reader.version, paper["title"], chunk.section, text)
    if reader.version and (known := cache.find(key, ChunkSummary)):
        return numbered(known, chunk.number, chunk.section), True
    with stage.services.crew.turn(whole, stage.check):
        summary = _read(reader, request)
    if reader.version and summary.generated_by == reader.author:
        try:
            cache.keep(key, summary)
        except DiskFull as fault:
            stage.emit({"kind": "warning", "text": f"A summary is not cached: {fault}"})
    return numbered(summary, chunk.number, chunk.section), False


def _read(reader: ChunkReader, request: ChunkRequest) -> ChunkSummary:
    """Asked once more when the answers were unusable; raises what the second ask raises."""
    try:
        return reader.read(request)
    except UnusableAnswer:
        return reader.read(request)
