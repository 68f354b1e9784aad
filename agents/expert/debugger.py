"""The expert as a debugger: known failures and their repairs, each tried once."""

from agents.contracts import Correction, DebugRequest
from agents.expert.repairs.case import Case
from agents.expert.repairs.catalogue import CATALOGUE
from agents.expert.repairs.names import MISSING_MODULE
from runtime.outcome import StopCause


class ExpertDebugger:
    """Corrects by rule; no model, no key, no network."""

    def correct(self, request: DebugRequest) -> Correction:
        """The first repair of the catalogue that knows this failure and was not tried yet.

        The order is: hyperparameters or code, as the failure asks, then another family, then a stop.
        """
        case = Case(request)
        tried = {_key(attempt.correction) for attempt in request.tried}
        for repair in CATALOGUE:
            correction = repair(case)
            if correction is not None and _key(correction) not in tried:
                return correction
        cause = StopCause.REPEATED_CORRECTION if request.tried else StopCause.UNKNOWN
        if MISSING_MODULE.search(case.message):
            cause = StopCause.MISSING_DEPENDENCY
        said = (case.message or case.kind or case.status.value).splitlines()
        return case.stop(cause, f"No repair is left for: {said[0][:200]}")


def _key(correction: Correction) -> str:
    """What a correction would change, apart from how it is explained."""
    return correction.model_dump_json(exclude={"explanation"})
