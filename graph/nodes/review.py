"""Static review and fix, then the model's, in rounds, until nothing is found or nothing changes."""

from agents.contracts import ReviewRequest
from graph.nodes.code import keep_function
from graph.stage import Stage
from graph.state import Json, Update, ending
from runtime.outcome import Outcome
from runtime.task import Target
from runtime.training_function import TrainingFunction
from tools.results.record import ReviewRecord
from tools.review import blocks, fix_code, review_code
from tools.review.finding import Finding, Severity

REWRITES = 2
"""How often blocked code goes back to the coder before the run ends as rejected."""


def run(stage: Stage) -> Update:
    """The reviewed function; blocked code asks for a rewrite, and ends the run when those are used up."""
    function, before = stage.function, stage.function.training_code
    rounds: list[Json] = []
    findings: list[Finding] = []
    for number in range(1, max(stage.task.review_rounds, 1) + 1):
        record, function = _round(stage, function, number)
        rounds.append(record.model_dump(mode="json"))
        findings = record.findings
        if not record.changed_by_model:
            break
    update: Update = {"reviews": rounds, "note": _note(rounds)}
    if function.training_code != before:
        update |= keep_function(stage, function, "code-review")
    return update | _verdict(stage, findings)


def _round(stage: Stage, function: TrainingFunction, number: int) -> tuple[ReviewRecord, TrainingFunction]:
    """One static pass and, when rounds were asked for, one look by the reviewing agent."""
    target = stage.task.target
    fixed = fix_code(function.training_code, target)
    function = function.model_copy(update={"training_code": fixed.source})
    findings = _findings(function, target)
    for finding in findings:
        stage.emit({"kind": "finding", "fixed": False, **finding.model_dump(include={"rule", "line", "message"})})
    record = ReviewRecord(round=number, findings=findings, fixed=fixed.applied)
    if stage.task.review_rounds == 0:
        return record, function
    request = ReviewRequest(function=function, target=target, findings=findings, brief=stage.brief)
    answer = stage.agents.reviewer.review(request)
    record.model_issues = [issue.message for issue in answer.issues]
    if answer.training_code and answer.training_code != function.training_code:
        proposed = function.model_copy(update={"training_code": answer.training_code})
        proposal = _findings(proposed, target)
        if _errors(proposal) <= _errors(findings):
            record.changed_by_model = True
            record.findings = proposal
            function = proposed
        else:
            record.model_issues.append("(its corrected code was refused: the static rules found more errors in it)")
    return record, function


def _findings(function: TrainingFunction, target: Target) -> list[Finding]:
    """What the rules find in code that nobody has read: its own comments silence none of them."""
    return review_code(function.training_code, target, function.bo_config, function.constraints, heed_comments=False)


def _verdict(stage: Stage, findings: list[Finding]) -> Update:
    if not blocks(findings):
        return {"feedback": []}
    reasons = [f"{f.rule} line {f.line}: {f.message}" for f in findings if f.severity is Severity.ERROR]
    rewrites = stage.state.get("rewrites", 0)
    if rewrites >= REWRITES:
        message = f"The code was rejected {rewrites + 1} times; the last reason: {reasons[0]}"
        return ending(Outcome.REVIEW_REJECTED, message)
    return {"feedback": reasons, "rewrites": rewrites + 1}


def _errors(findings: list[Finding]) -> int:
    return sum(finding.severity is Severity.ERROR for finding in findings)


def _note(rounds: list[Json]) -> str:
    fixed = sum(len(record["fixed"]) for record in rounds)
    return f"{fixed} fixed, {len(rounds[-1]['findings'])} left after {len(rounds)} round(s)"
