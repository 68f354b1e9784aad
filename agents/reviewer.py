"""The reviewer that a language model plays, after the static rules."""

from agents.answers import read_review
from agents.contracts import ReviewAnswer, ReviewIssue, ReviewRequest
from agents.wording import render, sample_kind
from runtime.errors import UnusableAnswer
from runtime.models.calls import ModelCalls
from runtime.search_space import SEARCH_SPACE


class ModelReviewer:
    """Looks for what static rules can't see."""

    def __init__(self, calls: ModelCalls) -> None:
        self._calls = calls

    def review(self, request: ReviewRequest) -> ReviewAnswer:
        """Ask for issues and a corrected module.

        The static rules have had their say already, so an unusable answer is a note, not the end of the run.
        """
        function = request.function
        prompt = render(
            "reviewer",
            target=request.target,
            profile=function.data_profile,
            kind=sample_kind(function.data_profile),
            space=SEARCH_SPACE.dump_python(function.bo_config, mode="json"),
            constraints=function.constraints,
            findings=request.findings,
            training_code=function.training_code,
        )
        try:
            return self._calls.ask(
                "reviewer", prompt.system, prompt.request, lambda answer: read_review(answer, function.training_code)
            )
        except UnusableAnswer as error:
            return ReviewAnswer(issues=[ReviewIssue(severity="note", message=f"no review by the model: {error}")])
