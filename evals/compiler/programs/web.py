"""A small web application and its clients, none of which leaves the process."""

# traced: flask,werkzeug,itsdangerous,starlette,requests,urllib3,httpx,h11,anyio,multipart,responses,blinker,charset_normalizer,httpcore,jwt,sse_starlette,tenacity,pydantic_settings,dotenv,email_validator,wsproto

import io

import flask
import h11
import httpx
import itsdangerous
import jwt
import requests
import responses
import tenacity
import urllib3.util
import werkzeug.datastructures
import werkzeug.http
import werkzeug.routing
import werkzeug.security
from starlette.applications import Starlette
from starlette.responses import JSONResponse, StreamingResponse
from starlette.routing import Route
from starlette.testclient import TestClient

app = flask.Flask(__name__)
app.secret_key = "k"


@app.route("/hello/<name>/<int:count>", methods=["GET", "POST"])
def hello(name: str, count: int) -> flask.Response:
    flask.session["seen"] = flask.session.get("seen", 0) + 1
    flask.flash("message")
    sent = flask.request.files["f"].read() if flask.request.files else b""
    answer = flask.jsonify(name=name, count=count, args=flask.request.args.to_dict(), size=len(sent))
    answer.set_cookie("c", "v", max_age=10, httponly=True)
    return answer


@app.route("/wrong")
def wrong() -> str:
    flask.abort(404, "nothing")


def served() -> int:
    client, found = app.test_client(), 0
    found += client.get("/hello/x/2?a=1&b=2").status_code
    found += client.post("/hello/x/2", data={"a": "1", "f": (io.BytesIO(b"abc"), "f.txt")}).status_code
    found += client.post("/hello/x/2", json={"a": [1]}, headers={"Accept": "text/html;q=0.5, */*"}).status_code
    found += (
        client.get("/wrong").status_code + client.get("/hello/x/y").status_code + client.put("/hello/x/1").status_code
    )
    rules = werkzeug.routing.Map(
        [werkzeug.routing.Rule("/a/<float:b>/<path:c>", endpoint="e"), werkzeug.routing.Rule("/d/", endpoint="f")]
    )
    adapter = rules.bind("h.x", "/")
    found += len(adapter.match("/a/1.5/x/y")) + len(adapter.build("e", {"b": 2.5, "c": "z"}))
    found += len(werkzeug.http.parse_options_header('a; b="c d"; e=f')[1]) + len(werkzeug.http.dump_cookie("k", "v"))
    found += len(werkzeug.http.parse_accept_header("a/b;q=0.3,c/d")) + bool(
        werkzeug.http.parse_date("Sun, 06 Nov 1994 08:49:37 GMT")
    )
    hashed = werkzeug.security.generate_password_hash("p", "pbkdf2:sha256:10")
    found += werkzeug.security.check_password_hash(hashed, "p")
    values = werkzeug.datastructures.MultiDict([("a", "1"), ("a", "2")])
    found += len(values.getlist("a", type=int)) + len(list(values.items(multi=True)))
    return found


def signed() -> int:
    signer = itsdangerous.URLSafeTimedSerializer("s", salt="t")
    token = signer.dumps({"a": [1, 2]})
    try:
        signer.loads(token + "x", max_age=5)
    except itsdangerous.BadSignature as fault:
        token += str(fault)
    key = "a" * 40
    return len(token) + len(jwt.decode(jwt.encode({"b": 1}, key, algorithm="HS256"), key, algorithms=["HS256"]))


async def page(request):
    body = await request.body()
    return JSONResponse({"q": dict(request.query_params), "size": len(body)}, headers={"x-a": "b"})


async def stream(_request):
    return StreamingResponse((str(i) for i in range(3)), media_type="text/plain")


def asynchronous() -> int:
    site = Starlette(routes=[Route("/p/{n:int}", page, methods=["GET", "POST"]), Route("/s", stream)])
    with TestClient(site) as client:
        found = client.get("/p/1", params={"a": "b"}).status_code + client.post("/p/2", data={"x": "y"}).status_code
        found += (
            client.get("/s").status_code
            + client.get("/none").status_code
            + client.post("/p/2", files={"f": b"x"}).status_code
        )
        url = httpx.URL("https://u:p@h.x:8080/a/../b?c=d#e")
        found += len(str(url.copy_with(path="/z", params={"k": 1}))) + len(httpx.Headers({"A": "b"}).raw)
    return found


@responses.activate
def fetched() -> int:
    responses.add(responses.GET, "http://a.b/c", json={"d": 1}, headers={"Set-Cookie": "k=v"})
    responses.add(responses.POST, "http://a.b/c", body="é", status=500)
    session = requests.Session()
    session.auth = ("u", "p")
    found = len(session.get("http://a.b/c", params={"x": [1, 2]}, timeout=3).json())
    answer = session.post("http://a.b/c", files={"f": ("n.txt", b"abc", "text/plain")}, data={"g": "h"})
    found += len(answer.text) + answer.status_code
    found += len(urllib3.util.parse_url("http://u@h:80/p?q#f").url) + len(
        urllib3.util.make_headers(basic_auth="a:b", keep_alive=True)
    )
    connection = h11.Connection(h11.SERVER)
    connection.receive_data(b"POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\n\r\n")
    events = [connection.next_event() for _ in range(3)]
    sent = connection.send(h11.Response(status_code=200, headers=[("content-length", "2")]))
    return found + len(events) + len(sent) + len(connection.send(h11.Data(data=b"ok")))


@tenacity.retry(stop=tenacity.stop_after_attempt(3), wait=tenacity.wait_exponential(0.001, max=0.01), reraise=True)
def flaky(seen: list[int]) -> int:
    seen.append(1)
    if len(seen) < 3:
        raise ValueError
    return len(seen)


print(served(), signed(), asynchronous(), fetched(), flaky([]))
