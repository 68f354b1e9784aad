"""Static review and fix, then the model's, in rounds, until nothing is found or nothing changes."""

from agents.citations import cite
from agents.contracts import ReviewRequest
from agents.expert.identity import GENERATED_BY
from graph.criteria import count_met, moved, unmet, worth
from graph.nodes.code import keep_function
from graph.stage import Stage
from graph.state import Json, Update, ending
from runtime.outcome import Outcome
from runtime.task import Target
from runtime.training_function import TrainingFunction
from tools.papers.brief import CriterionVerdict
from tools.results.record import ReviewRecord
from tools.review import blocks, fix_code, review_code
from tools.review.finding import Finding, Severity

REWRITES = 2
"""How often blocked code goes back to the coder before the run ends as rejected."""
ACCEPTED = ("function_file", "function", "hyperparameters", "criteria")
"""What is remembered of the version that met most of the paper's criteria."""


def run(stage: Stage) -> Update:
    """The reviewed function; blocked code asks for a rewrite, and ends the run when those are used up."""
    if stage.state.get("accepted", {}).get("function_file") == stage.state["function_file"]:
        return {"note": "reviewed before"}  # the coder had nothing better
    function, before = stage.function, stage.function.training_code
    rounds: list[Json] = []
    findings: list[Finding] = []
    verdicts: list[CriterionVerdict] = []
    for number in range(1, max(stage.task.review_rounds, 1) + 1):
        record, function, said = _round(stage, function, number)
        rounds.append(record.model_dump(mode="json"))
        findings, verdicts = record.findings, said or verdicts
        if not record.changed_by_model:
            break
    code = cite(function.training_code, {one.id: one.lines for one in verdicts if one.verdict != "not"})
    function = function.model_copy(update={"training_code": code})
    update: Update = {"reviews": rounds, "note": _note(rounds, verdicts)}
    update |= {"criteria": [one.model_dump() for one in verdicts]} if stage.brief else {}
    if function.training_code != before:
        update |= keep_function(stage, function, "code-review")
    return update | (_blocked(stage, findings) if blocks(findings) else _accepted(stage, update, verdicts))


def _round(
    stage: Stage, function: TrainingFunction, number: int
) -> tuple[ReviewRecord, TrainingFunction, list[CriterionVerdict]]:
    """One static pass and, when rounds were asked for, one look by the reviewing agent."""
    target = stage.task.target
    fixed = fix_code(function.training_code, target)
    function = function.model_copy(update={"training_code": fixed.source})
    findings = _findings(function, target)
    for finding in findings:
        stage.emit({"kind": "finding", "fixed": False, **finding.model_dump(include={"rule", "line", "message"})})
    record = ReviewRecord(round=number, findings=findings, fixed=fixed.applied)
    if stage.task.review_rounds == 0:
        return record, function, []
    request = ReviewRequest(function=function, target=target, findings=findings, brief=stage.brief)
    answer = stage.agents.reviewer.review(request)
    record.model_issues = [issue.message for issue in answer.issues]
    verdicts = answer.criteria
    if answer.training_code and answer.training_code != function.training_code:
        proposed = function.model_copy(update={"training_code": answer.training_code})
        proposal = _findings(proposed, target)
        if _errors(proposal) <= _errors(findings):
            record.changed_by_model = True
            record.findings = proposal
            verdicts = moved(verdicts, function.training_code, proposed.training_code)
            function = proposed
        else:
            record.model_issues.append("(its corrected code was refused: the static rules found more errors in it)")
    return record, function, verdicts


def _findings(function: TrainingFunction, target: Target) -> list[Finding]:
    """What the rules find in code that nobody has read: its own comments silence none of them."""
    return review_code(function.training_code, target, function.bo_config, function.constraints, heed_comments=False)


def _blocked(stage: Stage, findings: list[Finding]) -> Update:
    """Back to the coder; without rewrites left, to the version that was accepted, or to the end of the run."""
    reasons = [f"{f.rule} line {f.line}: {f.message}" for f in findings if f.severity is Severity.ERROR]
    rewrites = stage.state.get("rewrites", 0)
    if rewrites < REWRITES:
        return {"feedback": reasons, "rewrites": rewrites + 1}
    accepted = stage.state.get("accepted")
    if accepted and not stage.state.get("tried"):
        return {**accepted, "feedback": [], "note": f"the version before goes on: {reasons[0]}"}
    message = f"The code was rejected {rewrites + 1} times; the last reason: {reasons[0]}"
    return ending(Outcome.REVIEW_REJECTED, message)


def _accepted(stage: Stage, update: Update, verdicts: list[CriterionVerdict]) -> Update:
    """Clean code goes on; as long as it may, it goes back for the paper's unmet criteria, and the best version stays.

    Criteria alone never end a run, and what the debugger has mended is not written anew for them.
    """
    brief, rewrites = stage.brief, stage.state.get("rewrites", 0)
    if brief is None or not verdicts or not _rewritable(stage):
        return {"feedback": []}
    ours = {name: update.get(name, stage.state.get(name)) for name in ACCEPTED}
    best = stage.state.get("accepted") or ours
    if worth(_read(best["criteria"])) <= worth(verdicts):
        best = ours
    reasons = unmet(brief.criteria, verdicts, _read(stage.state.get("criteria", [])))
    if reasons and rewrites < REWRITES:
        return {"feedback": reasons, "rewrites": rewrites + 1, "accepted": best}
    return {**best, "feedback": [], "accepted": best}


def _rewritable(stage: Stage) -> bool:
    """Whether the coder may do better: not a rule-based one, and not with the user's own code or with mended code."""
    by_rule = str(stage.function.metadata.get("generated_by", "")).startswith(GENERATED_BY)
    return not (by_rule or stage.task.function or stage.state.get("tried"))


def _read(verdicts: list[Json]) -> list[CriterionVerdict]:
    return [CriterionVerdict.model_validate(one) for one in verdicts]


def _errors(findings: list[Finding]) -> int:
    return sum(finding.severity is Severity.ERROR for finding in findings)


def _note(rounds: list[Json], verdicts: list[CriterionVerdict]) -> str:
    fixed = sum(len(record["fixed"]) for record in rounds)
    note = f"{fixed} fixed, {len(rounds[-1]['findings'])} left after {len(rounds)} round(s)"
    return note + (f"; {count_met(verdicts)} of {len(verdicts)} criteria met" if verdicts else "")
