"""The LangGraph server that the page is mounted in, as the page's backend."""

import json
import sys
from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager
from functools import cached_property
from typing import Any

import httpx
from langgraph_sdk import get_client
from langgraph_sdk.client import LangGraphClient
from langgraph_sdk.errors import LangGraphError
from pydantic import ValidationError

from arxla.web.backend import Chat, Conversation, Message, News, NotThere, ServerMissing
from runtime.approval import Answer, Question
from runtime.errors import InputError

GRAPH = "arxla"
BEGINNING = "0"
"""Before every event of a resumable stream."""
LONGEST_TITLE = 80
STREAMED: list[Any] = ["custom", "updates"]
RECURSION = 500
MISSING = "No server runs behind this page, so nothing can be started here; start it with `arxla serve`."


class ServedBackend:
    """A `Backend` over the threads and runs of a LangGraph server; without `url`, of the one in this process."""

    def __init__(self, url: str | None = None, api_key: str | None = None) -> None:
        self._url = url
        self._api_key = api_key

    @cached_property
    def _client(self) -> LangGraphClient:
        """Made when first used: the server in this process is not there before its app is. Raises `ServerMissing`."""
        if self._url is None and "langgraph_api.server" not in sys.modules:
            raise ServerMissing(MISSING)
        return get_client(url=self._url, api_key=self._api_key)

    async def open_thread(self, run_id: str) -> str:
        with _naming_faults():
            thread = await self._client.threads.create(metadata={"arxla": "form", "arxla_run": run_id})
        return str(thread["thread_id"])

    async def start(self, thread_id: str, task: dict[str, Any], run_id: str) -> None:
        with _naming_faults():
            await self._begin(thread_id, input={"task": task, "run_id": run_id})

    async def cancel(self, thread_id: str) -> None:
        with _naming_faults():
            for turn in await self._open_turns(thread_id):
                await self._client.runs.cancel(thread_id, turn, wait=False, action="interrupt")

    async def resume(self, thread_id: str) -> None:
        with _naming_faults():
            await self._begin(thread_id)

    async def answer(self, thread_id: str, answer: Answer) -> None:
        with _naming_faults():
            await self._begin(thread_id, command={"resume": answer.model_dump(mode="json", exclude_none=True)})

    async def chats(self, limit: int) -> list[Chat]:
        with _naming_faults():
            found = await self._client.threads.search(
                metadata={"arxla": "chat"},
                limit=limit,
                sort_by="updated_at",
                sort_order="desc",
                select=["thread_id", "metadata", "status", "updated_at"],
            )
        return [
            Chat(
                str(thread["thread_id"]),
                str((thread.get("metadata") or {}).get("title") or "Chat"),
                str(thread.get("updated_at") or ""),
                thread.get("status") == "busy",
            )
            for thread in found
        ]

    async def open_chat(self, title: str) -> str:
        with _naming_faults():
            thread = await self._client.threads.create(
                metadata={"arxla": "chat", "title": " ".join(title.split())[:LONGEST_TITLE]}
            )
        return str(thread["thread_id"])

    async def conversation(self, thread_id: str) -> Conversation:
        with _naming_faults():
            state = await self._client.threads.get_state(thread_id)
            turns = await self._open_turns(thread_id)
        values = state.get("values") or {}
        values = values if isinstance(values, dict) else {}
        messages = [read for one in values.get("messages", []) if (read := _message(one))]
        questions = [] if turns else [q for one in state.get("interrupts") or [] if (q := _question(one))]
        run_id = str(values.get("run_id") or values.get("last_run") or "")
        return Conversation(
            thread_id,
            messages,
            question=questions[0] if questions else None,
            turn=turns[0] if turns else "",
            run_id=run_id,
            unfinished=bool(turns or state.get("next")),
        )

    async def say(self, thread_id: str, text: str) -> str:
        with _naming_faults():
            message = {"type": "human", "content": text}
            return await self._begin(thread_id, input={"messages": [message]})

    async def news(self, thread_id: str, turn: str, after: str) -> AsyncIterator[News]:
        seen: set[str] = set()
        with _naming_faults():
            parts = self._client.runs.join_stream(thread_id, turn, last_event_id=after or BEGINNING)
            async for part in parts:
                for piece in _news(part.event.split("|")[0], part.data, part.id or "", seen):
                    yield piece

    async def _begin(self, thread_id: str, **what: Any) -> str:
        run = await self._client.runs.create(
            thread_id,
            GRAPH,
            stream_mode=STREAMED,
            stream_subgraphs=True,
            stream_resumable=True,
            multitask_strategy="reject",
            config={"recursion_limit": RECURSION},
            durability="sync",
            **what,
        )
        return str(run["run_id"])

    async def _open_turns(self, thread_id: str) -> list[str]:
        """The server's runs of a thread that have not ended, newest first."""
        found = []
        for status in ("running", "pending"):
            found += await self._client.runs.list(thread_id, status=status, limit=10, select=["run_id"])
        return [str(run["run_id"]) for run in found]


@contextmanager
def _naming_faults() -> Iterator[None]:
    """Turn what the client raises into a sentence."""
    try:
        yield
    except httpx.HTTPStatusError as error:
        if error.response.status_code in (404, 422):
            raise NotThere("There is no such chat or run on this server.") from error
        if error.response.status_code == 409:
            raise InputError("This one is still being worked on: wait for it to end, or cancel it first.") from error
        raise ServerMissing(f"The server refused this ({error.response.status_code}); its log says why.") from error
    except (httpx.HTTPError, LangGraphError, OSError, RuntimeError) as error:
        raise ServerMissing(MISSING) from error


def _news(kind: str, data: Any, at: str, seen: set[str]) -> Iterator[News]:
    """What of one part of a stream a reader wants to see; messages come once."""
    if kind == "custom" and isinstance(data, dict):
        yield News("event", data, at)
    elif kind == "error":
        text = data.get("message") if isinstance(data, dict) else ""
        yield News("error", str(text or "This turn failed; the server's log says why."), at)
    elif kind == "updates" and isinstance(data, dict):
        for update in data.values():
            messages = update.get("messages") if isinstance(update, dict) else None
            for one in messages if isinstance(messages, list) else []:
                read = _message(one)
                known = str(one.get("id") or json.dumps(one, sort_keys=True, default=str)) if read else ""
                if read and read.role == "ai" and known not in seen:
                    seen.add(known)
                    yield News("message", read, at)
        interrupts = data.get("__interrupt__")
        for one in interrupts if isinstance(interrupts, list) else []:
            if question := _question(one):
                yield News("question", question, at)


def _message(message: Any) -> Message | None:
    """A chat message from the server's JSON; whatever is neither said nor answered is left out."""
    if not isinstance(message, dict) or message.get("type") not in ("human", "ai"):
        return None
    content = message.get("content")
    if isinstance(content, list):
        content = "".join(str(part.get("text", "")) if isinstance(part, dict) else str(part) for part in content)
    return Message(message["type"], str(content or ""))


def _question(interrupt: Any) -> Question | None:
    try:
        return Question.model_validate(interrupt.get("value") if isinstance(interrupt, dict) else interrupt)
    except ValidationError:
        return None
