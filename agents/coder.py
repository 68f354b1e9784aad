"""The coder that a language model plays."""

import time
from importlib.metadata import version
from typing import Any

from agents.answers import CodeAnswer, read_code_answer
from agents.brief_text import fit_brief, room_for
from agents.citations import citations
from agents.contracts import CodeRequest
from agents.paper_defaults import adopt
from agents.wording import Prompt, render, sample_kind
from runtime.models.calls import ModelCalls
from runtime.training_function import TrainingFunction

FIRST_STEP, STEP, HOTTEST = 0.5, 0.2, 1.1
"""Temperatures of the second candidate, between candidates, and of the last: programs that differ and still run."""


class ModelCoder:
    """Writes training functions."""

    def __init__(self, calls: ModelCalls) -> None:
        self._calls = calls

    def write(self, request: CodeRequest) -> TrainingFunction:
        """Ask for a module and its search space. Raises `UnusableAnswer` and whatever `ModelCalls.ask` raises."""
        prompt = self._prompt(request)
        heat = temperature(request.candidate)
        key = f"candidate {request.candidate + 1}" if request.candidate else ""
        answer = self._calls.ask("coder", prompt.system, prompt.request, read_code_answer, temperature=heat, key=key)
        return self._function(request, answer)

    def _prompt(self, request: CodeRequest) -> Prompt:
        """With as much of the paper's brief as the model's window has room for."""
        values = {
            "target": request.target,
            "profile": request.profile,
            "kind": sample_kind(request.profile),
            "goal": request.goal,
            "size_limit_kb": request.size_limit_kb,
            "approach": request.recommended_approach,
            "feedback": request.feedback,
            "previous": request.previous.training_code if request.previous else "",
            "candidate": request.candidate,
        }
        plain = render("coder", **values, brief=None)
        if request.brief is None:
            return plain
        room = room_for(self._calls.window("coder"), plain.system, plain.request)
        return render("coder", **values, brief=fit_brief(request.brief, room))

    def _function(self, request: CodeRequest, answer: CodeAnswer) -> TrainingFunction:
        model = self._calls.model("coder")
        metadata: dict[str, Any] = {
            "generated_by": model,
            "api_model": model.partition(":")[2],
            "version": version("arxla"),
            "target": request.target,
            "constraints": answer.constraints,
            "reasons": answer.reasons,
            "answer_repairs": answer.repairs,
        }
        if request.candidate:
            metadata["temperature"] = temperature(request.candidate)
        space = answer.bo_config
        if request.brief is not None:
            found = adopt(
                space,
                request.brief.hyperparameters,
                samples=request.profile.sample_count,
                constraints=answer.constraints,
            )
            space = found.space
            metadata |= found.as_metadata() | {"citations": citations(answer.training_code)}
            metadata["reasons"] = [*answer.reasons, *found.reasons()]
        return TrainingFunction(
            model_name=answer.model_name,
            training_code=answer.training_code,
            bo_config=space,
            confidence=answer.confidence,
            data_profile=request.profile,
            timestamp=int(time.time()),
            metadata=metadata,
        )


def temperature(candidate: int) -> float | None:
    """Rising with the number of the candidate; None, the provider's own, for the first."""
    return round(min(HOTTEST, FIRST_STEP + STEP * (candidate - 1)), 2) if candidate else None
