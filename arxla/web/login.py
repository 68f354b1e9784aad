"""Signing in with the server's token, and the choice of light or dark."""

from urllib.parse import urlsplit

import anyio
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from arxla.serving.auth import COOKIE, same
from arxla.web.site import THEME, THEMES, base_path, site_of

DAYS_30 = 30 * 24 * 3600
WRONG_TOKEN_S = 0.5
"""How long a wrong token has to wait for its answer."""


def show_login(request: Request) -> Response:
    """GET /login."""
    return site_of(request).render(
        request, "login.html.j2", back=_local(request.query_params.get("next", "")), error=""
    )


async def sign_in(request: Request) -> Response:
    """POST /login: the right token becomes a cookie that no script can read and no other site's request carries."""
    site = site_of(request)
    form = await request.form(max_files=0, max_fields=5)
    back = _local(str(form.get("next", "")))
    if not same(str(form.get("token", "")).strip(), site.settings):
        await anyio.sleep(WRONG_TOKEN_S)
        error = "That is not this server's token; it stands in ARXLA_SERVER_TOKEN where the server was started."
        return await site.show(request, "login.html.j2", 403, back=back, error=error)
    answer = RedirectResponse(base_path(request) + back, 303)
    secure = request.url.scheme == "https"
    answer.set_cookie(COOKIE, str(form["token"]).strip(), DAYS_30, httponly=True, samesite="strict", secure=secure)
    return answer


def sign_out(request: Request) -> Response:
    """POST /logout."""
    answer = RedirectResponse(f"{base_path(request)}/login", 303)
    answer.delete_cookie(COOKIE, httponly=True, samesite="strict")
    return answer


async def choose_theme(request: Request) -> Response:
    """POST /theme: `auto`, `light` or `dark`, kept in a cookie."""
    form = await request.form(max_files=0, max_fields=5)
    theme = str(form.get("theme", "auto"))
    answer = RedirectResponse(base_path(request) + _local(str(form.get("next", ""))), 303)
    answer.set_cookie(THEME, theme if theme in THEMES else "auto", 12 * DAYS_30, samesite="strict", httponly=True)
    return answer


def _local(place: str) -> str:
    """A place of this page to go back to; anything else is its front."""
    parts = urlsplit(place)
    safe = place.startswith("/") and not place.startswith(("//", "/\\")) and not parts.scheme and not parts.netloc
    return place if safe and place.isprintable() else "/"
