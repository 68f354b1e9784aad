"""Ask the researcher what is known to work on data like this."""

from agents.contracts import ResearchRequest
from graph.stage import Stage
from graph.state import Update


def run(stage: Stage) -> Update:
    """A literature review, or that it was skipped."""
    if stage.task.skip_literature_review:
        return {"skipped": ["literature review: switched off by the task"], "note": "skipped"}
    review = stage.agents.researcher.research(ResearchRequest(profile=stage.data.profile, goal=stage.task.goal))
    stage.services.keep_review(stage.state["run_id"], review.model_dump_json(indent=1))
    return {
        "literature": review.model_dump(),
        "note": f"{len(review.recommended_approaches)} approaches, {review.source}",
    }
