"""Who may use the server: everybody who can reach it, or, with ARXLA_SERVER_TOKEN, whoever shows that token."""

import hmac
from collections.abc import Mapping
from functools import cache

from langgraph_sdk import Auth

from runtime.settings import Settings, load_settings

COOKIE = "arxla_token"
"""Set by the web page's login form: HttpOnly, SameSite=Strict."""
BEARER = "bearer "
auth = Auth()
"""What `langgraph.json` names; the server asks it before every route but the web page's own GET requests."""
settings_of_server = cache(load_settings)
"""Read once a process: the token does not change while a server runs."""


def authorized(headers: Mapping[str, str], cookies: Mapping[str, str], settings: Settings) -> bool:
    """Whether a request shows the token as `Authorization: Bearer`, `X-Api-Key` or cookie; without one, all may enter.

    The names in `headers` are in lower case, or the mapping ignores case.
    """
    if settings.arxla_server_token is None:
        return True
    given = headers.get("authorization", "")
    shown = [given[len(BEARER) :] if given.lower().startswith(BEARER) else "", headers.get("x-api-key", "")]
    return any([same(token.strip(), settings) for token in (*shown, cookies.get(COOKIE, ""))])


def same(shown: str, settings: Settings) -> bool:
    """Whether `shown` is the server's token, in a time that does not tell how much of it is right."""
    token = settings.arxla_server_token
    return token is not None and hmac.compare_digest(shown.encode(), token.get_secret_value().encode())
