"""The gate lets in who may come in, closes what no token guards, and answers only when the answer will hold."""

import sqlite3

import pytest
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import PlainTextResponse
from starlette.routing import Route
from starlette.testclient import TestClient

from arxla.serving.gate import Gate
from runtime.settings import load_settings

KEPT: list[str] = []


async def change(_request: Request) -> PlainTextResponse:
    KEPT.append("changed")
    return PlainTextResponse("done")


def client(token: str | None = None, failing: bool = False, base_url: str = "http://127.0.0.1:8000") -> TestClient:
    async def keep() -> None:
        if failing:
            raise sqlite3.OperationalError("disk I/O error")
        KEPT.append("kept")

    settings = load_settings(env_file=None, arxla_server_token=token)
    gate = Middleware(Gate, settings=settings, keep=keep, failures=lambda: (sqlite3.Error,))
    routes = [Route("/{path:path}", change, methods=["GET", "POST"])]
    KEPT.clear()
    return TestClient(Starlette(routes=routes, middleware=[gate]), base_url=base_url)


def test_what_a_request_changed_is_kept_before_it_is_answered() -> None:
    web = client()
    assert web.post("/threads").text == "done" and KEPT == ["changed", "kept"]
    assert web.get("/threads").text == "done" and KEPT == ["changed", "kept", "changed"]


def test_what_can_t_be_kept_is_not_promised() -> None:
    answer = client(failing=True).post("/threads")
    assert answer.status_code == 503 and "try again" in answer.json()["detail"]


@pytest.mark.parametrize("path", ["/internal/truncate", "/internal/debug/thread/1", "/deploy", "/deploy/1/stream"])
def test_routes_that_no_token_guards_are_closed(path: str) -> None:
    assert client(token="a token").post(path).status_code == 404
    assert client().get(path).status_code == 404 and KEPT == []


@pytest.mark.parametrize(
    ("origin", "status"),
    [
        ("http://127.0.0.1:8000", 200),
        ("https://smith.langchain.com", 200),
        ("https://evil.example", 403),
        ("http://127.0.0.1:9000", 403),
        ("null", 403),
    ],
)
def test_a_page_of_another_site_can_t_use_an_open_server(origin: str, status: int) -> None:
    for method in ("GET", "POST"):
        assert client().request(method, "/threads", headers={"origin": origin}).status_code == status
    assert client(token="a token").post("/threads", headers={"origin": origin}).status_code == 200


def test_a_foreign_name_for_this_machine_is_refused() -> None:
    assert client().get("/threads", headers={"host": "evil.example"}).status_code == 421
    assert client().get("/threads", headers={"host": "localhost:8000"}).status_code == 200
    assert client(token="a token").get("/threads", headers={"host": "my.server"}).status_code == 200
    assert client(base_url="http://192.168.1.5").get("/threads", headers={"host": "my.server"}).status_code == 200
