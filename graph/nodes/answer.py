"""What a chat asks of records or of code, answered without a run."""

from agents.contracts import Intake, Lookup, TellRequest
from graph.chat import run_spoken_of, say
from graph.stage import Stage
from graph.state import Update
from runtime.errors import InputError
from runtime.task import Target
from tools.results.answers import OF_A_RUN, Facts, look_up
from tools.review import Severity, review_code, summary
from tools.review.rules import BY_ID

TOLD_IN_WORDS = ("run", "why", "cost", "compare", "best")
"""Kinds that a model may word; tables, code and lists are given as they are."""
MOST_FINDINGS = 20
MOST_NAMED = 4


def answered(stage: Stage, lookup: Lookup, intake: Intake, target: Target, note: str = "") -> Update:
    """An answer from the records and a note below it; a run that is not there is said so."""
    if lookup.kind == "review" and lookup.code:
        return {"messages": [say(reviewed(lookup.code, target), "answer")], "note": "reviewed code"}
    spoken_of = run_spoken_of(stage.state["messages"], stage.state.get("last_run", ""))
    runs = list(lookup.runs)
    if spoken_of and ((lookup.kind in OF_A_RUN and not runs) or (lookup.kind == "compare" and len(runs) == 1)):
        runs.append(spoken_of)
    try:
        facts = look_up(lookup.kind, stage.services.results, runs, lookup.dataset)
    except InputError as fault:
        return {"messages": [say(str(fault), "answer")], "note": "not found"}
    words = lookup.kind in TOLD_IN_WORDS and facts.runs
    text = _named(intake.tell(TellRequest(question=lookup.text, facts=facts.text)), facts) if words else facts.text
    about = facts.runs[0] if len(facts.runs) == 1 else ""
    return {
        "messages": [say(f"{text}\n\n{note}" if note else text, "answer", about)],
        "note": f"answered {lookup.kind}",
    }


def _named(text: str, facts: Facts) -> str:
    """A model's words, and which runs they are of where it does not say so: numbers shift as old runs are deleted."""
    unsaid = [run for run in facts.runs if run not in text]
    return f"{text}\n\n(From the record of {', '.join(unsaid)}.)" if unsaid and len(facts.runs) <= MOST_NAMED else text


def reviewed(code: str, target: Target) -> str:
    """What the static reviewer finds in a program, by line; nothing runs."""
    findings = review_code(code, target, heed_comments=False)
    if not findings:
        return f"The {len(BY_ID)} rules find nothing for the target {target}. Nothing was run."
    order = list(Severity)
    worst = sorted(findings, key=lambda finding: (order.index(finding.severity), finding.line))[:MOST_FINDINGS]
    lines = [
        f"- line {one.line}: {one.rule} {one.severity.value}: {one.message} ({BY_ID[one.rule].why})" for one in worst
    ]
    more = f"\n… and {len(findings) - len(worst)} more" if len(findings) > len(worst) else ""
    count = summary(findings).replace(" with --fix", " by `arxla review --fix`")
    return "\n".join([f"For the target {target}: {count} Nothing was run.", *lines]) + more
