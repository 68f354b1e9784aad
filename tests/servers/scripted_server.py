"""A loopback HTTP server that plays a script: one line for each request, and a failure when the script is over."""

import json
import threading
import time
from abc import ABC, abstractmethod
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Self


@dataclass(frozen=True)
class Say:
    """An answer. `finish` is stop or length; `pace_s` is slept before each streamed piece, or once.

    `calls` are tool calls as (name, JSON text); `pages` are (title, url) that the provider's own search cites.
    """

    text: str
    finish: str = "stop"
    input_tokens: int = 100
    output_tokens: int = 50
    cached_tokens: int = 0
    pace_s: float = 0.0
    calls: tuple[tuple[str, str], ...] = ()
    pages: tuple[tuple[str, str], ...] = ()
    headers: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Fail:
    """An HTTP error with the provider's code."""

    status: int
    code: str = ""
    message: str = "scripted failure"
    headers: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Drop:
    """The connection breaks in the middle of the body."""


@dataclass(frozen=True)
class Garbage:
    """Status 200 and a body that is not what the protocol says."""

    body: str = "<html>bad gateway</html>"
    kind: str = "application/json"


Line = Say | Fail | Drop | Garbage


@dataclass
class Request:
    path: str
    headers: dict[str, str]
    body: dict[str, Any]
    at: float


class ScriptedServer(ABC):
    """Use as a context manager; `requests` holds what was asked."""

    def __init__(self, *script: Line) -> None:
        self.script = list(script)
        self.requests: list[Request] = []
        self._lock = threading.Lock()
        handler = type("Handler", (_Handler,), {"owner": self})
        self._http = _Http(("127.0.0.1", 0), handler)
        self._http.daemon_threads = True

    @property
    def address(self) -> str:
        return f"http://127.0.0.1:{self._http.server_port}"

    def next_line(self, request: Request) -> Line:
        with self._lock:
            self.requests.append(request)
            if complaint := self.complaint(request):
                return complaint
            return self.script.pop(0) if self.script else Fail(418, "script_over", "the script is over")

    def complaint(self, _request: Request) -> Fail | None:
        """What the real server would refuse in a request, whatever the script says."""
        return None

    def listing(self, _path: str) -> dict[str, Any] | None:
        """What a GET is answered with; None is 404."""
        return None

    @abstractmethod
    def answer(self, path: str, say: Say) -> dict[str, Any]:
        """The body of an answer."""

    @abstractmethod
    def failure(self, fail: Fail) -> tuple[dict[str, Any], dict[str, str]]:
        """The body and the headers of an error."""

    @abstractmethod
    def events(self, body: dict[str, Any], say: Say) -> list[str] | None:
        """The pieces of a streamed answer, or None when it is not streamed."""

    def __enter__(self) -> Self:
        threading.Thread(target=self._http.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True).start()
        return self

    def __exit__(self, *_error: object) -> None:
        self._http.shutdown()
        self._http.server_close()


class _Http(ThreadingHTTPServer):
    request_queue_size = 512
    """The standard library's 5 turns many callers away for a second."""


class _Handler(BaseHTTPRequestHandler):
    owner: ScriptedServer
    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        listing = self.owner.listing(self.path)
        self._send(404 if listing is None else 200, json.dumps(listing or {}).encode(), {})

    def do_POST(self) -> None:
        body = json.loads(self.rfile.read(int(self.headers.get("content-length", 0))) or b"{}")
        headers = {name.lower(): value for name, value in self.headers.items()}
        request = Request(self.path, headers, body, time.monotonic())
        line = self.owner.next_line(request)
        match line:
            case Say():
                self._say(request, line)
            case Fail():
                content, extra = self.owner.failure(line)
                self._send(line.status, json.dumps(content).encode(), {**extra, **line.headers})
            case Drop():
                self._send(200, b'{"id": "half', {}, promised=5000)
                self.close_connection = True
            case Garbage():
                self._send(200, line.body.encode(), {"content-type": line.kind})

    def _say(self, request: Request, say: Say) -> None:
        events = self.owner.events(request.body, say)
        try:
            if events is None:
                time.sleep(say.pace_s)
                self._send(200, json.dumps(self.owner.answer(request.path, say)).encode(), say.headers)
                return
            self.send_response(200)
            for name, value in {"content-type": "text/event-stream", **say.headers}.items():
                self.send_header(name, value)
            self.send_header("connection", "close")
            self.end_headers()
            for event in events:
                time.sleep(say.pace_s)
                self.wfile.write(event.encode())
                self.wfile.flush()
        except (BrokenPipeError, ConnectionResetError):
            pass
        self.close_connection = True

    def _send(self, status: int, content: bytes, headers: dict[str, str], promised: int | None = None) -> None:
        self.send_response(status)
        for name, value in {"content-type": "application/json", **headers}.items():
            self.send_header(name, value)
        self.send_header("content-length", str(promised or len(content)))
        self.end_headers()
        self.wfile.write(content)

    def log_message(self, format: str, *_arguments: Any) -> None:
        """Say nothing on the terminal."""
