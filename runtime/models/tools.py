"""Tools that a model may call, and what came of asking it with them."""

import json
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

from jsonschema import Draft202012Validator
from jsonschema.exceptions import best_match

from runtime.errors import ArxlaError, BudgetExhausted, Cancelled, DiskFull
from runtime.models.reply import Citation, WantedCall

T = TypeVar("T")
WEB_SEARCH = "web_search"
"""OpenAI's own search, of the Responses API."""


@dataclass(frozen=True)
class Tool:
    """A function that a model may call."""

    name: str
    """Letters, digits, dashes and underscores."""
    description: str
    parameters: dict[str, Any]
    """A JSON schema of type object."""
    call: Callable[[dict[str, Any]], str]
    """Takes arguments that fit the schema; an `ArxlaError` becomes its text for the model."""

    @property
    def spec(self) -> dict[str, Any]:
        """In the chat completions format, which LangChain turns into every provider's own."""
        function = {"name": self.name, "description": self.description, "parameters": self.parameters}
        return {"type": "function", "function": function}


@dataclass(frozen=True)
class ToolUse:
    """One call that a model made."""

    name: str
    arguments: str
    """JSON text, as the model wrote it."""
    failure: str = ""
    """What was wrong, as the model was told; empty when the tool answered."""


@dataclass(frozen=True)
class ToolAnswer(Generic[T]):
    """An answer, and how it came about."""

    value: T
    citations: list[Citation]
    """(title, url) of pages that the provider's own search found and the answer names."""
    uses: list[ToolUse]
    refused: str = ""
    """Why the model was asked without tools, when it takes none."""


class Misused(Exception):
    """A call that can't be made; the message tells the model why."""


def use_tool(tools: dict[str, Tool], wanted: WantedCall) -> tuple[str, ToolUse]:
    """Make a call; the text for the model, which is the failure's own when there is one."""
    try:
        text, failure = _call(tools, wanted), ""
    except (BudgetExhausted, Cancelled, DiskFull):
        raise
    except (Misused, ArxlaError) as error:
        text = failure = f"Error: {error}"
    return text, ToolUse(wanted.name, wanted.arguments, failure)


def _call(tools: dict[str, Tool], wanted: WantedCall) -> str:
    tool = tools.get(wanted.name)
    if tool is None:
        raise Misused(f"there is no tool named {wanted.name!r}; the tools are {', '.join(tools)}.")
    try:
        arguments = json.loads(wanted.arguments or "{}")
    except ValueError as error:
        raise Misused(f"the arguments of {tool.name} are not JSON ({error}).") from error
    fault = best_match(Draft202012Validator({"type": "object", **tool.parameters}).iter_errors(arguments))
    if fault is not None:
        place = "".join(f".{part}" for part in fault.absolute_path)
        raise Misused(f"the arguments of {tool.name} do not fit: {(place + ' ').lstrip('.')}{fault.message}.")
    return tool.call(arguments)
