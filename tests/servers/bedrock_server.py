"""Speaks Bedrock's Converse."""

from typing import Any

from scripted_server import Fail, Say, ScriptedServer


class BedrockServer(ScriptedServer):
    @property
    def base_url(self) -> str:
        return self.address

    def answer(self, _path: str, say: Say) -> dict[str, Any]:
        return {
            "output": {"message": {"role": "assistant", "content": [{"text": say.text}]}},
            "stopReason": "max_tokens" if say.finish == "length" else "end_turn",
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
