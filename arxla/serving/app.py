"""What the server mounts beside its API: the web page, and in front of everything the keeping of what was accepted."""

from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from arxla.serving.server import SERVER

READING = {"GET", "HEAD", "OPTIONS"}


class KeepBeforeAnswering:
    """Whatever a request changed is on disk before its answer begins."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or scope["method"] in READING:
            await self.app(scope, receive, send)
            return

        async def answer(message: Message) -> None:
            if message["type"] == "http.response.start":
                await SERVER.keep()
            await send(message)

        await self.app(scope, receive, answer)


app = Starlette(middleware=[Middleware(KeepBeforeAnswering)])
