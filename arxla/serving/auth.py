"""Who may use the server: everybody who can reach it, or, with ARXLA_SERVER_TOKEN, whoever shows that token."""

import hmac
from collections.abc import Mapping
from functools import cache

from langgraph_sdk import Auth
from starlette.requests import cookie_parser

from runtime.settings import Settings, load_settings

COOKIE = "arxla_token"
"""Set by the web page's login form: HttpOnly, SameSite=Strict."""
BEARER = "bearer "
REFUSED = "This server asks for its token: send the header `Authorization: Bearer TOKEN` or `X-Api-Key: TOKEN`."
auth = Auth()
"""What `langgraph.json` names; the server asks it before every route but the web page's own GET requests."""
settings_of_server = cache(load_settings)
"""Read once a process: the token does not change while a server runs."""


@auth.authenticate
async def authenticate(headers: dict[bytes, bytes]) -> Auth.types.MinimalUserDict:
    """Let a request in, or answer it with 401."""
    asked = {name.decode("latin-1").lower(): value.decode("latin-1") for name, value in headers.items()}
    cookies = cookie_parser(asked.get("cookie", ""))
    if not authorized(asked, cookies, settings_of_server()):
        raise Auth.exceptions.HTTPException(status_code=401, detail=REFUSED)
    return {"identity": "owner"}


def authorized(headers: Mapping[str, str], cookies: Mapping[str, str], settings: Settings) -> bool:
    """Whether a request shows the token as `Authorization: Bearer`, `X-Api-Key` or cookie; without one, all may enter.

    The names in `headers` are in lower case, or the mapping ignores case.
    """
    if settings.arxla_server_token is None:
        return True
    given = headers.get("authorization", "")
    shown = [given[len(BEARER) :] if given.lower().startswith(BEARER) else "", headers.get("x-api-key", "")]
    tokens = [*shown, cookies.get(COOKIE, "")]
    return any([same(token.strip(), settings) for token in tokens])  # noqa: C419 - each is compared, whichever is right


def same(shown: str, settings: Settings) -> bool:
    """Whether `shown` is the server's token, in a time that does not tell how much of it is right."""
    token = settings.arxla_server_token
    return token is not None and hmac.compare_digest(shown.encode(), token.get_secret_value().encode())
