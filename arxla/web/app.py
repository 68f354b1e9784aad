"""The page as an ASGI app: alone, or inside the server that `langgraph.json` describes."""

import logging
import time
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from functools import partial

import anyio.to_thread
from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Mount, Route
from starlette.staticfiles import StaticFiles

from arxla.web import chat, compare, files, live, login, new_run, run, runs
from arxla.web.backend import Backend, NotThere, ServerMissing
from arxla.web.guard import Guard
from arxla.web.served import ServedBackend
from arxla.web.site import Site, site_of
from arxla.web.style import show_style
from arxla.web.uploads import clear_uploads
from runtime.errors import ArxlaError, InputError
from runtime.settings import Settings, load_settings
from tools.results.listing import RunIndex

log = logging.getLogger("arxla.web")
MOUNTED = "/ui"
BETWEEN_READS_S = 0.003
"""Requests go before reading ahead."""
BETWEEN_CLEARINGS_S = 3600.0
STATUS: dict[type[Exception], int] = {NotThere: 404, InputError: 422, ServerMissing: 503}
TITLES = {404: "Not found", 405: "Not found", 422: "That can't be done", 500: "This failed", 503: "No server"}
ROUTES = [
    Route("/", runs.show_runs),
    Route("/runs/{run_id}", run.show_run),
    Route("/runs/{run_id}/events", live.stream_events),
    Route("/runs/{run_id}/report", files.send_report),
    Route("/runs/{run_id}/project.zip", files.send_project),
    Route("/runs/{run_id}/files/{path:path}", files.send_file),
    Route("/runs/{run_id}/cancel", run.cancel_run, methods=["POST"]),
    Route("/runs/{run_id}/resume", run.resume_run, methods=["POST"]),
    Route("/runs/{run_id}/answer", run.answer_run, methods=["POST"]),
    Route("/compare", compare.show_comparison),
    Route("/new", new_run.show_form),
    Route("/new", new_run.start_run, methods=["POST"]),
    Route("/chat", chat.show_chat),
    Route("/chat", chat.begin_chat, methods=["POST"]),
    Route("/chat/{thread_id}", chat.show_chat),
    Route("/chat/{thread_id}", chat.say, methods=["POST"]),
    Route("/chat/{thread_id}/answer", chat.answer, methods=["POST"]),
    Route("/chat/{thread_id}/cancel", chat.cancel, methods=["POST"]),
    Route("/chat/{thread_id}/news", chat.stream_news),
    Route("/login", login.show_login),
    Route("/login", login.sign_in, methods=["POST"]),
    Route("/logout", login.sign_out, methods=["POST"]),
    Route("/theme", login.choose_theme, methods=["POST"]),
    Route("/static/style.css", show_style),
    Mount("/static", StaticFiles(packages=[("arxla.web", "static")])),
]


def create_app(settings: Settings, backend: Backend | None = None) -> Starlette:
    """The page under /ui; `backend` is the LangGraph server of this process unless another is given."""
    site = Site(settings, backend or ServedBackend(), RunIndex(settings.out))
    ui = Starlette(
        routes=ROUTES,
        middleware=[Middleware(Guard, settings=settings)],
        exception_handlers={HTTPException: _show_fault, ArxlaError: _show_fault},
    )
    ui.state.site = site
    return Starlette(routes=[Route(MOUNTED, _to_the_page, methods=["GET"]), Mount(MOUNTED, ui)], lifespan=_behind(site))


def _to_the_page(request: Request) -> Response:
    return RedirectResponse(f"{request.scope.get('root_path', '')}{MOUNTED}/", 308)


def _behind(site: Site) -> Callable[[Starlette], AbstractAsyncContextManager[None]]:
    """What is done behind the pages while they are served."""

    @asynccontextmanager
    async def lifespan(_app: Starlette) -> AsyncIterator[None]:
        async with anyio.create_task_group() as group:
            group.start_soon(anyio.to_thread.run_sync, partial(_read_ahead, site))
            group.start_soon(_clear_uploads, site)
            yield
            group.cancel_scope.cancel()

    return lifespan


def _read_ahead(site: Site) -> None:
    """Read the records, so that the first search does not wait for them."""
    for path in site.index.paths():
        site.index.look(path)
        time.sleep(BETWEEN_READS_S)


async def _clear_uploads(site: Site) -> None:
    while True:
        try:
            await anyio.to_thread.run_sync(clear_uploads, site.results, time.time())
        except OSError as fault:  # a run that can't be read now may name any of them
            log.warning("Uploads that no run names stay for now: %s", fault)
        await anyio.sleep(BETWEEN_CLEARINGS_S)


async def _show_fault(request: Request, fault: Exception) -> Response:
    """A fault as a page with one sentence."""
    if isinstance(fault, HTTPException):
        status, text = fault.status_code, fault.detail
    else:
        status, text = STATUS.get(type(fault), 500), str(fault)
    return await site_of(request).show(request, "fault.html.j2", status, title=TITLES.get(status, "Refused"), text=text)


app = create_app(load_settings())
