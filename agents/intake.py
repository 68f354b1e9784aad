"""The intake that a language model plays: from a chat to a task, or to one question."""

from agents.answers import CHAT_FIELDS, SUBJECTS, read_intake
from agents.contracts import IntakeAnswer, IntakeRequest
from agents.wording import render
from runtime.models.calls import ModelCalls
from runtime.task import Task

LAST_MESSAGES = 20


class ModelIntake:
    """Understands chats."""

    def __init__(self, calls: ModelCalls) -> None:
        self._calls = calls

    def understand(self, request: IntakeRequest) -> IntakeAnswer:
        """Ask for a task or a question; a dataset or a paper that nobody named becomes a question.

        Raises `UnusableAnswer` and whatever `ModelCalls.ask` raises.
        """
        fields = {name: str(Task.model_fields[name].description).rstrip(".") for name in CHAT_FIELDS}
        prompt = render("intake", fields=fields, messages=request.messages[-LAST_MESSAGES:])
        answer = self._calls.ask("intake", prompt.system, prompt.request, read_intake)
        said = _letters(" ".join(text for _, text in request.messages))
        for name in SUBJECTS:
            given = getattr(answer.task, name, None)
            if given and _letters(given) not in said:
                return IntakeAnswer(question=f"Which {name} should I work on? Did you mean {given}?")
        return answer


def _letters(text: str) -> str:
    """Letters and digits alone, so that "Fashion MNIST" is fashion_mnist."""
    return "".join(character for character in text.lower() if character.isalnum())
