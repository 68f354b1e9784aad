"""What stands before every route of the server: whose requests come in, and that what they changed is kept."""

import ipaddress
import logging
from collections.abc import Awaitable, Callable
from urllib.parse import urlsplit

from starlette.requests import HTTPConnection
from starlette.responses import JSONResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from runtime.settings import Settings

READING = ("GET", "HEAD", "OPTIONS")
CLOSED = ("/internal", "/deploy")
"""Routes of the in-memory server for its own makers, which no token guards: one empties it, one sends code away."""
LOCAL_NAMES = ("localhost", "127.0.0.1", "::1")
STUDIO = ("https://smith.langchain.com", "https://eu.smith.langchain.com")
IN_PROCESS = "/noauth"
"""Where the server's own client comes from; no request can set it."""
Keep = Callable[[], Awaitable[None]]
Failures = Callable[[], tuple[type[Exception], ...]]
log = logging.getLogger("arxla.server")


class Gate:
    """ASGI middleware: lets a request in, and makes durable what it changed before its answer begins."""

    def __init__(self, app: ASGIApp, settings: Settings, keep: Keep, failures: Failures) -> None:
        """`failures` gives what `keep` may raise when the place can't be reached."""
        self.app = app
        self.settings = settings
        self._keep = keep
        self._failures = failures

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            return await self.app(scope, receive, send)
        if refusal := self._refusal(HTTPConnection(scope)):
            return await refusal(scope, receive, send)
        if scope["method"] in READING:
            return await self.app(scope, receive, send)
        return await self.app(scope, receive, Keeping(scope, receive, send, self._keep, self._failures))

    def _refusal(self, connection: HTTPConnection) -> JSONResponse | None:
        path, inside = connection.scope["path"], str(connection.scope.get("root_path", "")).startswith(IN_PROCESS)
        if path.startswith(CLOSED):
            return _answer(404, "Not found.")
        if inside or self.settings.arxla_server_token is not None:
            return None
        if rebound(connection):
            return _answer(421, "This server answers to localhost; use that name, or set ARXLA_SERVER_TOKEN.")
        if _foreign(connection):
            return _answer(403, "A page of another site sent this; set ARXLA_SERVER_TOKEN to let it show a token.")
        return None


class Keeping:
    """A `send` that holds an answer's beginning back until its effects are safe; 503 when they can't be kept."""

    def __init__(self, scope: Scope, receive: Receive, send: Send, keep: Keep, failures: Failures) -> None:
        self._call = (scope, receive, send)
        self._keep, self._failures = keep, failures
        self._refused = False

    async def __call__(self, message: Message) -> None:
        if self._refused:
            return
        if message["type"] == "http.response.start":
            try:
                await self._keep()
            except self._failures() as fault:
                log.error("What a request changed could not be kept: %s", fault)
                self._refused = True
                await _answer(503, "The server can't reach what it keeps threads in; try again later.")(*self._call)
                return
        await self._call[2](message)


def _answer(status: int, text: str) -> JSONResponse:
    return JSONResponse({"detail": text}, status)


def rebound(connection: HTTPConnection) -> bool:
    """Whether a server for this machine alone was reached by another name than its own.

    A web site can point its name at 127.0.0.1, and a browser then takes this server for a part of it (DNS rebinding).
    """
    server = connection.scope.get("server")
    try:
        local = server is not None and ipaddress.ip_address(server[0]).is_loopback
    except ValueError:
        return False
    return local and (urlsplit(f"//{connection.headers.get('host', '')}").hostname or "") not in LOCAL_NAMES


def _foreign(connection: HTTPConnection) -> bool:
    """Whether a page of another site than this server or Studio sent this request."""
    origin = connection.headers.get("origin")
    return origin not in (None, *STUDIO) and urlsplit(str(origin)).netloc != connection.headers.get("host")
