"""The expert as a reviewer: what rules can see with the data at hand, and no judgement beyond them."""

import ast

from agents.contracts import ReviewAnswer, ReviewIssue, ReviewRequest
from agents.expert.families.family import outputs
from agents.expert.papers.judging import Evidence, judge
from agents.expert.repairs.source import Source, argument, last_name, number
from tools.review import fix_code, review_code

CLASS_NAMES = ("num_classes", "n_classes", "classes", "outputs", "output_dim", "num_labels")
RULES_ONLY = "Reviewed by rules alone (expert, rule-based): no model has judged this code."


class ExpertReviewer:
    """Adds to the static rules what only the data profile shows, and applies their safe fixes once more.

    A paper's criteria are held against what rules recognise in the syntax tree; what they can't judge is said to be so.
    """

    def review(self, request: ReviewRequest) -> ReviewAnswer:
        """Issues with their lines; `training_code` only when a safe fix left fewer findings than there were."""
        function, target = request.function, request.target
        issues = [
            ReviewIssue(severity=one.severity.value, message=f"{one.rule}: {one.message}", line=one.line)
            for one in request.findings
        ]
        source = Source.read(function.training_code)
        issues += [*_too_few_outputs(request, source), *_short_embeddings(request, source)]
        issues.append(ReviewIssue(severity="note", message=RULES_ONLY))
        evidence = Evidence.of(function.training_code, function.bo_config)
        verdicts = judge(request.brief.criteria, evidence) if request.brief else []
        fixed = fix_code(function.training_code, target).source
        if fixed == function.training_code:
            return ReviewAnswer(issues=issues, criteria=verdicts)
        left = review_code(fixed, target, function.bo_config, function.constraints, heed_comments=False)
        before = review_code(
            function.training_code, target, function.bo_config, function.constraints, heed_comments=False
        )
        better = fixed if len(left) < len(before) else None
        return ReviewAnswer(issues=issues, training_code=better, criteria=verdicts)


def _too_few_outputs(request: ReviewRequest, source: Source) -> list[ReviewIssue]:
    """A number of classes written out that is not the data's."""
    profile = request.function.data_profile
    if profile.task_type != "classification":
        return []
    classes, issues = outputs(profile), []
    for node in source.nodes():
        if not isinstance(node, ast.Assign) or last_name(node.targets[0]).lower() not in CLASS_NAMES:
            continue
        written = number(node.value)
        if written is not None and written < classes:
            message = f"the data has {classes} classes and the code says {written}: labels would be out of range"
            issues.append(ReviewIssue(severity="error", message=message, line=node.lineno))
    return issues


def _short_embeddings(request: ReviewRequest, source: Source) -> list[ReviewIssue]:
    """An embedding with fewer rows than tokens, which XLA would read past in silence."""
    vocabulary = request.function.data_profile.vocabulary_size
    if not vocabulary or "%" in request.function.training_code:
        return []
    issues = []
    for call in source.calls("Embedding"):
        rows = number(argument(call, 0, "num_embeddings"))
        if rows is not None and rows < vocabulary:
            message = f"the embedding has {rows} rows for {vocabulary} tokens: XLA reads the last row for the rest"
            issues.append(ReviewIssue(severity="error", message=message, line=call.lineno))
    return issues
