"""The token opens the server in each of its three places, and nothing else does."""

import pytest

from arxla.serving.auth import COOKIE, authorized, same
from runtime.settings import load_settings

GUARDED = load_settings(env_file=None, arxla_server_token="an open sesame")


@pytest.mark.parametrize(
    ("headers", "cookies", "enters"),
    [
        ({"authorization": "Bearer an open sesame"}, {}, True),
        ({"authorization": "bearer  an open sesame"}, {}, True),
        ({"x-api-key": "an open sesame"}, {}, True),
        ({}, {COOKIE: "an open sesame"}, True),
        ({}, {}, False),
        ({"authorization": "an open sesame"}, {}, False),
        ({"authorization": "Basic an open sesame"}, {}, False),
        ({"authorization": "Bearer "}, {COOKIE: ""}, False),
        ({"x-api-key": "an open sesamé"}, {COOKIE: "an open"}, False),
    ],
)
def test_only_the_token_opens_a_guarded_server(headers: dict[str, str], cookies: dict[str, str], enters: bool) -> None:
    assert authorized(headers, cookies, GUARDED) is enters


def test_a_server_without_a_token_is_open_but_no_token_is_its_own() -> None:
    open_server = load_settings(env_file=None)
    assert authorized({}, {}, open_server)
    assert not same("", open_server)
