"""A loopback HTTP server that answers GET requests as arXiv and OpenAlex do, one scripted reply a request."""

import json
import threading
import time
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Self
from urllib.parse import parse_qs, urlsplit
from xml.sax.saxutils import escape


@dataclass(frozen=True)
class Reply:
    """What is sent; the connection breaks after the body when `promised` is larger than it."""

    body: bytes
    status: int = 200
    headers: dict[str, str] = field(default_factory=dict)
    promised: int | None = None
    wait_s: float = 0.0


class SearchServer:
    """Use as a context manager; `asked` holds the parameters of each request, `times` when they came."""

    def __init__(self, *script: Reply) -> None:
        self.script = list(script)
        self.asked: list[dict[str, str]] = []
        self.paths: list[str] = []
        handler = type("Handler", (_Handler,), {"owner": self})
        self._http = ThreadingHTTPServer(("127.0.0.1", 0), handler)
        self._http.daemon_threads = True

    @property
    def address(self) -> str:
        return f"http://127.0.0.1:{self._http.server_port}"

    def __enter__(self) -> Self:
        threading.Thread(target=self._http.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True).start()
        return self

    def __exit__(self, *_error: object) -> None:
        self._http.shutdown()
        self._http.server_close()


class _Handler(BaseHTTPRequestHandler):
    owner: SearchServer

    def do_GET(self) -> None:
        parts = urlsplit(self.path)
        self.owner.paths.append(parts.path)
        self.owner.asked.append({name: values[0] for name, values in parse_qs(parts.query).items()})
        reply = self.owner.script.pop(0) if self.owner.script else Reply(b"the script is over", 418)
        time.sleep(reply.wait_s)
        try:
            self.send_response(reply.status)
            for name, value in reply.headers.items():
                self.send_header(name, value)
            self.send_header("content-length", str(reply.promised or len(reply.body)))
            self.end_headers()
            self.wfile.write(reply.body)
        except (BrokenPipeError, ConnectionResetError):
            pass

    def log_message(self, format: str, *_arguments: Any) -> None:
        """Say nothing on the terminal."""


FEED = """<?xml version="1.0" encoding="UTF-8"?>
<feed xmlns="http://www.w3.org/2005/Atom">
  <link href="http://arxiv.org/api/query?search_query%3Dall:x" rel="self" type="application/atom+xml"/>
  <title type="html">ArXiv Query: search_query=all:x</title>
  <id>http://arxiv.org/api/cHxbiOdZaP56ODnBPIenZhzg5f8</id>
  <updated>2026-11-01T00:00:00-05:00</updated>
  <opensearch:totalResults xmlns:opensearch="http://a9.com/-/spec/opensearch/1.1/">{total}</opensearch:totalResults>
  {entries}
</feed>"""
ENTRY = """<entry>
    <id>http://arxiv.org/abs/{id}v2</id>
    <updated>2017-12-06T03:30:32Z</updated>
    <published>{year}-06-12T17:57:34Z</published>
    <title>{title}</title>
    <summary>  {abstract}
</summary>
    {authors}
    <arxiv:comment xmlns:arxiv="http://arxiv.org/schemas/atom">15 pages</arxiv:comment>
    <link href="http://arxiv.org/abs/{id}v2" rel="alternate" type="text/html"/>
    <category term="cs.CL" scheme="http://arxiv.org/schemas/atom"/>
  </entry>"""
ERROR_ENTRY = """<entry>
    <id>http://arxiv.org/api/errors#incorrect_id_format_for_1234.12345</id>
    <title>Error</title>
    <summary>{message}</summary>
    <author><name>arXiv api core</name></author>
  </entry>"""


def feed(*works: dict[str, Any]) -> Reply:
    """An Atom feed of works with id, title, abstract, authors and year."""
    entries = [
        ENTRY.format(
            id=work["id"],
            year=work.get("year", 2017),
            title=escape(work["title"]),
            abstract=escape(work.get("abstract", "")),
            authors="".join(f"<author><name>{escape(name)}</name></author>" for name in work.get("authors", [])),
        )
        for work in works
    ]
    body = FEED.format(total=len(works), entries="\n".join(entries))
    return Reply(body.encode(), headers={"content-type": "application/atom+xml; charset=UTF-8"})


def feed_error(message: str, status: int = 400) -> Reply:
    """What arXiv answers to a query that it can't use."""
    return Reply(FEED.format(total=1, entries=ERROR_ENTRY.format(message=escape(message))).encode(), status)


def works(*items: dict[str, Any]) -> Reply:
    """OpenAlex's answer; an item has id, title, abstract, authors and year."""
    results = [
        {
            "id": f"https://openalex.org/{item['id']}",
            "doi": item.get("doi"),
            "display_name": item["title"],
            "publication_year": item.get("year", 2017),
            "authorships": [{"author": {"display_name": name}} for name in item.get("authors", [])],
            "primary_location": {"source": {"display_name": "Neural Computation"}},
            "abstract_inverted_index": invert(item.get("abstract", "")),
        }
        for item in items
    ]
    return Reply(json.dumps({"meta": {"count": len(results)}, "results": results, "group_by": []}).encode())


def invert(text: str) -> dict[str, list[int]] | None:
    """OpenAlex's inverted index of a text, None for an empty one."""
    index: dict[str, list[int]] = {}
    for position, word in enumerate(text.split()):
        index.setdefault(word, []).append(position)
    return index or None
