"""How a run ends. Every run ends in exactly one `Outcome`."""

from enum import StrEnum


class Outcome(StrEnum):
    """The verdict of a run; `SUCCESS` needs evidence on disk."""

    SUCCESS = "SUCCESS"
    """A model under the size limit was measured on the hidden test rows, and the evidence is on disk."""
    STOP_PIPELINE = "STOP_PIPELINE"
    """Something that no other code and no other hyperparameters would mend; the cause says what."""
    DEBUG_CHANCES_EXHAUSTED = "DEBUG_CHANCES_EXHAUSTED"
    """The code kept failing, and the debugger's chances are used up."""
    REVIEW_REJECTED = "REVIEW_REJECTED"
    """After the last round of review the code still held something that blocks it."""
    CONSTRAINT_UNMET = "CONSTRAINT_UNMET"
    """Models were trained, and none of them is under the size limit."""
    BUDGET_EXHAUSTED = "BUDGET_EXHAUSTED"
    """The next step would have gone beyond the money, the tokens or the time of the run."""
    TOO_FEW_CHUNKS = "TOO_FEW_CHUNKS"
    """Fewer chunks of the paper were summarised than `min_chunk_success` asks for."""
    INPUT_ERROR = "INPUT_ERROR"
    """The task names something that is not there, or that can't be used."""
    MODEL_UNAVAILABLE = "MODEL_UNAVAILABLE"
    """A language model refused, kept failing, or gave no usable answer after it was asked again."""
    CANCELLED = "CANCELLED"
    """The user, the server or a person who was asked ended the run."""


class StopCause(StrEnum):
    """Why a `STOP_PIPELINE` can't be repaired by changing the code or its hyperparameters; or why one was cancelled."""

    OUT_OF_MEMORY = "out_of_memory"
    """The data or the smallest model needs more memory than a boxed job may have."""
    MISSING_DEPENDENCY = "missing_dependency"
    """The code needs a package that is not installed here."""
    NO_DEVICE = "no_device"
    """The target's device is not on this machine, or does not answer."""
    NO_DISK = "no_disk"
    """The disk is full, or can't be written."""
    NO_SANDBOX = "no_sandbox"
    """No isolation is available, or the box itself kept breaking."""
    SOURCE_UNAVAILABLE = "source_unavailable"
    """A service with papers or search results can't be reached, or refused."""
    TAMPERING = "tampering"
    """The code reached for its own measurement, or forged what the harness reports."""
    REPEATED_CORRECTION = "repeated_correction"
    """The debugger gave the same correction twice."""
    REFUSED = "refused"
    """A person was asked and said no: the run is over, where any other cancelled one can go on."""
    UNKNOWN = "unknown"
    """None of the above; the run's message says what was seen."""


EXIT_CODES = {Outcome.SUCCESS: 0, Outcome.INPUT_ERROR: 2, Outcome.CANCELLED: 130}


def exit_code(outcome: Outcome) -> int:
    """The process exit code for an outcome: 0 success, 2 bad input, 130 interrupted, 1 anything else."""
    return EXIT_CODES.get(outcome, 1)
