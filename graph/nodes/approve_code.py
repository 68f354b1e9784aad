"""Ask a person before code runs for the first time."""

from graph.stage import Stage
from graph.state import Update, ending
from runtime.approval import Answer, Question
from runtime.outcome import Outcome, StopCause

MOST_REFUSALS = 3
"""How often code may be refused with a comment before the run ends."""


def ask(stage: Stage) -> Question:
    """The reviewed code, who wrote it, and what the review still finds."""
    function, about = stage.function, stage.state["function"]
    reviews = stage.state.get("reviews", [])
    findings = reviews[-1]["findings"] if reviews else []
    issues = reviews[-1]["model_issues"] if reviews else []
    details = {
        "model_name": function.model_name,
        "author": about.get("generated_by", ""),
        "training_code": function.training_code,
        "file": stage.state["function_file"],
        "findings": [f"{one['severity']} {one['rule']} line {one['line']}: {one['message']}" for one in findings],
        "issues": issues,
    }
    found = f"{len(findings)} finding{'' if len(findings) == 1 else 's'} left"
    text = f"May {function.model_name} by {details['author']} run ({found})?"
    return Question(kind="code", text=text, details=details, run_id=stage.state["run_id"])


def decide(stage: Stage, question: Question, answer: Answer) -> Update:  # noqa: ARG001
    """On to the box; refused code goes back to the coder with the comment, as often as it may."""
    if answer.approve:
        return {"feedback": []}
    refused = sum(one["question"]["kind"] == "code" for one in stage.state.get("decisions", []))
    if refused + 1 >= MOST_REFUSALS:
        message = f"A person refused the code {refused + 1} times, the last time because: {answer.comment}"
        return ending(Outcome.CANCELLED, message, StopCause.REFUSED)
    return {"feedback": [f"A person who read the code asks: {answer.comment}"], "accepted": {}, "rewrites": 0}
