"""Keeps datasets, examples, experiments, runs and feedback as LangSmith's API does, as far as an upload asks for it."""

import json
import re
import threading
import uuid
from email import message_from_bytes
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Self
from urllib.parse import parse_qs, urlsplit

NOW = "2026-11-20T10:00:00+00:00"


class LangSmithServer:
    """`status` other than 0 is what every request is answered with."""

    def __init__(self, status: int = 0) -> None:
        self.status = status
        self.requests: list[tuple[str, str, dict[str, str]]] = []
        self.datasets: dict[str, dict[str, Any]] = {}
        self.examples: dict[str, dict[str, Any]] = {}
        self.projects: dict[str, dict[str, Any]] = {}
        self.runs: dict[str, dict[str, Any]] = {}
        self.feedback: dict[str, dict[str, Any]] = {}
        self._http = ThreadingHTTPServer(("127.0.0.1", 0), type("Handler", (_Handler,), {"owner": self}))
        self._http.daemon_threads = True

    @property
    def address(self) -> str:
        return f"http://127.0.0.1:{self._http.server_port}"

    def answer(self, method: str, path: str, query: dict[str, list[str]], body: bytes, kind: str) -> tuple[int, Any]:
        """Status and JSON."""
        if self.status:
            return self.status, {"detail": "the key sk-verysecret is not valid"}
        parts = path.strip("/").split("/")
        match method, parts:
            case "GET", ["info"]:
                return 200, {"version": "0.1", "instance_flags": {"dataset_examples_multipart_enabled": True}}
            case "GET", ["datasets"]:
                named = [one for one in self.datasets.values() if one["name"] in query.get("name", [])]
                return 200, named
            case "POST", ["datasets"]:
                return 200, self._keep(self.datasets, json.loads(body))
            case "GET", ["examples"]:
                return 200, list(self.examples.values()) if query.get("offset", ["0"]) == ["0"] else []
            case _, [*_, "datasets", dataset, "examples"]:
                return 200, self._examples(dataset, _parts(body, kind))
            case "POST", ["sessions"]:
                project = json.loads(body)
                known = next((one for one in self.projects.values() if one["name"] == project["name"]), None)
                return 200, known or self._keep(self.projects, project)
            case "POST", ["runs"]:
                run = json.loads(body)
                if run["id"] in self.runs:
                    return 409, {"detail": "known"}
                return 200, self._keep(self.runs, run)
            case "POST", ["feedback"]:
                return 200, self._keep(self.feedback, json.loads(body))
        return 404, {"detail": f"no {method} {path}"}

    def _keep(self, shelf: dict[str, dict[str, Any]], thing: dict[str, Any]) -> dict[str, Any]:
        thing = {
            "id": str(uuid.uuid4()),
            "created_at": NOW,
            "start_time": NOW,
            "modified_at": NOW,
            "tenant_id": str(uuid.UUID(int=1)),
            **thing,
        }
        shelf[str(thing["id"])] = thing
        return thing

    def _examples(self, dataset: str, parts: dict[str, Any]) -> dict[str, Any]:
        ids = sorted({name.partition(".")[0] for name in parts})
        for id in ids:
            example = self.examples.setdefault(id, {"id": id, "dataset_id": dataset, "created_at": NOW, "outputs": {}})
            example |= parts.get(id, {}) if isinstance(parts.get(id), dict) else {}
            example |= {name: parts[f"{id}.{name}"] for name in ("inputs", "outputs") if f"{id}.{name}" in parts}
        return {"count": len(ids), "example_ids": ids}

    def __enter__(self) -> Self:
        threading.Thread(target=self._http.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True).start()
        return self

    def __exit__(self, *_error: object) -> None:
        self._http.shutdown()
        self._http.server_close()


def _parts(body: bytes, kind: str) -> dict[str, Any]:
    """The JSON parts of a multipart body by name."""
    message = message_from_bytes(f"Content-Type: {kind}\r\n\r\n".encode() + body)
    found = {}
    for part in message.walk():
        name = re.search(r'name="([^"]+)"', part.get("Content-Disposition", ""))
        if name:
            found[name[1]] = json.loads(part.get_payload(decode=True))
    return found


class _Handler(BaseHTTPRequestHandler):
    owner: LangSmithServer
    protocol_version = "HTTP/1.1"

    def _serve(self) -> None:
        length = int(self.headers.get("content-length") or 0)
        body = self.rfile.read(length)
        url = urlsplit(self.path)
        headers = {name.lower(): value for name, value in self.headers.items()}
        self.owner.requests.append((self.command, url.path, headers))
        status, answer = self.owner.answer(
            self.command, url.path, parse_qs(url.query), body, headers.get("content-type", "")
        )
        content = json.dumps(answer).encode()
        self.send_response(status)
        self.send_header("content-type", "application/json")
        self.send_header("content-length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    do_GET = do_POST = do_PATCH = _serve  # noqa: N815

    def log_message(self, format: str, *_arguments: Any) -> None:
        """Say nothing on the terminal."""
