"""A server that answers what `datasets` and `huggingface_hub` ask of the hub for one dataset repository."""

import hashlib
import json
import threading
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs, unquote, urlsplit

COMMIT = "0123456789abcdef0123456789abcdef01234567"


class Hub:
    """`files` by path of one repository; `asked` lists what was requested."""

    def __init__(self, repository: str, files: dict[str, bytes]) -> None:
        self.repository, self.files = repository, files
        self.asked: list[str] = []
        self.url = ""

    @contextmanager
    def running(self):
        server = ThreadingHTTPServer(("127.0.0.1", 0), _handler(self))
        self.url = f"http://127.0.0.1:{server.server_address[1]}"
        thread = threading.Thread(target=server.serve_forever, daemon=True)
        thread.start()
        try:
            yield self
        finally:
            server.shutdown()
            server.server_close()
            thread.join(5)

    def answer(self, path: str, body: bytes) -> tuple[int, dict[str, str], bytes]:
        api = f"/api/datasets/{self.repository}"
        parts = urlsplit(path)
        place = unquote(parts.path)
        if place.startswith(f"/datasets/{self.repository}/resolve/"):
            name = place.split("/resolve/")[1].split("/", 1)[1]
            return self._file(name)
        if place in (api, f"{api}/revision/{COMMIT}", f"{api}/revision/main"):
            return _json({"id": self.repository, "sha": COMMIT, "siblings": [{"rfilename": n} for n in self.files]})
        if place.startswith(f"{api}/tree/"):
            folder = place.removeprefix(f"{api}/tree/").partition("/")[2]
            recursive = parse_qs(parts.query).get("recursive", ["false"])[0].lower() == "true"
            return _json(self._tree(folder, recursive))
        if place.startswith(f"{api}/paths-info/"):
            fields = parse_qs(body.decode()) if not body.startswith(b"{") else json.loads(body)
            found = [self._entry(name) for name in fields.get("paths", []) if name in self.files or self._inside(name)]
            return _json(found)
        return 404, {"X-Error-Code": "RepoNotFound"}, b"{}"

    def _file(self, name: str) -> tuple[int, dict[str, str], bytes]:
        if name not in self.files:
            return 404, {"X-Error-Code": "EntryNotFound", "X-Repo-Commit": COMMIT}, b"Entry not found"
        content = self.files[name]
        tag = hashlib.sha256(content).hexdigest()
        return 200, {"ETag": f'"{tag}"', "X-Repo-Commit": COMMIT, "Accept-Ranges": "bytes"}, content

    def _inside(self, folder: str) -> list[str]:
        return [name for name in self.files if not folder or name.startswith(f"{folder}/")]

    def _tree(self, folder: str, recursive: bool) -> list[dict]:
        names = self._inside(folder)
        depth = len(folder.split("/")) if folder else 0
        folders = sorted({"/".join(name.split("/")[: depth + 1]) for name in names if name.count("/") > depth})
        shown = names if recursive else [name for name in names if name.count("/") == depth]
        return [self._entry(name) for name in [*folders, *shown]]

    def _entry(self, name: str) -> dict:
        if name not in self.files:
            return {"type": "directory", "path": name, "oid": COMMIT, "size": 0}
        return {"type": "file", "path": name, "size": len(self.files[name]), "oid": COMMIT}


def _json(value) -> tuple[int, dict[str, str], bytes]:
    return 200, {"Content-Type": "application/json", "X-Repo-Commit": COMMIT}, json.dumps(value).encode()


def _handler(hub: Hub) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def _reply(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
            hub.asked.append(f"{self.command} {self.path}")
            status, headers, content = hub.answer(self.path, body)
            self.send_response(status)
            for name, value in headers.items():
                self.send_header(name, value)
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            if self.command != "HEAD":
                self.wfile.write(content)

        do_GET = do_HEAD = do_POST = _reply  # noqa: N815  names of the standard library's

        def log_message(self, *_) -> None:
            pass

    return Handler
