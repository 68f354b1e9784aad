"""The page's style sheet: the report's, then what only the page has."""

from functools import cache
from importlib.resources import files

from starlette.requests import Request
from starlette.responses import Response


@cache
def style_sheet() -> str:
    """Both sheets as one, so that a page waits for one request."""
    parts = files("tools.report") / "templates" / "style.css", files("arxla.web") / "static" / "page.css"
    return "\n".join(part.read_text("utf-8") for part in parts)


def show_style(_request: Request) -> Response:
    """GET /static/style.css."""
    return Response(style_sheet(), media_type="text/css", headers={"cache-control": "public, max-age=300"})
