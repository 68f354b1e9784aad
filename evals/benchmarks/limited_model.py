"""A local model server with a fixed latency and an enforced limit: `python -m evals.benchmarks.limited_model`.

Speaks OpenAI's chat completions, streamed or not. Models whose name begins with `limited` share a bucket that holds a
minute's tokens and refills all the time, as OpenAI's limits do; a request that does not fit gets a 429 at once, with
`Retry-After`. Tokens are four characters each. Answers quote the request, so that readers that look quotations up
accept them. Prints its port; `GET /counts` tells what it has served.
"""

import argparse
import asyncio
import json
import re
import time
from dataclasses import asdict, dataclass
from typing import Any

CHARACTERS_A_TOKEN = 4
CONTEXT_TOKENS = 32_768
LONGEST_HEADER = 65_536
SENTENCE = re.compile(r"[A-Z][a-z]+(?: [a-z]+){6,14}")
NOTES = "The part describes a network, the loss that it is trained with, and how the data is prepared. " * 4


@dataclass
class Counts:
    """What limited models were asked."""

    served: int = 0
    refused: int = 0
    tokens: int = 0
    """Of served requests, answers included."""
    most_in_flight: int = 0
    first: float = 0.0
    last: float = 0.0
    """When the first request came and the last answer left, on `time.monotonic()`'s clock."""


class Server:
    """`tokens_per_minute` and `latency_s` are fixed at the start."""

    def __init__(self, tokens_per_minute: int, latency_s: float) -> None:
        self._rate, self._latency = tokens_per_minute / 60, latency_s
        self._capacity = self._level = float(tokens_per_minute)
        self._filled = time.monotonic()
        self._in_flight = 0
        self.counts = Counts()

    async def serve(self) -> None:
        """Until the process is ended."""
        server = await asyncio.start_server(self._talk, "127.0.0.1", 0, limit=LONGEST_HEADER, backlog=1024)
        print(server.sockets[0].getsockname()[1], flush=True)
        await server.serve_forever()

    async def _talk(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """One connection, kept open between requests."""
        try:
            while head := await reader.readuntil(b"\r\n\r\n"):
                length = re.search(rb"(?i)content-length: (\d+)", head)
                body = await reader.readexactly(int(length[1])) if length else b""
                writer.write(await self._answer(head.split(b" ", 2)[1].decode(), body))
                await writer.drain()
        except (asyncio.IncompleteReadError, ConnectionError):
            writer.close()

    async def _answer(self, path: str, body: bytes) -> bytes:
        if path == "/counts":
            return _http(200, asdict(self.counts))
        if not body:
            return _http(200, {"data": [{"id": name, "max_model_len": CONTEXT_TOKENS} for name in ("limited", "free")]})
        asked = json.loads(body)
        text = asked["messages"][-1]["content"]
        answer = _notes(text)
        sizes = [sum(len(str(message["content"])) for message in asked["messages"]), len(answer)]
        read, written = (size // CHARACTERS_A_TOKEN for size in sizes)
        limited = asked["model"].startswith("limited")
        if limited and (missing := self._take(read + written)):
            self.counts.refused += 1
            error = {"message": "Rate limit reached", "type": "tokens", "code": "rate_limit_exceeded"}
            return _http(429, {"error": error}, f"retry-after: {missing / self._rate:.3f}\r\n")
        self._in_flight += limited
        self.counts.most_in_flight = max(self.counts.most_in_flight, self._in_flight)
        await asyncio.sleep(self._latency)
        self._in_flight -= limited
        self.counts.last = time.monotonic() if limited else self.counts.last
        usage = {"prompt_tokens": read, "completion_tokens": written, "total_tokens": read + written}
        return _completion(asked, answer, usage)

    def _take(self, tokens: int) -> float:
        """Tokens that are missing from the bucket, 0.0 when they were taken from it."""
        now = time.monotonic()
        self._level = min(self._capacity, self._level + (now - self._filled) * self._rate)
        self._filled = now
        if tokens > self._level:
            return tokens - self._level
        self._level -= tokens
        self.counts.first = self.counts.first or now
        self.counts.served += 1
        self.counts.tokens += tokens
        return 0.0


def _notes(text: str) -> str:
    """A summary of a chunk, of notes, or a brief: each reader takes the fields that it knows."""
    sentences = [match.group() for match in SENTENCE.finditer(text, len(text) // 4)][:40:8]
    criteria = [{"text": f"does what is said: {words}", "kind": "training", "quotation": words} for words in sentences]
    notes = {"summary": NOTES, "method": NOTES, "algorithm": ["read", "train"], "domain": "vision"}
    numbers = {"settings": [1], "training_recipe": "Adam, 100 epochs", "evaluation": "accuracy"}
    return "```json\n" + json.dumps({**notes, **numbers, "criteria": criteria}) + "\n```"


def _completion(asked: dict[str, Any], answer: str, usage: dict[str, int]) -> bytes:
    about = {"id": "c", "created": 1, "model": asked["model"]}
    if not asked.get("stream"):
        choice = {"index": 0, "finish_reason": "stop", "message": {"role": "assistant", "content": answer}}
        return _http(200, {**about, "object": "chat.completion", "choices": [choice], "usage": usage})
    about["object"] = "chat.completion.chunk"
    delta = {"index": 0, "delta": {"role": "assistant", "content": answer}, "finish_reason": None}
    end = {"index": 0, "delta": {}, "finish_reason": "stop"}
    parts = [{**about, "choices": [delta]}, {**about, "choices": [end]}, {**about, "choices": [], "usage": usage}]
    stream = "".join(f"data: {json.dumps(part)}\n\n" for part in parts) + "data: [DONE]\n\n"
    return _http(200, stream.encode(), kind="text/event-stream")


def _http(status: int, content: dict[str, Any] | bytes, headers: str = "", kind: str = "application/json") -> bytes:
    body = content if isinstance(content, bytes) else json.dumps(content).encode()
    head = f"HTTP/1.1 {status} -\r\ncontent-type: {kind}\r\ncontent-length: {len(body)}\r\n{headers}\r\n"
    return head.encode() + body


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--tokens-per-minute", type=int, required=True)
    parser.add_argument("--latency", type=float, default=2.0)
    options = parser.parse_args()
    asyncio.run(Server(options.tokens_per_minute, options.latency).serve())
