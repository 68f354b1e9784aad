"""How an exception ends a run. Generated code never gets here: its failures are data."""

from typing import Literal

from langgraph.errors import NodeError
from langgraph.types import Command, RetryPolicy

from graph.stage import visit_record
from graph.state import State
from runtime.errors import (
    ArxlaError,
    BudgetExhausted,
    Cancelled,
    DiskFull,
    InputError,
    ModelUnavailable,
    SandboxFailure,
    SandboxUnavailable,
    ServiceUnavailable,
    UnusableAnswer,
)
from runtime.outcome import Outcome, StopCause

OUTCOMES: dict[type[ArxlaError], tuple[Outcome, StopCause | None]] = {
    InputError: (Outcome.INPUT_ERROR, None),
    ModelUnavailable: (Outcome.MODEL_UNAVAILABLE, None),
    UnusableAnswer: (Outcome.MODEL_UNAVAILABLE, None),
    BudgetExhausted: (Outcome.BUDGET_EXHAUSTED, None),
    Cancelled: (Outcome.CANCELLED, None),
    SandboxUnavailable: (Outcome.STOP_PIPELINE, StopCause.NO_SANDBOX),
    SandboxFailure: (Outcome.STOP_PIPELINE, StopCause.NO_SANDBOX),
    ServiceUnavailable: (Outcome.STOP_PIPELINE, StopCause.UNKNOWN),
    DiskFull: (Outcome.STOP_PIPELINE, StopCause.NO_DISK),
}

BOX_RETRIES = RetryPolicy(max_attempts=3, initial_interval=0.5, retry_on=SandboxFailure)
"""Only a box that broke is worth the same attempt again; model calls have their own retries."""


def end_with_outcome(state: State, error: NodeError) -> Command[Literal["report"]]:
    """Turn a typed failure of the input or the infrastructure into the run's outcome; a bug of ours crashes loudly."""
    fault = error.error
    if not isinstance(fault, ArxlaError):
        raise fault
    outcome, cause = OUTCOMES.get(type(fault), (Outcome.STOP_PIPELINE, StopCause.UNKNOWN))
    message = str(fault) if outcome is Outcome.INPUT_ERROR else f"{error.node}: {fault}"
    visit = visit_record(error.node, state, fault.seconds, str(outcome))
    update = {"outcome": str(outcome), "cause": str(cause or ""), "message": message, "stages": [visit]}
    return Command(goto="report", update=update)
