"""What every page is given: settings, the runs on disk, the server behind the page, and how pages are drawn."""

from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any

import anyio.to_thread
import jinja2
from starlette.requests import HTTPConnection, Request
from starlette.responses import HTMLResponse

from arxla.serving.auth import COOKIE
from arxla.web.backend import Backend, NotThere
from arxla.web.tail import Seats
from runtime.settings import Settings
from tools.report import page as report
from tools.report import wording
from tools.results.folder import RunFolder
from tools.results.listing import RunIndex

THEME = "arxla_theme"
THEMES = ("auto", "light", "dark")


@dataclass(frozen=True)
class Site:
    """One a process; safe to share between requests."""

    settings: Settings
    backend: Backend
    index: RunIndex
    seats: Seats = field(default_factory=Seats)
    pages: jinja2.Environment = field(default_factory=lambda: templates())

    @property
    def results(self) -> Path:
        return self.settings.out

    def folder(self, run_id: str) -> RunFolder:
        """The folder of an existing run; raises `NotThere`, also for what is no plain name."""
        if Path(run_id).name == run_id and not run_id.startswith("."):
            folder = RunFolder(self.results / run_id)
            if folder.record.is_file():
                return folder
        raise NotThere(f"There is no run {run_id[:80]!r} in {self.results}.")

    def render(self, request: Request, name: str, status: int = 200, /, **facts: Any) -> HTMLResponse:
        """A page; whatever stands in `facts` is escaped."""
        theme = request.cookies.get(THEME, "auto")
        shared = {
            "base": base_path(request),
            "path": request.url.path,
            "theme": theme if theme in THEMES else "auto",
            "token_needed": self.settings.arxla_server_token is not None,
            "signed_in": COOKIE in request.cookies,
        }
        text = self.pages.get_template(name).render(shared | facts)
        return HTMLResponse(text.translate(report.CONTROLS).encode("utf-8", "replace"), status)

    async def show(self, request: Request, name: str, status: int = 200, /, **facts: Any) -> HTMLResponse:
        """The same for a route that is not in a thread of its own: drawing reads files."""
        return await anyio.to_thread.run_sync(partial(self.render, request, name, status, **facts))


def site_of(request: HTTPConnection) -> Site:
    """The site that a request belongs to."""
    site = request.app.state.site
    assert isinstance(site, Site)
    return site


def base_path(request: HTTPConnection) -> str:
    """Where the page is mounted, e.g. /ui."""
    return str(request.scope.get("root_path", ""))


def templates() -> jinja2.Environment:
    """The report's environment, whose parts these pages include, with the page's own templates before them."""
    environment = report.templates()
    environment.loader = jinja2.ChoiceLoader([jinja2.PackageLoader("arxla.web"), jinja2.PackageLoader("tools.report")])
    environment.filters |= {"score": wording.score_text, "called": called}
    return environment


def called(subject: str | None) -> str:
    """A dataset or a paper in a heading: of a path its last part."""
    text = subject or ""
    is_path = text.startswith("/") or ("/" in text and not any(letter.isspace() for letter in text))
    return Path(text).name or text if is_path else text
