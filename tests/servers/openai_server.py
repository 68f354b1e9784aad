"""Speaks OpenAI's chat completions (whole and streamed) and Responses."""

import json
from typing import Any

from scripted_server import Fail, Line, Say, ScriptedServer

PIECE = 12


class OpenAIServer(ScriptedServer):
    """`streams=False` is a server that answers in one piece even when asked to stream."""

    def __init__(self, *script: Line, streams: bool = True) -> None:
        super().__init__(*script)
        self.streams = streams

    @property
    def base_url(self) -> str:
        return f"{self.address}/v1"

    def answer(self, path: str, say: Say) -> dict[str, Any]:
        if path.endswith("/responses"):
            return _response(say)
        choice = {"index": 0, "finish_reason": say.finish, "message": {"role": "assistant", "content": say.text}}
        return {
            "id": "c1", "object": "chat.completion", "created": 1, "model": "m", "choices": [choice],
            "usage": _usage(say),
        }  # fmt: skip

    def events(self, body: dict[str, Any], say: Say) -> list[str] | None:
        if not body.get("stream") or not self.streams:
            return None
        pieces = [say.text[i : i + PIECE] for i in range(0, len(say.text), PIECE)] or [""]
        chunks = [_chunk({"content": piece}) for piece in pieces]
        chunks += [_chunk({}, say.finish), {**_chunk({}), "choices": [], "usage": _usage(say)}]
        return [*(f"data: {json.dumps(chunk)}\n\n" for chunk in chunks), "data: [DONE]\n\n"]

    def failure(self, fail: Fail) -> tuple[dict[str, Any], dict[str, str]]:
        return {"error": {"message": fail.message, "type": fail.code or "error", "code": fail.code or None}}, {}


def _chunk(delta: dict[str, Any], finish: str | None = None) -> dict[str, Any]:
    choice = {"index": 0, "delta": {"role": "assistant", **delta}, "finish_reason": finish}
    return {"id": "c1", "object": "chat.completion.chunk", "created": 1, "model": "m", "choices": [choice]}


def _usage(say: Say) -> dict[str, Any]:
    total = say.input_tokens + say.output_tokens
    return {
        "prompt_tokens": say.input_tokens, "completion_tokens": say.output_tokens, "total_tokens": total,
        "prompt_tokens_details": {"cached_tokens": say.cached_tokens},
    }  # fmt: skip


def _response(say: Say) -> dict[str, Any]:
    content = [{"type": "output_text", "text": say.text, "annotations": []}]
    cut = say.finish == "length"
    return {
        "id": "r1", "object": "response", "created_at": 1, "model": "m", "status": "incomplete" if cut else "completed",
        "incomplete_details": {"reason": "max_output_tokens"} if cut else None, "error": None, "instructions": None,
        "metadata": {}, "parallel_tool_calls": True, "temperature": 1, "tool_choice": "auto", "tools": [], "top_p": 1,
        "output": [
            {"type": "reasoning", "id": "rs1", "summary": []},
            {"type": "message", "id": "m1", "role": "assistant", "status": "completed", "content": content},
        ],
        "usage": {
            "input_tokens": say.input_tokens, "output_tokens": say.output_tokens,
            "total_tokens": say.input_tokens + say.output_tokens,
            "input_tokens_details": {"cached_tokens": say.cached_tokens},
            "output_tokens_details": {"reasoning_tokens": 0},
        },
    }  # fmt: skip
