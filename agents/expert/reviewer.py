"""The expert as a reviewer: the static rules' safe fixes, and no judgement beyond them."""

from agents.contracts import ReviewAnswer, ReviewIssue, ReviewRequest


class ExpertReviewer:
    """Adds no model's judgement to the static review: says again what it found, and fixes nothing by guessing."""

    def review(self, request: ReviewRequest) -> ReviewAnswer:
        issues = [
            ReviewIssue(
                severity=finding.severity.value, message=f"{finding.rule}: {finding.message}", line=finding.line
            )
            for finding in request.findings
        ]
        return ReviewAnswer(issues=issues)
