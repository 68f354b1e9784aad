"""What stands before every page: whose requests are let in, and what a browser may do with an answer."""

from urllib.parse import quote, urlsplit

from starlette.datastructures import MutableHeaders
from starlette.requests import HTTPConnection
from starlette.responses import PlainTextResponse, RedirectResponse, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from arxla.serving.auth import authorized
from arxla.serving.gate import rebound
from runtime.settings import Settings

POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; form-action 'self'; "
    "base-uri 'none'; frame-ancestors 'none'"
)
HEADERS = {
    "content-security-policy": POLICY,
    "x-content-type-options": "nosniff",
    "x-frame-options": "DENY",
    "referrer-policy": "same-origin",
    "cross-origin-opener-policy": "same-origin",
    "cross-origin-resource-policy": "same-origin",
    "cache-control": "no-store",
}
SAFE = ("GET", "HEAD")
OPEN = ("/login", "/static/")
"""What can be seen without the token."""


class Guard:
    """ASGI middleware around the page. A route may set any of `HEADERS` itself."""

    def __init__(self, app: ASGIApp, settings: Settings) -> None:
        self.app = app
        self.settings = settings

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            return await self.app(scope, receive, send)

        async def send_guarded(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                for name, value in HEADERS.items():
                    headers.setdefault(name, value)
            await send(message)

        connection = HTTPConnection(scope)
        refusal = self._refusal(connection, scope["method"])
        return await (refusal or self.app)(scope, receive, send_guarded)

    def _refusal(self, connection: HTTPConnection, method: str) -> Response | None:
        headers = connection.headers
        if self.settings.arxla_server_token is None and rebound(connection):
            return PlainTextResponse("This server answers to localhost; open it by that name.\n", 421)
        if _foreign(connection, method):
            return PlainTextResponse("This request came from another site, so it was refused.\n", 403)
        base = connection.scope.get("root_path", "")
        path = connection.scope["path"].removeprefix(base)
        if path.startswith(OPEN) or authorized(headers, connection.cookies, self.settings):
            return None
        if method in SAFE and "text/html" in headers.get("accept", ""):
            query = connection.scope["query_string"].decode("latin-1")
            back = quote(f"{path}?{query}" if query else path)
            return RedirectResponse(f"{base}/login?next={back}", 303)
        return PlainTextResponse("Sign in first: this server asks for its token.\n", 401)


def _foreign(connection: HTTPConnection, method: str) -> bool:
    """Whether another site's page sent this request; links from elsewhere may be followed."""
    headers = connection.headers
    origin = headers.get("origin")
    if origin is not None and urlsplit(origin).netloc != headers.get("host"):
        return True
    from_elsewhere = headers.get("sec-fetch-site", "none") not in ("same-origin", "none")
    followed = method in SAFE and headers.get("sec-fetch-mode") == "navigate"
    return from_elsewhere and not followed
