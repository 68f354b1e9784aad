"""What the seed's generator returned for one paper, from a run's record."""

from typing import Any

from runtime.outcome import Outcome
from tools.results.record import RunRecord

WRITING = ("retrieve", "summarize", "brief", "recommend", "research", "code")
"""The stages that the seed counted as generation."""


def paper_result(record: RunRecord, code: str) -> dict[str, Any]:
    """The seed's fields; `success` is said of a run that ended in SUCCESS alone, and `error` of every other.

    `code` is the module that the run ended with. Times are seconds.
    """
    paper = record.paper or {}
    seconds: dict[str, float] = {}
    for visit in record.stages:
        seconds[visit.name] = seconds.get(visit.name, 0.0) + visit.seconds
    recommendation = record.recommendation
    result: dict[str, Any] = {
        "success": record.outcome is Outcome.SUCCESS,
        "paper_id": paper.get("id", record.task.paper),
        "paper_title": paper.get("title", ""),
        "code": code,
        "model_used": record.generated_by or record.task.model,
        "dataset_recommendations": recommendation.model_dump(mode="json") if recommendation else {},
        "recommended_dataset": record.dataset or (recommendation.primary if recommendation else ""),
        "chunk_results": [chunk.model_dump(mode="json") for chunk in record.chunks],
        "num_chunks": paper.get("num_chunks", 0),
        "successful_chunks": sum(chunk.success for chunk in record.chunks),
        "total_generation_time": round(sum(seconds.get(name, 0.0) for name in WRITING), 3),
        "final_generation_time": round(seconds.get("code", 0.0), 3),
    }
    if not result["success"]:
        result["error"] = f"{record.outcome}: {record.message}"
    return result
