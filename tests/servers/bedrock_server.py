"""Speaks Bedrock's Converse."""

import itertools
import json
from typing import Any

from scripted_server import Fail, Request, Say, ScriptedServer


class BedrockServer(ScriptedServer):
    @property
    def base_url(self) -> str:
        return self.address

    def complaint(self, request: Request) -> Fail | None:
        """Turns alternate, results follow their calls, and traces of tools need a toolConfig."""
        messages = request.body["messages"]
        blocks = [block for message in messages for block in message["content"]]
        called = {block["toolUse"]["toolUseId"] for block in blocks if "toolUse" in block}
        results = {block["toolResult"]["toolUseId"] for block in blocks if "toolResult" in block}
        roles = [message["role"] for message in messages]
        if called != results or any(a == b for a, b in itertools.pairwise(roles)):
            return Fail(400, "ValidationException", "messages do not fit together")
        if called and "toolConfig" not in request.body:
            return Fail(400, "ValidationException", "The toolConfig field must be defined")
        if any(block.get("text") == "" for block in blocks):
            return Fail(400, "ValidationException", "The text field in the ContentBlock object is blank")
        return None

    def answer(self, _path: str, say: Say) -> dict[str, Any]:
        return {
            "output": {"message": {"role": "assistant", "content": _content(say)}},
            "stopReason": "max_tokens" if say.finish == "length" else "tool_use" if say.calls else "end_turn",
            "usage": {
                "inputTokens": say.input_tokens - say.cached_tokens, "outputTokens": say.output_tokens,
                "totalTokens": say.input_tokens + say.output_tokens, "cacheReadInputTokens": say.cached_tokens,
            },
            "metrics": {"latencyMs": 1},
        }  # fmt: skip

    def events(self, _body: dict[str, Any], _say: Say) -> None:
        return None

    def failure(self, fail: Fail) -> tuple[dict[str, Any], dict[str, str]]:
        return {"message": fail.message}, {"x-amzn-ErrorType": fail.code}


def _content(say: Say) -> list[dict[str, Any]]:
    calls = [
        {"toolUse": {"toolUseId": f"call_{i}", "name": name, "input": json.loads(text)}}
        for i, (name, text) in enumerate(say.calls)
    ]
    return [*([{"text": say.text}] if say.text or not calls else []), *calls]
