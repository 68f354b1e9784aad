"""Talking with arxla: threads of the server, what a turn does while it does it, and questions with their answers."""

import json
from collections.abc import AsyncIterator
from typing import Any

from sse_starlette.event import ServerSentEvent
from sse_starlette.sse import EventSourceResponse
from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, RedirectResponse, Response

from arxla.web.backend import Conversation, News, ServerMissing
from arxla.web.live import HEARTBEAT_S
from arxla.web.markdown import to_html
from arxla.web.run import answer_of
from arxla.web.site import Site, base_path, site_of
from arxla.web.story import Teller
from runtime.approval import Question
from runtime.errors import ArxlaError, InputError

CHATS = 30
LONGEST_MESSAGE = 20_000
EXAMPLES = (
    "Train a model on digits under 64 KB",
    "Show my best runs",
    "Why did the last run stop?",
    "Which datasets are there?",
)


async def show_chat(request: Request) -> Response:
    """GET /chat and GET /chat/{thread_id}."""
    site = site_of(request)
    thread = request.path_params.get("thread_id", "")
    missing = ""
    chats, conversation = [], Conversation(thread)
    try:
        chats = await site.backend.chats(CHATS)
        if thread:
            conversation = await site.backend.conversation(thread)
    except ServerMissing as error:
        missing = str(error)
    base = base_path(request)
    return await site.show(
        request,
        "chat.html.j2",
        chats=chats,
        chat=conversation,
        said=[(one.role, to_html(one.text, base)) for one in conversation.messages],
        question=conversation.question,
        examples=EXAMPLES,
        missing=missing,
        longest=LONGEST_MESSAGE,
    )


async def begin_chat(request: Request) -> Response:
    """POST /chat: a new chat with its first message."""
    backend = site_of(request).backend
    text = await _text(request)
    thread = await backend.open_chat(text)
    await backend.say(thread, text)
    return RedirectResponse(f"{base_path(request)}/chat/{thread}", 303)


async def say(request: Request) -> Response:
    """POST /chat/{thread_id}: a message; a script that asks for JSON gets the turn, a form the page."""
    thread = request.path_params["thread_id"]
    try:
        turn = await site_of(request).backend.say(thread, await _text(request))
    except ArxlaError as error:
        if _wants_json(request):
            return JSONResponse({"error": str(error)}, 409)
        raise
    return _answer(request, thread, turn)


async def answer(request: Request) -> Response:
    """POST /chat/{thread_id}/answer: the answer to what the chat waits with."""
    thread = request.path_params["thread_id"]
    backend = site_of(request).backend
    question = (await backend.conversation(thread)).question
    if question is None:
        raise InputError("This chat waits for no answer any more.")
    form = await request.form(max_files=0, max_fields=20)
    await backend.answer(thread, answer_of(question, form))
    return RedirectResponse(f"{base_path(request)}/chat/{thread}", 303)


async def cancel(request: Request) -> Response:
    """POST /chat/{thread_id}/cancel: stop what the chat works on."""
    thread = request.path_params["thread_id"]
    await site_of(request).backend.cancel(thread)
    return RedirectResponse(f"{base_path(request)}/chat/{thread}", 303)


async def stream_news(request: Request) -> Response:
    """GET /chat/{thread_id}/news?turn=…: `message`, `line`, `question`, `fault`, and `done` at the end of the turn."""
    site = site_of(request)
    thread, turn = request.path_params["thread_id"], request.query_params.get("turn", "")
    if site.seats.free < 1:
        return PlainTextResponse("Too many browsers watch at once; try again later.\n", 503, {"retry-after": "30"})
    after = request.headers.get("last-event-id", "")
    return EventSourceResponse(_news(site, base_path(request), thread, turn, after), ping=HEARTBEAT_S, send_timeout=30)


async def _news(site: Site, base: str, thread: str, turn: str, after: str) -> AsyncIterator[ServerSentEvent]:
    teller = Teller()
    with site.seats.taken():
        try:
            async for news in site.backend.news(thread, turn, after):
                if sent := _sent(news, teller, base):
                    yield sent
        except ArxlaError as error:
            yield _message("fault", {"text": str(error)})
        conversation = await _conversation(site, thread)
        question = conversation.question.model_dump(mode="json") if conversation.question else None
        yield _message("done", {"run_id": conversation.run_id, "question": question})


async def _conversation(site: Site, thread: str) -> Conversation:
    try:
        return await site.backend.conversation(thread)
    except ArxlaError:
        return Conversation(thread)


def _sent(news: News, teller: Teller, base: str) -> ServerSentEvent | None:
    content: Any = news.content
    if news.kind == "event":
        line = teller.tell(content)
        return _message("line", {"kind": line[0], "text": line[1]}, news.id) if line else None
    if news.kind == "message":
        return _message("message", {"html": str(to_html(content.text, base))}, news.id)
    if isinstance(content, Question):
        return _message("question", {"text": content.text}, news.id)
    return _message("fault", {"text": str(content)}, news.id)


def _message(kind: str, data: Any, at: str = "") -> ServerSentEvent:
    return ServerSentEvent(json.dumps(data), event=kind, id=at or None, retry=2000)


async def _text(request: Request) -> str:
    form = await request.form(max_files=0, max_fields=5, max_part_size=8 * LONGEST_MESSAGE)
    text = str(form.get("text", "")).strip()
    if not text:
        raise InputError("Write a message first.")
    if len(text) > LONGEST_MESSAGE:
        raise InputError(f"A message can have {LONGEST_MESSAGE:,} characters; upload longer texts as a paper.")
    return text


def _answer(request: Request, thread: str, turn: str) -> Response:
    if _wants_json(request):
        return JSONResponse({"turn": turn})
    return RedirectResponse(f"{base_path(request)}/chat/{thread}", 303)


def _wants_json(request: Request) -> bool:
    return "application/json" in request.headers.get("accept", "")
