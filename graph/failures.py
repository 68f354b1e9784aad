"""How a typed failure of the input or the infrastructure ends a run; generated code that fails is data instead."""

from graph.state import Update, ending
from runtime.errors import (
    ArxlaError,
    BudgetExhausted,
    Cancelled,
    InputError,
    ModelUnavailable,
    RecordingOver,
    SandboxFailure,
    SandboxUnavailable,
    SourceUnavailable,
    UnusableAnswer,
)
from runtime.outcome import Outcome, StopCause

OUTCOMES: dict[type[ArxlaError], tuple[Outcome, StopCause | None]] = {
    InputError: (Outcome.INPUT_ERROR, None),
    ModelUnavailable: (Outcome.MODEL_UNAVAILABLE, None),
    UnusableAnswer: (Outcome.MODEL_UNAVAILABLE, None),
    RecordingOver: (Outcome.MODEL_UNAVAILABLE, None),
    BudgetExhausted: (Outcome.BUDGET_EXHAUSTED, None),
    Cancelled: (Outcome.CANCELLED, None),
    SourceUnavailable: (Outcome.STOP_PIPELINE, StopCause.SOURCE_UNAVAILABLE),
    SandboxUnavailable: (Outcome.STOP_PIPELINE, StopCause.NO_SANDBOX),
    SandboxFailure: (Outcome.STOP_PIPELINE, StopCause.NO_SANDBOX),
}


def outcome_of(stage: str, fault: ArxlaError) -> Update:
    """The run's outcome, its cause and a sentence; what no table line names stops the pipeline."""
    outcome, cause = OUTCOMES.get(type(fault), (Outcome.STOP_PIPELINE, StopCause.UNKNOWN))
    message = str(fault) if outcome is Outcome.INPUT_ERROR else f"{stage}: {fault}"
    return ending(outcome, message, cause) | {"note": outcome.value}
