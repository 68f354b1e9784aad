"""The page's backend against a server that answers as LangGraph's does."""

import json

import httpx
import pytest
from langgraph_sdk.client import LangGraphClient

from arxla.web.backend import Message, NotThere, ServerMissing
from arxla.web.served import ServedBackend
from runtime.approval import Answer
from runtime.errors import InputError

QUESTION = {"kind": "code", "text": "May it run?", "details": {}, "choices": ["yes", "no"], "run_id": "r"}
STATE = {
    "values": {
        "messages": [
            {"type": "human", "content": "hi", "id": "1"},
            {"type": "ai", "content": [{"type": "text", "text": "hello"}], "id": "2"},
            {"type": "tool", "content": "secret", "id": "3"},
            "odd",
        ],
        "last_run": "wine-1",
    },
    "next": ["develop"],
    "interrupts": [{"value": QUESTION}, {"value": "odd"}],
}
STREAM = [
    ("metadata", {"run_id": "t"}),
    ("custom", {"kind": "stage", "name": "code", "state": "start"}),
    ("custom|develop:1", {"kind": "note", "text": "inner"}),
    ("updates", {"intake": {"messages": [{"type": "ai", "content": "I train.", "id": "9"}]}}),
    ("updates|develop:1", {"code": {"messages": [{"type": "ai", "content": "I train.", "id": "9"}]}, "odd": None}),
    ("updates", {"__interrupt__": [{"value": QUESTION}]}),
    ("error", {"error": "ValueError", "message": "it broke"}),
]


@pytest.fixture
def server():
    """(backend, requests) of a server whose answers are above; `status` of a path makes it fail."""
    asked, statuses = [], {}

    def answer(request):
        path = request.url.path
        asked.append((request.method, path, json.loads(request.content) if request.content else None))
        if path in statuses:
            return httpx.Response(statuses[path], json={"detail": "no"})
        if path.endswith("/stream"):
            text = "".join(
                f"id: {at}\nevent: {kind}\ndata: {json.dumps(data)}\n\n" for at, (kind, data) in enumerate(STREAM)
            )
            return httpx.Response(200, text=text, headers={"content-type": "text/event-stream"})
        if path.endswith("/state"):
            return httpx.Response(200, json=STATE)
        if path == "/threads/search":
            found = {"thread_id": "t1", "metadata": {"title": "Hello"}, "status": "busy", "updated_at": "now"}
            return httpx.Response(200, json=[found])
        if path == "/threads":
            return httpx.Response(200, json={"thread_id": "t1"})
        if path.endswith("/runs") and request.method == "GET":
            running = request.url.params.get("status") == "running" and "/busy/" in path
            return httpx.Response(200, json=[{"run_id": "turn"}] if running else [])
        return httpx.Response(200, json={"run_id": "turn"})

    backend = ServedBackend("http://server")
    transport = httpx.MockTransport(answer)
    backend.__dict__["_client"] = LangGraphClient(httpx.AsyncClient(base_url="http://server", transport=transport))
    return backend, asked, statuses


async def test_a_run_begins_in_a_thread_of_its_own(server):
    backend, asked, _ = server
    thread = await backend.open_thread("wine-1")
    await backend.start(thread, {"dataset": "wine"}, "wine-1")
    assert asked[0][2]["metadata"] == {"arxla": "form", "arxla_run": "wine-1"}
    method, path, body = asked[1]
    assert (method, path) == ("POST", "/threads/t1/runs")
    assert body["input"] == {"task": {"dataset": "wine"}, "run_id": "wine-1"}
    assert body["multitask_strategy"] == "reject" and body["stream_resumable"] is True


async def test_a_conversation_is_what_was_said_and_what_it_waits_for(server):
    backend, *_ = server
    chat = await backend.conversation("t1")
    assert chat.messages == [Message("human", "hi"), Message("ai", "hello")]
    assert chat.question.text == "May it run?" and chat.run_id == "wine-1" and chat.turn == "" and chat.unfinished
    busy = await backend.conversation("busy")
    assert busy.turn == "turn" and busy.question is None


async def test_news_are_events_messages_once_questions_and_faults(server):
    backend, *_ = server
    news = [(one.kind, one.content) async for one in backend.news("t1", "turn", "")]
    assert [kind for kind, _ in news] == ["event", "event", "message", "question", "error"]
    assert news[1][1]["text"] == "inner" and news[2][1] == Message("ai", "I train.") and news[4][1] == "it broke"


async def test_answering_cancelling_and_going_on(server):
    backend, asked, _ = server
    await backend.answer("t1", Answer(approve=True, comment="go"))
    assert asked[-1][2]["command"] == {"resume": {"approve": True, "comment": "go"}}
    await backend.resume("t1")
    assert "input" not in asked[-1][2] and "command" not in asked[-1][2]
    await backend.cancel("busy")
    assert asked[-1][:2] == ("POST", "/threads/busy/runs/turn/cancel")


async def test_chats_are_listed(server):
    backend, *_ = server
    (chat,) = await backend.chats(5)
    assert (chat.id, chat.title, chat.busy) == ("t1", "Hello", True)
    assert await backend.open_chat("  Train\n a model ") == "t1"
    assert server[1][-1][2]["metadata"] == {"arxla": "chat", "title": "Train a model"}


@pytest.mark.parametrize(("status", "fault"), [(404, NotThere), (409, InputError), (500, ServerMissing)])
async def test_faults_are_sentences(server, status, fault):
    backend, _, statuses = server
    statuses["/threads/t1/runs"] = status
    with pytest.raises(fault, match=r"\w+\.$"):
        await backend.say("t1", "hello")


async def test_without_a_server_in_this_process_it_says_so():
    with pytest.raises(ServerMissing, match="arxla serve"):
        await ServedBackend().chats(1)
