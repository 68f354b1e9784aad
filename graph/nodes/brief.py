"""Reduce the chunk summaries to the one brief that the coder is given."""

from agents.contracts import BriefRequest
from graph.nodes.retrieve import PLACE
from graph.stage import Stage
from graph.state import Json, Update, ending
from runtime.errors import DiskFull
from runtime.outcome import Outcome
from tools.papers.brief import ChunkSummary, PaperBrief
from tools.papers.readable import as_markdown
from tools.papers.summary_cache import SummaryCache
from tools.results.writing import write_atomically

MOST_REASONS = 3


def run(stage: Stage) -> Update:
    """The brief with its coverage, on disk for programs and for people; too few summaries end the run."""
    if stopped := stage.state.get("stopped"):
        return dict(stopped[0])
    plan, lines = stage.state["paper"]["chunks"], stage.state["chunks"]
    good = sorted((line for line in lines if line["success"]), key=lambda line: int(line["chunk_number"]))
    if len(good) < stage.task.min_chunk_success * len(plan):
        return _too_few(lines, len(good), len(plan), stage.task.min_chunk_success)
    summaries = [_load(stage, line) for line in good]
    brief, cached = _brief(stage, summaries)
    read, whole = sum(line["characters"] for line in good), sum(chunk["characters"] for chunk in plan)
    brief = brief.model_copy(update={"coverage": min(1.0, read / max(whole, 1))})
    path = stage.folder.save_json(PLACE, brief, name="brief")
    write_atomically(path.with_suffix(".md"), as_markdown(brief).encode("utf-8", "replace"))
    left_out = len(plan) - len(good)
    warnings = [f"{left_out} of {len(plan)} chunks of the paper were not summarised."] if left_out else []
    note = f"{len(brief.criteria)} criteria, {brief.coverage:.0%} of the text" + (", from the cache" if cached else "")
    kept = {"brief": brief.model_dump(mode="json"), "brief_file": stage.folder.relative(path)}
    return {**kept, "warnings": [*warnings, *brief.warnings], "note": note}


def _load(stage: Stage, line: Json) -> ChunkSummary:
    return ChunkSummary.model_validate_json((stage.folder.path / line["summary_file"]).read_bytes())


def _brief(stage: Stage, summaries: list[ChunkSummary]) -> tuple[PaperBrief, bool]:
    """The brief, and whether it came from the cache."""
    paper, summarizer = stage.state["paper"], stage.agents.summarizer
    request = BriefRequest(
        paper_id=paper["id"], title=paper["title"] or paper["id"], abstract=paper["abstract"], summaries=summaries
    )
    cache = SummaryCache(stage.services.settings.arxla_papers_dir / "summaries")
    key = cache.key(summarizer.version, request.model_dump_json())
    if summarizer.version and (known := cache.find(key, PaperBrief)):
        return known, True
    brief = summarizer.brief(request)
    if summarizer.version and brief.generated_by == summarizer.author:
        try:
            cache.keep(key, brief)
        except DiskFull as fault:
            stage.emit({"kind": "warning", "text": f"The brief is not cached: {fault}"})
    return brief, False


def _too_few(lines: list[Json], good: int, of: int, share: float) -> Update:
    reasons = list(dict.fromkeys(line["error"] for line in lines if line["error"]))[:MOST_REASONS]
    told = f": {'; '.join(reasons)}" if reasons else "."
    message = f"Only {good} of {of} chunks could be summarised, and {share:.0%} must be{told}"
    return ending(Outcome.TOO_FEW_CHUNKS, message) | {"note": message}
