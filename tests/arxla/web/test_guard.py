"""Who is let in, and what a browser may do with an answer."""

import pytest
from starlette.testclient import TestClient

from arxla.serving.auth import COOKIE
from arxla.web.app import create_app
from runtime.settings import load_settings

TOKEN = "a-long-token-of-the-server"


@pytest.fixture
def local(settings, backend):
    return TestClient(create_app(settings, backend), base_url="http://127.0.0.1:2024", follow_redirects=False)


@pytest.fixture
def guarded(settings, backend):
    guarded = load_settings({"out": settings.out, "arxla_server_token": TOKEN})
    return TestClient(create_app(guarded, backend), follow_redirects=False)


@pytest.mark.parametrize(
    "path", ["/ui/", "/ui/new", "/ui/chat", "/ui/compare", "/ui/runs/none", "/ui/static/page.js", "/ui/none"]
)
def test_every_answer_binds_the_browser(client, path):
    headers = client.get(path).headers
    policy = headers["content-security-policy"]
    assert "default-src 'none'" in policy and "script-src 'self'" in policy and "unsafe" not in policy
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["x-frame-options"] == "DENY"


def test_the_page_without_its_slash_leads_to_it(client):
    assert client.get("/ui").headers["location"] == "/ui/"


@pytest.mark.parametrize(
    "headers",
    [
        {"origin": "https://evil.example"},
        {"origin": "null"},
        {"sec-fetch-site": "cross-site"},
        {"sec-fetch-site": "same-site"},
        {"origin": "http://testserver:81"},
    ],
)
def test_another_site_starts_nothing(client, backend, headers):
    answer = client.post("/ui/chat", data={"text": "train on wine"}, headers=headers)
    assert answer.status_code == 403 and backend.said == {}


def test_another_site_reads_nothing_but_may_link_here(client):
    assert client.get("/ui/", headers={"origin": "https://evil.example"}).status_code == 403
    assert client.get("/ui/", headers={"sec-fetch-site": "cross-site", "sec-fetch-mode": "cors"}).status_code == 403
    assert client.get("/ui/", headers={"sec-fetch-site": "cross-site", "sec-fetch-mode": "navigate"}).status_code == 200


def test_the_page_itself_may_post(client, backend):
    headers = {"origin": "http://testserver", "sec-fetch-site": "same-origin"}
    assert client.post("/ui/chat", data={"text": "train on wine"}, headers=headers).status_code == 303
    assert len(backend.said) == 1


@pytest.mark.parametrize(
    ("host", "status"),
    [
        ("127.0.0.1:2024", 200),
        ("localhost:2024", 200),
        ("[::1]:2024", 200),
        ("evil.example", 421),
        ("127.0.0.1.evil.example", 421),
    ],
)
def test_a_name_that_was_pointed_at_this_machine_is_refused(settings, backend, host, status):
    local = TestClient(create_app(settings, backend), base_url="http://127.0.0.1:2024")
    assert local.get("/ui/", headers={"host": host}).status_code == status


def test_without_the_token_there_is_the_login_alone(guarded):
    page = guarded.get("/ui/runs/x?y=1", headers={"accept": "text/html"})
    assert page.status_code == 303 and page.headers["location"] == "/ui/login?next=/runs/x%3Fy%3D1"
    assert guarded.get("/ui/", headers={"accept": "application/json"}).status_code == 401
    assert guarded.post("/ui/chat", data={"text": "x"}).status_code == 401
    assert guarded.get("/ui/login").status_code == 200
    assert guarded.get("/ui/static/style.css").status_code == 200


def test_the_token_becomes_a_cookie_that_scripts_and_other_sites_do_not_have(guarded):
    answer = guarded.post("/ui/login", data={"token": f" {TOKEN} ", "next": "/compare"})
    assert (answer.status_code, answer.headers["location"]) == (303, "/ui/compare")
    cookie = answer.headers["set-cookie"].lower()
    assert "httponly" in cookie and "samesite=strict" in cookie
    assert guarded.cookies[COOKIE] == TOKEN
    page = guarded.get("/ui/", headers={"accept": "text/html"})
    assert page.status_code == 200 and "Sign out" in page.text and TOKEN not in page.text
    guarded.post("/ui/logout")
    assert guarded.get("/ui/", headers={"accept": "text/html"}).status_code == 303


def test_a_wrong_token_is_refused(guarded):
    answer = guarded.post("/ui/login", data={"token": "guess", "next": "/"})
    assert (
        answer.status_code == 403
        and "not this server&#39;s token" in answer.text
        and "set-cookie" not in answer.headers
    )


@pytest.mark.parametrize(
    "place", ["//evil.example", "https://evil.example", "/\\evil.example", "javascript:alert(1)", "/a\nb"]
)
def test_nobody_is_led_away(guarded, place):
    answer = guarded.post("/ui/login", data={"token": TOKEN, "next": place})
    assert answer.headers["location"] == "/ui/"


@pytest.mark.parametrize(("theme", "kept"), [("dark", "dark"), ("light", "light"), ("pink", "auto")])
def test_the_theme_is_kept(client, theme, kept):
    answer = client.post("/ui/theme", data={"theme": theme, "next": "/new"})
    assert answer.headers["location"] == "/ui/new"
    assert f'data-theme="{kept}"' in client.get("/ui/").text
