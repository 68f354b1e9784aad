"""Speaks OpenAI's chat completions (whole and streamed) and Responses."""

import json
from typing import Any

from scripted_server import Fail, Line, Request, Say, ScriptedServer

PIECE = 12


class OpenAIServer(ScriptedServer):
    """`streams=False` is a server that answers in one piece even when asked to stream."""

    def __init__(self, *script: Line, streams: bool = True, models: list[dict[str, Any]] | None = None) -> None:
        super().__init__(*script)
        self.streams, self.models = streams, models

    @property
    def base_url(self) -> str:
        return f"{self.address}/v1"

    def listing(self, path: str) -> dict[str, Any] | None:
        if self.models is None or path != "/v1/models":
            return None
        return {"object": "list", "data": self.models}

    def complaint(self, request: Request) -> Fail | None:
        """Both APIs take a tool's result only after the call that it answers."""
        if request.path.endswith("/responses"):
            items = request.body["input"]
            called = {item["call_id"] for item in items if item.get("type") == "function_call"}
            results = [item["call_id"] for item in items if item.get("type") == "function_call_output"]
        else:
            messages = request.body["messages"]
            called = {call["id"] for message in messages for call in message.get("tool_calls") or []}
            results = [message["tool_call_id"] for message in messages if message["role"] == "tool"]
        if called != set(results):
            return Fail(400, "invalid_request_error", "every tool call must be followed by its result")
        return None

    def answer(self, path: str, say: Say) -> dict[str, Any]:
        if path.endswith("/responses"):
            return _response(say)
        message = {"role": "assistant", "content": say.text or None, "tool_calls": _tool_calls(say) or None}
        choice = {"index": 0, "finish_reason": _finish(say), "message": message}
        return {
            "id": "c1", "object": "chat.completion", "created": 1, "model": "m", "choices": [choice],
            "usage": _usage(say),
        }  # fmt: skip

    def events(self, body: dict[str, Any], say: Say) -> list[str] | None:
        if not body.get("stream") or not self.streams:
            return None
        pieces = [say.text[i : i + PIECE] for i in range(0, len(say.text), PIECE)] or [""]
        chunks = [_chunk({"content": piece}) for piece in pieces]
        chunks += [_chunk({"tool_calls": [delta]}) for call in _tool_calls(say) for delta in _deltas(call)]
        chunks += [_chunk({}, _finish(say)), {**_chunk({}), "choices": [], "usage": _usage(say)}]
        return [*(f"data: {json.dumps(chunk)}\n\n" for chunk in chunks), "data: [DONE]\n\n"]

    def failure(self, fail: Fail) -> tuple[dict[str, Any], dict[str, str]]:
        return {"error": {"message": fail.message, "type": fail.code or "error", "code": fail.code or None}}, {}


def _chunk(delta: dict[str, Any], finish: str | None = None) -> dict[str, Any]:
    choice = {"index": 0, "delta": {"role": "assistant", **delta}, "finish_reason": finish}
    return {"id": "c1", "object": "chat.completion.chunk", "created": 1, "model": "m", "choices": [choice]}


def _finish(say: Say) -> str:
    return "tool_calls" if say.calls and say.finish == "stop" else say.finish


def _tool_calls(say: Say) -> list[dict[str, Any]]:
    return [
        {"index": i, "id": f"call_{i}", "type": "function", "function": {"name": name, "arguments": text}}
        for i, (name, text) in enumerate(say.calls)
    ]


def _deltas(call: dict[str, Any]) -> list[dict[str, Any]]:
    """A call as it is streamed: its name first, then its arguments piece by piece."""
    text = call["function"]["arguments"]
    first = call | {"function": {"name": call["function"]["name"], "arguments": ""}}
    pieces = [text[i : i + PIECE] for i in range(0, len(text), PIECE)]
    return [first, *({"index": call["index"], "function": {"arguments": piece}} for piece in pieces)]


def _usage(say: Say) -> dict[str, Any]:
    total = say.input_tokens + say.output_tokens
    return {
        "prompt_tokens": say.input_tokens, "completion_tokens": say.output_tokens, "total_tokens": total,
        "prompt_tokens_details": {"cached_tokens": say.cached_tokens},
    }  # fmt: skip


def _response(say: Say) -> dict[str, Any]:
    marks = [
        {"type": "url_citation", "start_index": 0, "end_index": 1, "url": url, "title": title}
        for title, url in say.pages
    ]
    content = [{"type": "output_text", "text": say.text, "annotations": marks}]
    search = {"type": "web_search_call", "id": "ws1", "status": "completed"}
    message = {"type": "message", "id": "m1", "role": "assistant", "status": "completed", "content": content}
    called = [
        {"type": "function_call", "id": f"fc{i}", "call_id": f"call_{i}", "name": name, "arguments": text}
        for i, (name, text) in enumerate(say.calls)
    ]
    cut = say.finish == "length"
    return {
        "id": "r1", "object": "response", "created_at": 1, "model": "m", "status": "incomplete" if cut else "completed",
        "incomplete_details": {"reason": "max_output_tokens"} if cut else None, "error": None, "instructions": None,
        "metadata": {}, "parallel_tool_calls": True, "temperature": 1, "tool_choice": "auto", "tools": [], "top_p": 1,
        "output": [
            {"type": "reasoning", "id": "rs1", "summary": []},
            *([{**search, "action": {"type": "search", "query": "q"}}] if say.pages else []),
            *([message] if say.text or not say.calls else []),
            *called,
        ],
        "usage": {
            "input_tokens": say.input_tokens, "output_tokens": say.output_tokens,
            "total_tokens": say.input_tokens + say.output_tokens,
            "input_tokens_details": {"cached_tokens": say.cached_tokens},
            "output_tokens_details": {"reasoning_tokens": 0},
        },
    }  # fmt: skip
