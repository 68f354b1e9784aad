"""The reviewer that a language model plays, after the static rules."""

import hashlib

from agents.answers import read_review
from agents.brief_text import criteria_lines, room_for
from agents.citations import citations
from agents.contracts import ReviewAnswer, ReviewIssue, ReviewRequest
from agents.verdicts import unjudged
from agents.wording import Prompt, render, sample_kind
from runtime.errors import UnusableAnswer
from runtime.models.calls import ModelCalls
from runtime.search_space import SEARCH_SPACE
from tools.papers.brief import Criterion


class ModelReviewer:
    """Looks for what static rules can't see."""

    def __init__(self, calls: ModelCalls) -> None:
        self._calls = calls

    def review(self, request: ReviewRequest) -> ReviewAnswer:
        """Ask for issues, a verdict on each of the paper's criteria and a corrected module.

        The static rules have had their say already, so an unusable answer is a note, not the end of the run.
        """
        code = request.function.training_code
        criteria = request.brief.criteria if request.brief else []
        prompt = self._prompt(request, criteria)
        try:
            return self._calls.ask(
                "reviewer",
                prompt.system,
                prompt.request,
                lambda answer: read_review(answer, code, criteria),
                key=f"code {hashlib.sha256(code.encode()).hexdigest()[:12]}",
            )
        except UnusableAnswer as error:
            note = ReviewIssue(severity="note", message=f"no review by the model: {error}")
            return ReviewAnswer(issues=[note], criteria=unjudged(criteria))

    def _prompt(self, request: ReviewRequest, criteria: list[Criterion]) -> Prompt:
        function = request.function
        values = {
            "target": request.target,
            "profile": function.data_profile,
            "kind": sample_kind(function.data_profile),
            "space": SEARCH_SPACE.dump_python(function.bo_config, mode="json"),
            "constraints": function.constraints,
            "findings": request.findings,
            "training_code": function.training_code,
        }
        plain = render("reviewer", **values, criteria="", cited="", count=0)
        if not criteria:
            return plain
        claims = citations(function.training_code)
        cited = "; ".join(f"{name}: line {', '.join(map(str, lines))}" for name, lines in claims.items())
        lines = criteria_lines(criteria, room_for(self._calls.window("reviewer"), plain.system, plain.request))
        return render("reviewer", **values, criteria="\n".join(lines), cited=cited, count=len(criteria))
