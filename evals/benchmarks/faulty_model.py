"""A local model server that fails as providers do, in a fixed share of its requests.

Speaks OpenAI's chat completions, streamed or not, at `/RUN/v1` for any RUN; the name of the model is the role that it
plays. Which request fails and how is drawn from the seed, the run and the request's number, so that it does not depend
on what runs beside it.
"""

import asyncio
import json
import random
import re
import socket
import struct
import threading
from collections import Counter
from collections.abc import Awaitable, Callable
from typing import Any

from evals.benchmarks.faulty_answers import answer

LONGEST_HEADER = 65_536
PIECE = 200
HANG_S = 30.0
"""Longer than any client of the benchmark waits."""
RETRY_AFTER_S = 0.2
USAGE = {"prompt_tokens": 900, "completion_tokens": 400, "total_tokens": 1300}
Fault = Callable[["Talk"], Awaitable[None]]


class Talk:
    """One request and the means to answer it."""

    def __init__(self, writer: asyncio.StreamWriter, asked: dict[str, Any], draw: random.Random) -> None:
        self.writer, self.draw = writer, draw
        self.streamed = bool(asked.get("stream"))
        self.text = answer(asked["model"], draw)

    async def error(self, status: int, code: str, message: str, headers: str = "") -> None:
        """An error in OpenAI's shape."""
        await self.http(status, json.dumps({"error": {"message": message, "type": code, "code": code}}), headers)

    async def http(
        self, status: int, body: str, headers: str = "", kind: str = "application/json", promised: int = 0
    ) -> None:
        """A whole reply, or one that is shorter than it `promised`."""
        length = promised or len(body.encode())
        head = f"HTTP/1.1 {status} -\r\ncontent-type: {kind}\r\ncontent-length: {length}\r\n{headers}\r\n"
        self.writer.write(head.encode() + body.encode())
        await self.writer.drain()

    async def say(
        self,
        text: str,
        finish: str = "stop",
        pace_s: float = 0.0,
        cut: bool = False,
        usage: dict[str, int] = USAGE,
        **more: Any,
    ) -> None:
        """An answer, in pieces when it was asked for so; `cut` leaves the end out, `more` belongs to its message."""
        if self.streamed:
            await self._stream(text, finish, pace_s, cut, usage, more)
            return
        await asyncio.sleep(pace_s)
        said = {"role": "assistant", "content": text, **more}
        choice = {"index": 0, "finish_reason": finish, "message": said}
        body = json.dumps({**_about(), "choices": [choice], "usage": usage})
        await self.http(200, body[: len(body) // 2] if cut else body, promised=len(body) if cut else 0)
        if cut:
            self.writer.close()

    async def _stream(
        self, text: str, finish: str, pace_s: float, cut: bool, usage: dict[str, int], more: dict[str, Any]
    ) -> None:
        self.writer.write(b"HTTP/1.1 200 -\r\ncontent-type: text/event-stream\r\nconnection: close\r\n\r\n")
        pieces = [text[start : start + PIECE] for start in range(0, len(text), PIECE)]
        deltas = [{"content": piece} for piece in pieces[: len(pieces) // 2 if cut else None]]
        for delta in [*deltas, more] if more else deltas:
            await asyncio.sleep(pace_s)
            await self._event([{"index": 0, "delta": {"role": "assistant", **delta}, "finish_reason": None}])
        if not cut:
            await self._event([{"index": 0, "delta": {}, "finish_reason": finish}])
            await self._event([], usage=usage)
            self.writer.write(b"data: [DONE]\n\n")
        await self.writer.drain()
        self.writer.close()

    async def _event(self, choices: list[dict[str, Any]], **more: object) -> None:
        self.writer.write(f"data: {json.dumps({**_about(), 'choices': choices, **more})}\n\n".encode())
        await self.writer.drain()

    async def reset(self) -> None:
        """The connection breaks without a word."""
        linger = struct.pack("ii", 1, 0)
        self.writer.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, linger)
        self.writer.transport.abort()

    async def hang(self) -> None:
        """No byte ever comes."""
        await asyncio.sleep(HANG_S)
        self.writer.close()


def _about() -> dict[str, Any]:
    return {"id": "c", "object": "chat.completion", "created": 1, "model": "m"}


def _error(message: str) -> str:
    return json.dumps({"error": {"message": message, "type": "server_error"}})


BUSY = "The engine is currently overloaded."
LONG = "This model's maximum context length is 8192 tokens."
SORRY = "I'm sorry, but I can't help with that."
FAULTS: dict[str, Fault] = {
    "429": lambda talk: talk.error(429, "rate_limit_exceeded", "Rate limit reached."),
    "429, Retry-After": lambda talk: talk.error(
        429, "rate_limit_exceeded", "Rate limit reached.", f"retry-after: {RETRY_AFTER_S}\r\n"
    ),
    "429, an hour": lambda talk: talk.error(429, "rate_limit_exceeded", "Come back later.", "retry-after: 3600\r\n"),
    "quota used up": lambda talk: talk.error(429, "insufficient_quota", "You exceeded your current quota."),
    "500": lambda talk: talk.error(500, "server_error", "The server had an error."),
    "503": lambda talk: talk.error(503, "overloaded", BUSY),
    "502, a page": lambda talk: talk.http(502, "<html>bad gateway</html>", kind="text/html"),
    "no answer": Talk.hang,
    "reset": Talk.reset,
    "cut off": lambda talk: talk.say(talk.text, cut=True),
    "too long an answer": lambda talk: talk.say(talk.text[: len(talk.text) // 2], "length"),
    "no JSON": lambda talk: talk.http(200, '{"id": "c", "choices": [{"mess'),
    "another JSON": lambda talk: talk.http(200, json.dumps({"status": "ok", "result": [1, 2, 3]})),
    "a page": lambda talk: talk.http(200, "<html>please log in</html>", kind="text/html"),
    "empty answer": lambda talk: talk.say(""),
    "no choice": lambda talk: talk.http(200, json.dumps({**_about(), "choices": []})),
    "no message": lambda talk: talk.http(200, json.dumps({**_about(), "choices": [{"index": 0, "message": None}]})),
    "null": lambda talk: talk.http(200, "null"),
    "null in the stream": lambda talk: talk.http(200, "data: null\n\n", kind="text/event-stream"),
    "error in the stream": lambda talk: talk.http(200, f"data: {_error(BUSY)}\n\n", kind="text/event-stream"),
    "odd counts": lambda talk: talk.say(talk.text, usage=dict.fromkeys(USAGE, -1)),
    "odd characters": lambda talk: talk.say(talk.text.replace("def ", "\ud800\0def ")),
    "empty body": lambda talk: talk.http(200, ""),
    "slow, then whole": lambda talk: talk.say(talk.text, pace_s=0.05),
    "slower than a call": lambda talk: talk.say(talk.text, pace_s=0.7),
    "context length": lambda talk: talk.error(400, "context_length_exceeded", LONG),
    "refusal": lambda talk: talk.say(SORRY),
    "refusal field": lambda talk: talk.say("", refusal=SORRY),
    "content filter": lambda talk: talk.say(talk.text[:40], "content_filter"),
    "nonsense": lambda talk: talk.say("The answer is 42, as ever. ```python\nprint(42)\n```"),
}


class FaultyModel:
    """Use as a context manager; `share` of all requests fail."""

    def __init__(self, share: float, seed: int) -> None:
        self._share, self._seed = share, seed
        self._lock = threading.Lock()
        self.requests: Counter[str] = Counter()
        """By run."""
        self.faults: dict[str, list[str]] = {}
        """By run, in order."""
        self._loop = asyncio.new_event_loop()
        self._ready = threading.Event()
        self._thread = threading.Thread(target=self._serve, name="faulty-model", daemon=True)

    def base_url(self, run: str) -> str:
        """Where the models of a run are served."""
        return f"http://127.0.0.1:{self._port}/{run}/v1"

    def __enter__(self) -> "FaultyModel":
        self._thread.start()
        self._ready.wait(10)
        return self

    def __exit__(self, *_error: object) -> None:
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(10)

    def _serve(self) -> None:
        asyncio.set_event_loop(self._loop)
        server = self._loop.run_until_complete(
            asyncio.start_server(self._connected, "127.0.0.1", 0, limit=LONGEST_HEADER, backlog=256)
        )
        self._port = server.sockets[0].getsockname()[1]
        self._ready.set()
        self._loop.run_forever()
        for task in asyncio.all_tasks(self._loop):
            task.cancel()
        self._loop.run_until_complete(asyncio.sleep(0))
        self._loop.close()

    async def _connected(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """One connection, kept open between requests until a fault closes it."""
        try:
            while not writer.is_closing():
                head = await reader.readuntil(b"\r\n\r\n")
                length = re.search(rb"(?i)content-length: (\d+)", head)
                body = await reader.readexactly(int(length[1])) if length else b""
                await self._answer(head.split(b" ", 2)[1].decode(), body, writer)
        except (asyncio.IncompleteReadError, asyncio.CancelledError, ConnectionError):
            pass  # the client, or the benchmark, has left
        finally:
            writer.close()

    async def _answer(self, path: str, body: bytes, writer: asyncio.StreamWriter) -> None:
        if not body:
            listed = json.dumps({"object": "list", "data": [{"id": "coder", "max_model_len": 32_768}]})
            await Talk(writer, {"model": "coder"}, random.Random(0)).http(200, listed)
            return
        run = path.split("/")[1]
        with self._lock:
            self.requests[run] += 1
            draw = random.Random(f"{self._seed} {run} {self.requests[run]}")
            fault = draw.choice(list(FAULTS)) if draw.random() < self._share else ""
            self.faults.setdefault(run, []).extend([fault] if fault else [])
        talk = Talk(writer, json.loads(body), draw)
        await (FAULTS[fault](talk) if fault else talk.say(talk.text))
