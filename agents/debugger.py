"""The debugger that a language model plays."""

from agents.answers import read_correction
from agents.contracts import Correction, DebugRequest
from agents.wording import render, sample_kind
from runtime.models.calls import ModelCalls
from runtime.search_space import SEARCH_SPACE


class ModelDebugger:
    """Answers a failure with one of three corrections."""

    def __init__(self, calls: ModelCalls) -> None:
        self._calls = calls

    def correct(self, request: DebugRequest) -> Correction:
        """Ask for a correction. Raises `UnusableAnswer` and whatever `ModelCalls.ask` raises."""
        function = request.function
        prompt = render(
            "debugger",
            target=request.target,
            profile=function.data_profile,
            kind=sample_kind(function.data_profile),
            size_limit_kb=request.size_limit_kb,
            training_code=function.training_code,
            hyperparameters=request.hyperparameters,
            space=SEARCH_SPACE.dump_python(function.bo_config, mode="json"),
            xla_metrics=request.xla_metrics,
            tried=request.tried,
            failure=request.failure,
        )

        def read(answer: str) -> Correction:
            return read_correction(answer, function.training_code, function.bo_config)

        return self._calls.ask("debugger", prompt.system, prompt.request, read)
