"""A provider's answer as plain text and numbers."""

import json
import re
from dataclasses import dataclass
from typing import Any, NamedTuple, cast

from langchain_core.messages import AIMessage, AIMessageChunk

from runtime.models.connection import is_truncated

THINKING = re.compile(r"<(think|thinking|reasoning)>.*?</\1>", re.DOTALL | re.IGNORECASE)
OPEN_THINKING = re.compile(r"^\s*<(think|thinking|reasoning)>", re.IGNORECASE)
FENCE_LINE = re.compile(r"^\s*(```|~~~)", re.MULTILINE)
INDENTED = re.compile(r"(?:  |\t)\s*\S")
"""How a continuation starts that left out the end of the line before it."""
LONGEST_OVERLAP = 400
SHORTEST_OVERLAP = 12


class Citation(NamedTuple):
    """A page that a provider's own search found and the answer names."""

    title: str
    url: str


@dataclass(frozen=True)
class WantedCall:
    """A tool call as the model wrote it."""

    id: str
    name: str
    arguments: str
    """JSON text, which may be malformed."""


@dataclass(frozen=True)
class Reply:
    """One reply; token counts are None when the provider sent none."""

    text: str
    truncated: bool
    input_tokens: int | None = None
    output_tokens: int | None = None
    cached_tokens: int = 0
    wanted: tuple[WantedCall, ...] = ()
    citations: tuple[Citation, ...] = ()
    limits: tuple[int | None, int | None] = (None, None)
    """Tokens and requests a minute, where the provider tells them beside the answer."""


def read_reply(message: AIMessage) -> Reply:
    """Take text, end and usage out of a message of either provider; reasoning is left out of the text."""
    usage = message.usage_metadata
    details = usage.get("input_token_details", {}) if usage else {}
    truncated = is_truncated(message.response_metadata)
    return Reply(
        text=legible(message.text),
        truncated=truncated,
        input_tokens=_count(usage["input_tokens"]) if usage else None,
        output_tokens=_count(usage["output_tokens"]) if usage else None,
        cached_tokens=_count(details.get("cache_read")) or 0,
        wanted=tuple(_wanted(message)),
        citations=tuple(_citations(message)),
        limits=_limits(message.response_metadata.get("headers") or {}),
    )


def legible(text: str) -> str:
    """The answer in a text, in characters that a file and a database take."""
    return without_thinking(text).encode("utf-8", "replace").decode().replace("\0", "\ufffd")


def _count(tokens: Any) -> int | None:
    """A number of tokens; None for what can't be one, as half-compatible servers send."""
    return tokens if isinstance(tokens, int) and tokens >= 0 else None


def _limits(headers: dict[str, str]) -> tuple[int | None, int | None]:
    """What OpenAI and its like send with each reply (https://platform.openai.com/docs/guides/rate-limits)."""
    texts = [str(headers.get(f"x-ratelimit-limit-{what}", "")) for what in ("tokens", "requests")]
    tokens, requests = (int(text) if text.isdecimal() and int(text) > 0 else None for text in texts)
    return tokens, requests


def _wanted(message: AIMessage) -> list[WantedCall]:
    """Every tool call, malformed ones included. Of a stream its raw text: LangChain completes JSON that was cut off."""
    if isinstance(message, AIMessageChunk) and message.tool_call_chunks:
        found = [(call["id"], call["name"], call["args"]) for call in message.tool_call_chunks]
    else:
        found = [(call["id"], call["name"], json.dumps(call["args"])) for call in message.tool_calls]
        found += [(call["id"], call["name"], call["args"]) for call in message.invalid_tool_calls]
    return [WantedCall(id or f"call_{i}", name or "", text or "") for i, (id, name, text) in enumerate(found)]


def _citations(message: AIMessage) -> list[Citation]:
    """The addresses that a provider's own search put beside its answer, each once."""
    if isinstance(message.content, str):
        return []
    titles: dict[str, str] = {}
    for block in message.content_blocks:
        for mark in cast(dict[str, Any], block).get("annotations", []):
            if mark.get("url"):
                titles.setdefault(str(mark["url"]), str(mark.get("title") or ""))
    return [Citation(title, url) for url, title in titles.items()]


def without_thinking(text: str) -> str:
    """Drop reasoning blocks: whole ones, one whose opening tag the server ate, and one that never ends."""
    if "<" not in text:
        return text
    text = THINKING.sub("", text)
    if OPEN_THINKING.match(text):
        return ""
    for tag in ("</think>", "</thinking>", "</reasoning>"):
        head, found, tail = text.partition(tag)
        if found and "```" not in head:
            text = tail
    return text.lstrip("\n")


def join_continuation(start: str, more: str) -> str:
    """Append a continuation to a cut-off answer, without the fence it opens again or the words it repeats.

    A continuation that begins the open block anew takes the block's place.
    """
    reopened = False
    fences = list(FENCE_LINE.finditer(start))
    if len(fences) % 2 == 1:
        first, newline, rest = more.lstrip().partition("\n")
        if FENCE_LINE.match(first) and len(first) > 3 and newline:
            more, reopened = rest, True
        elif FENCE_LINE.match(first):
            return f"{start.rstrip()}\n{more.lstrip()}"
        opening, newline, block = start[fences[-1].start() :].partition("\n")
        if len(begin := _first_line(block)) >= SHORTEST_OVERLAP and begin == _first_line(more):
            return start[: fences[-1].start()] + opening + newline + more.lstrip()
    for size in range(min(LONGEST_OVERLAP, len(start), len(more)), SHORTEST_OVERLAP - 1, -1):
        if start.endswith(more[:size]):
            return start + more[size:]
    head, newline, last = start.rpartition("\n")
    if reopened and last.strip():
        begun_again = more.lstrip().startswith(last.strip())
        return f"{head}{newline}{more}" if begun_again else f"{start}\n{more}"
    return f"{start}\n{more}" if last.strip() and INDENTED.match(more) else start + more


def _first_line(text: str) -> str:
    return text.lstrip().partition("\n")[0].rstrip()
