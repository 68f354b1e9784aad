"""The chat of a thread: what of it is still open, what a message holds, and what arxla's own messages are."""

import base64
import binascii
from collections.abc import Sequence
from typing import Any, Literal

from langchain_core.messages import AIMessage, AnyMessage

Kind = Literal["question", "answer", "failure", "start", "progress"]
"""A question leaves the user's request open, as a failure does; an answer closes the one message that it answers;
anything else, a run's end among it, closes all that was said before."""
MARK = "arxla"
RUN = "arxla_run"
LONGEST = 200_000
"""Characters of a message that are read."""
LONGEST_FILE = 100_000
SOURCE_ENDINGS = (".py", ".txt", ".md")


def say(text: str, kind: Kind, run_id: str = "") -> AIMessage:
    """A message of arxla's, and the one run that it is about."""
    return AIMessage(text, additional_kwargs={MARK: kind} | ({RUN: run_id} if run_id else {}))


def kind_of(message: AnyMessage) -> str:
    """What a message of arxla's is; "" for a run's end and for messages of others."""
    return str(message.additional_kwargs.get(MARK, ""))


def open_messages(messages: Sequence[AnyMessage]) -> list[tuple[str, str]]:
    """(role, text) of what is not settled yet, oldest first: the user's words, and what they were asked."""
    opened: list[tuple[str, str]] = []
    for message in messages:
        kind = kind_of(message)
        if message.type == "human":
            opened.append(("human", read_message(message)[0]))
        elif message.type != "ai" or kind == "failure":
            continue
        elif kind == "question":
            opened.append(("ai", str(message.text)))
        elif kind == "answer":
            opened = opened[:-1]
        else:
            opened = []
    return opened


def run_spoken_of(messages: Sequence[AnyMessage], last_run: str) -> str:
    """The run that "it" is: the last one that was answered about since the last run ended, else that run."""
    for message in reversed(messages):
        if message.type == "ai" and kind_of(message) in ("", "start", "progress"):
            return last_run
        if named := message.additional_kwargs.get(RUN):
            return str(named)
    return last_run


def read_message(message: AnyMessage) -> tuple[str, list[str]]:
    """The text of a message with its attached programs as fenced code, and the names of what could not be read."""
    parts, unread = [str(message.text)], []
    for block in message.content if isinstance(message.content, list) else []:
        if not isinstance(block, dict) or block.get("type") == "text":
            continue
        name, text = _attached(block)
        if text is None:
            unread.append(name)
        else:
            parts.append(f"````\n{text}\n````")
    return "\n".join(part for part in parts if part), unread


def _attached(block: dict[str, Any]) -> tuple[str, str | None]:
    """The name of an attachment, and its text where it is one."""
    inside = block.get("file") if isinstance(block.get("file"), dict) else {}
    about = [block, inside, *(block.get(key) for key in ("metadata", "extras", "source"))]
    known = [one for one in about if isinstance(one, dict)]
    name = _first(known, "filename", "name", "title") or f"a block of type {block.get('type', 'unknown')}"
    mime = _first(known, "mime_type", "mimeType", "media_type")
    if not (mime.startswith("text/") or name.lower().endswith(SOURCE_ENDINGS)):
        return name, None
    if block.get("type") == "text-plain" and isinstance(block.get("text"), str):
        return name, block["text"][:LONGEST_FILE]
    data = _first(known, "base64", "data", "file_data").rpartition("base64,")[2]
    try:
        raw = base64.b64decode(data, validate=True)
        return name, raw.decode()[:LONGEST_FILE] if raw else None
    except (binascii.Error, UnicodeDecodeError, ValueError):
        return name, None


def _first(places: Sequence[dict[str, Any]], *keys: str) -> str:
    return next((one[key] for one in places for key in keys if isinstance(one.get(key), str) and one[key]), "")
