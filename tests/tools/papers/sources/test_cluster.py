"""The connection to OpenSearch: what it sends, how often, and what it says when that fails."""

import hashlib
import hmac
import json
import threading
from base64 import b64encode
from collections.abc import Callable
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import quote, urlsplit

import pytest

from runtime.errors import InputError, SourceUnavailable
from runtime.settings import load_settings
from tools.papers.sources.cluster import Cluster, reason_of
from tools.papers.sources.opensearch import OpenSearchSource

SECRET = "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY"
EMPTY = {"hits": {"hits": []}}


@dataclass
class Server:
    """Answers each request by the next line of its script, the last one again and again."""

    script: list[tuple[int, object]]
    requests: list[dict] = field(default_factory=list)
    url: str = ""
    hold: Callable[[], object] = lambda: None


@pytest.fixture
def server():
    played = Server([(200, EMPTY)])

    class Handler(BaseHTTPRequestHandler):
        def answer(self):
            played.hold()
            body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
            headers = {name.lower(): value for name, value in self.headers.items()}
            played.requests.append({"method": self.command, "path": self.path, "headers": headers, "body": body})
            status, said = played.script[min(len(played.requests), len(played.script)) - 1]
            data = said if isinstance(said, bytes) else json.dumps(said).encode()
            self.send_response(status)
            self.send_header("Content-Type", "application/json" if data.startswith(b"{") else "text/html")
            self.send_header("Content-Length", str(len(data)))
            self.end_headers()
            self.wfile.write(data)

        do_GET = do_POST = do_DELETE = do_HEAD = answer  # noqa: N815

        def log_message(self, *_arguments):
            pass

    http = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    http.handle_error = lambda *_: None  # a client that gave up breaks the pipe
    played.url = f"http://127.0.0.1:{http.server_port}"
    thread = threading.Thread(target=http.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    yield played
    http.shutdown()
    thread.join()
    http.server_close()


@pytest.fixture(autouse=True)
def no_aws_files(monkeypatch, tmp_path):
    for name in ("AWS_PROFILE", "AWS_REGION", "AWS_DEFAULT_REGION", "AWS_ACCESS_KEY_ID", "AWS_SESSION_TOKEN"):
        monkeypatch.delenv(name, raising=False)
    for name in ("AWS_CONFIG_FILE", "AWS_SHARED_CREDENTIALS_FILE"):
        monkeypatch.setenv(name, str(tmp_path / "absent"))
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")


def cluster(url, **options):
    return Cluster(load_settings(env_file=None, opensearch_url=url, **options), wait_s=0)


def authorization(server, **options):
    cluster(server.url, **options).search({"query": {"match_all": {}}})
    return server.requests[-1]["headers"].get("authorization")


def test_no_credentials_are_sent_unasked(server):
    assert authorization(server) is None
    assert authorization(server, opensearch_auth="none", opensearch_username="a", opensearch_password="b") is None


def test_a_name_and_a_password(server):
    expected = "Basic " + b64encode(b"reader:s3cr:et").decode()
    assert authorization(server, opensearch_username="reader", opensearch_password="s3cr:et") == expected
    named = cluster(server.url.replace("http://", "http://reader:s3cr%3Aet@"))
    named.search({})
    assert server.requests[-1]["headers"]["authorization"] == expected
    assert named.place == server.url


@pytest.mark.parametrize("service", ["es", "aoss"])
def test_a_request_carries_a_valid_signature(server, service):
    keys = {"aws_access_key_id": "AKIDEXAMPLE", "aws_secret_access_key": SECRET, "aws_session_token": "token"}
    options = {"opensearch_auth": "sigv4", "opensearch_service": service, "aws_region": "eu-west-1"}
    authorization(server, **keys, **options)
    request = server.requests[-1]
    assert request["headers"]["x-amz-security-token"] == "token"
    assert f"/eu-west-1/{service}/aws4_request" in request["headers"]["authorization"]
    assert request["headers"]["authorization"].endswith(signature(request, "eu-west-1", service, SECRET))
    assert not request["headers"]["authorization"].endswith(signature(request, "eu-west-1", service, "other"))


def signature(request, region, service, secret):
    """Signature Version 4 as AWS documents it, from what arrived."""
    headers = request["headers"]
    signed = headers["authorization"].split("SignedHeaders=")[1].split(",")[0]
    address = urlsplit(request["path"])
    query = "&".join(sorted(address.query.split("&"))) if address.query else ""
    lines = [f"{name}:{headers[name].strip()}\n" for name in signed.split(";")]
    payload = hashlib.sha256(request["body"]).hexdigest()
    assert headers["x-amz-content-sha256"] == payload and "host" in signed.split(";")
    canonical = "\n".join([request["method"], quote(address.path, "/~"), query, "".join(lines), signed, payload])
    scope = f"{headers['x-amz-date'][:8]}/{region}/{service}/aws4_request"
    digest = hashlib.sha256(canonical.encode()).hexdigest()
    text = "\n".join(["AWS4-HMAC-SHA256", headers["x-amz-date"], scope, digest])
    key = f"AWS4{secret}".encode()
    for part in scope.split("/"):
        key = hmac.new(key, part.encode(), hashlib.sha256).digest()
    return hmac.new(key, text.encode(), hashlib.sha256).hexdigest()


@pytest.mark.parametrize(
    ("url", "region", "service"),
    [
        ("https://search-p-abc.us-east-2.es.amazonaws.com", "us-east-2", "es"),
        ("https://abc.eu-central-1.aoss.amazonaws.com", "eu-central-1", "aoss"),
        ("https://search-p-abc.aos.eu-west-3.on.aws", "eu-west-3", "es"),
    ],
)
def test_a_hosted_address_says_how_to_sign(url, region, service):
    keys = {"aws_access_key_id": "AKIDEXAMPLE", "aws_secret_access_key": SECRET}
    signer = cluster(url, **keys)._client.transport.kwargs["http_auth"].signer
    assert (signer.region, signer.service) == (region, service)


@pytest.mark.parametrize(
    ("options", "says"),
    [
        ({"opensearch_url": None}, "set OPENSEARCH_URL"),
        ({"opensearch_url": "localhost:9200"}, "an address such as"),
        ({"opensearch_url": "http://localhost:port"}, "an address such as"),
        ({"opensearch_auth": "basic"}, "OPENSEARCH_PASSWORD"),
        ({"opensearch_username": "reader"}, "OPENSEARCH_PASSWORD"),
        ({"opensearch_auth": "sigv4", "aws_access_key_id": "a", "aws_secret_access_key": "b"}, "AWS_REGION"),
        ({"opensearch_auth": "sigv4", "aws_region": "eu-west-1"}, "no AWS credentials"),
        ({"opensearch_auth": "sigv4", "aws_region": "eu-west-1", "aws_profile": "nobody"}, "AWS credentials"),
        ({"opensearch_auth": "sigv4", "aws_region": "eu-west-1", "aws_access_key_id": "half"}, "AWS credentials"),
    ],
)
def test_what_is_missing_is_named(options, says):
    with pytest.raises(InputError, match=says):
        cluster(**{"url": options.pop("opensearch_url", "http://127.0.0.1:9"), **options})


def refusal(status, reason="the reason", kind="parsing_exception"):
    return status, {"error": {"root_cause": [{"type": kind, "reason": reason}], "reason": "outer"}, "status": status}


@pytest.mark.parametrize(
    ("answer", "error", "says", "calls"),
    [
        (refusal(400, "unknown [x]\nat line 1"), InputError, "refuses the query: unknown \\[x\\] at line 1", 1),
        (refusal(404, "no such index [papers]"), InputError, "no index 'papers'.*set OPENSEARCH_INDEX", 1),
        (refusal(401), SourceUnavailable, "refuses us \\(401\\)", 1),
        (refusal(403), SourceUnavailable, "refuses us \\(403\\)", 1),
        ((503, {"error": "busy"}), SourceUnavailable, "fails with status 503 after 4 attempts", 4),
        ((429, {"error": "slow down"}), SourceUnavailable, "fails with status 429", 4),
        ((413, b"<html>too large</html>"), SourceUnavailable, "fails with status 413", 1),
        ((200, b"<html>welcome</html>"), SourceUnavailable, "is not OpenSearch", 1),
    ],
)
def test_failures_are_sentences(server, answer, error, says, calls):
    server.script = [answer]
    with pytest.raises(error, match=says) as raised:
        cluster(server.url, opensearch_username="reader", opensearch_password="s3cr:et").search({})
    assert len(server.requests) == calls
    assert "s3cr" not in str(raised.value) and "\n" not in str(raised.value)


def test_what_passes_is_tried_again(server):
    server.script = [(503, {}), (502, b"<html></html>"), (200, EMPTY)]
    assert cluster(server.url).search({}) == EMPTY and len(server.requests) == 3


def test_nobody_there():
    with pytest.raises(SourceUnavailable, match=r"at http://127\.0\.0\.1:9 does not answer after 4 attempts"):
        cluster("http://reader:s3cr@127.0.0.1:9").search({})


def test_a_server_that_sleeps_is_given_up(server):
    release = threading.Event()
    server.hold = release.wait
    with pytest.raises(SourceUnavailable, match="does not answer"):
        cluster(server.url, opensearch_timeout_s=0.02).search({})
    release.set()


def test_a_reason_is_short():
    assert len(reason_of(Exception("x" * 5000))) == 300


def test_a_full_index_is_not_asked_for_its_texts(server):
    OpenSearchSource(load_settings(env_file=None, opensearch_url=server.url), wait_s=0).query({"match_all": {}}, 5)
    sent = json.loads(server.requests[0]["body"])
    assert "content" in sent["_source"]["excludes"] and sent["size"] == 5
    assert "allow_partial_search_results=false" in server.requests[0]["path"]
