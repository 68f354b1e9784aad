"""Failures of the user's input or of the infrastructure; generated code that fails is data (`ExecutionResult`)."""


class ArxlaError(Exception):
    """Root of every failure that arxla names; its message is one sentence that says what to do."""


class InputError(ArxlaError):
    """The user asked for something impossible or named something that is not there. Exit code 2."""


class ModelUnavailable(ArxlaError):
    """A language model could not be reached, refused the key, or kept failing after bounded retries.

    `lasting`: for a reason that no other request changes either (the key, the quota, the model's name).
    """

    def __init__(self, message: str, *, lasting: bool = False) -> None:
        super().__init__(message)
        self.lasting = lasting


class SourceUnavailable(ArxlaError):
    """A service with papers or search results could not be reached after bounded retries, or refused us."""


class UnusableAnswer(ArxlaError):
    """A language model answered, but nothing usable could be read from it even after being asked again."""


class RecordingOver(ArxlaError):
    """A recording of model answers that is replayed holds none for this request; nobody else is asked."""


class BudgetExhausted(ArxlaError):
    """The next step would exceed the run's money, token or time budget."""


class SandboxUnavailable(ArxlaError):
    """No isolation is available here and the user did not ask to run without one."""


class SandboxFailure(ArxlaError):
    """The box itself broke (not the code in it); the same job may be tried again."""


class Cancelled(ArxlaError):
    """The user or the server asked the run to stop."""


class DiskFull(ArxlaError):
    """The results folder can't be written: no space left, or it is read-only."""
