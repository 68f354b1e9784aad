"""The seed's result of one paper."""

from runtime.outcome import Outcome
from runtime.task import Task
from tools.papers.brief import ChunkResult
from tools.recommend.recommendation import RankedDataset, Recommendation
from tools.results.paper_result import paper_result
from tools.results.record import RunRecord, StageRecord

RECORD = RunRecord(
    id="r",
    task=Task(paper="index:abc", model="openai:m"),
    started="2026-11-20T10:00:00+00:00",
    outcome=Outcome.SUCCESS,
    generated_by="openai:m",
    paper={"id": "abc", "title": "T", "num_chunks": 2},
    chunks=[
        ChunkResult(chunk_number=1, success=True, summary_length=500, processing_time=1.5),
        ChunkResult(chunk_number=2, success=False, error="prose"),
    ],
    recommendation=Recommendation(primary="imdb", ranked=[RankedDataset(name="imdb", score=1.0)]),
    stages=[
        StageRecord(name=name, started=0, seconds=seconds)
        for name, seconds in (("summarize", 10), ("code", 2), ("review", 7), ("code", 3), ("tune", 50))
    ],
)


def test_a_success_has_the_seeds_fields() -> None:
    result = paper_result(RECORD, "code")
    assert result["success"] and result["paper_id"] == "abc" and result["code"] == "code" and "error" not in result
    assert result["recommended_dataset"] == "imdb" and result["dataset_recommendations"]["primary"] == "imdb"
    assert (result["num_chunks"], result["successful_chunks"]) == (2, 1)
    assert (result["total_generation_time"], result["final_generation_time"]) == (15, 5)
    assert result["chunk_results"][0]["processing_time"] == 1.5 and result["chunk_results"][1]["error"] == "prose"


def test_any_other_outcome_is_an_error_with_its_reason() -> None:
    record = RECORD.model_copy(update={"outcome": Outcome.TOO_FEW_CHUNKS, "message": "Only 1.", "paper": None})
    result = paper_result(record, "")
    assert result["success"] is False and result["error"] == "TOO_FEW_CHUNKS: Only 1."
    assert result["paper_id"] == "index:abc" and result["num_chunks"] == 0
