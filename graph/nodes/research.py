"""Ask the researcher what is known to work on data like this."""

from agents.contracts import ResearchRequest
from graph.stage import Stage
from graph.state import Update
from runtime.errors import DiskFull


def run(stage: Stage) -> Update:
    """A literature review, or that it was skipped."""
    if stage.task.skip_literature_review:
        return {"skipped": ["literature review: switched off by the task"], "note": "skipped"}
    request = ResearchRequest(
        profile=stage.data.profile,
        brief=stage.brief,
        goal=stage.task.goal,
        dataset_name=stage.services.settings.dataset_name,
    )
    review = stage.agents.researcher.research(request)
    try:
        stage.services.keep_review(stage.state["run_id"], review.model_dump_json(indent=1))
    except DiskFull as fault:  # the run's own record has it too
        stage.emit({"kind": "warning", "text": f"The literature review is kept in run.json alone: {fault}"})
    count = len(review.recommended_approaches)
    return {
        "literature": review.model_dump(),
        "note": f"{count} approach{'' if count == 1 else 'es'}, {review.source}",
    }
