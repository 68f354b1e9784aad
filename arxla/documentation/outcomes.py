"""The reference of outcomes, made from `Outcome`, `StopCause` and the words that reports use."""

import inspect

from arxla.documentation.wording import code, literals_below, table
from runtime.outcome import Outcome, StopCause, exit_code
from tools.report.wording import NEXT_STEPS, STOP_STEPS, TITLES

HEADER = """# Outcomes

Generated from the code by `make docs`; don't edit.

Every run ends in exactly one outcome. It stands in `run.json` with one sentence that says what happened, in the report,
in the list of `arxla runs`, and it is the exit code of `arxla run`. A run that waits for a person's answer has no
outcome yet; there the exit code is 3.
"""
CAUSES = """## Causes

What no other code and no other hyperparameters would mend. The cause stands beside the outcome; `refused` goes with
`CANCELLED`.
"""
NAMES = {"id": "RUN", "model": "MODEL", "target": "TARGET"}


def outcomes() -> str:
    """The page as Markdown."""
    meanings = literals_below(inspect.getsource(Outcome))
    rows = [
        [code(one), TITLES[one], meanings.get(one.name, ""), NEXT_STEPS[one].format(**NAMES), str(exit_code(one))]
        for one in Outcome
    ]
    causes = literals_below(inspect.getsource(StopCause))
    steps = {cause: STOP_STEPS.get(cause, NEXT_STEPS[Outcome.STOP_PIPELINE]).format(**NAMES) for cause in StopCause}
    return "\n".join(
        [
            HEADER,
            table(["outcome", "in words", "what it means", "what to do", "exit code"], rows),
            CAUSES,
            table(
                ["cause", "what it means", "what to do"],
                [[code(one), causes.get(one.name, ""), steps[one]] for one in StopCause],
            ),
        ]
    )
