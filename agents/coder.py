"""The coder that a language model plays."""

import time
from importlib.metadata import version

from agents.answers import CodeAnswer, read_code_answer
from agents.contracts import CodeRequest
from agents.wording import render, sample_kind
from runtime.models.calls import ModelCalls
from runtime.training_function import TrainingFunction


class ModelCoder:
    """Writes training functions."""

    def __init__(self, calls: ModelCalls) -> None:
        self._calls = calls

    def write(self, request: CodeRequest) -> TrainingFunction:
        """Ask for a module and its search space. Raises `UnusableAnswer` and whatever `ModelCalls.ask` raises."""
        prompt = render(
            "coder",
            target=request.target,
            profile=request.profile,
            kind=sample_kind(request.profile),
            goal=request.goal,
            size_limit_kb=request.size_limit_kb,
            approach=request.recommended_approach,
            feedback=request.feedback,
            previous=request.previous.training_code if request.previous else "",
        )
        answer = self._calls.ask("coder", prompt.system, prompt.request, read_code_answer)
        return self._function(request, answer)

    def _function(self, request: CodeRequest, answer: CodeAnswer) -> TrainingFunction:
        model = self._calls.model("coder")
        metadata = {
            "generated_by": model,
            "api_model": model.partition(":")[2],
            "version": version("arxla"),
            "target": request.target,
            "constraints": answer.constraints,
            "reasons": answer.reasons,
            "answer_repairs": answer.repairs,
        }
        return TrainingFunction(
            model_name=answer.model_name,
            training_code=answer.training_code,
            bo_config=answer.bo_config,
            confidence=answer.confidence,
            data_profile=request.profile,
            timestamp=int(time.time()),
            metadata=metadata,
        )
