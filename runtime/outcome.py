"""How a run ends. Every run ends in exactly one `Outcome`."""

from enum import StrEnum


class Outcome(StrEnum):
    """The verdict of a run; `SUCCESS` needs evidence on disk."""

    SUCCESS = "SUCCESS"
    STOP_PIPELINE = "STOP_PIPELINE"
    DEBUG_CHANCES_EXHAUSTED = "DEBUG_CHANCES_EXHAUSTED"
    REVIEW_REJECTED = "REVIEW_REJECTED"
    CONSTRAINT_UNMET = "CONSTRAINT_UNMET"
    BUDGET_EXHAUSTED = "BUDGET_EXHAUSTED"
    TOO_FEW_CHUNKS = "TOO_FEW_CHUNKS"
    INPUT_ERROR = "INPUT_ERROR"
    MODEL_UNAVAILABLE = "MODEL_UNAVAILABLE"
    CANCELLED = "CANCELLED"


class StopCause(StrEnum):
    """Why a `STOP_PIPELINE` can't be repaired by changing the code or its hyperparameters; or why one was cancelled."""

    OUT_OF_MEMORY = "out_of_memory"
    MISSING_DEPENDENCY = "missing_dependency"
    NO_DEVICE = "no_device"
    NO_DISK = "no_disk"
    NO_SANDBOX = "no_sandbox"
    SOURCE_UNAVAILABLE = "source_unavailable"
    TAMPERING = "tampering"
    REPEATED_CORRECTION = "repeated_correction"
    REFUSED = "refused"
    """A person was asked and said no: the run is over, where any other cancelled one can go on."""
    UNKNOWN = "unknown"


EXIT_CODES = {Outcome.SUCCESS: 0, Outcome.INPUT_ERROR: 2, Outcome.CANCELLED: 130}


def exit_code(outcome: Outcome) -> int:
    """The process exit code for an outcome: 0 success, 2 bad input, 130 interrupted, 1 anything else."""
    return EXIT_CODES.get(outcome, 1)
