"""A small library of papers, and the sources that hold it."""

import hashlib
import os
import uuid
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import numpy as np

from runtime.errors import InputError
from tools.papers.paper import FetchedText, Paper
from tools.papers.sources.embedded import EmbeddedIndex, NewEntry
from tools.papers.sources.entries import Entry
from tools.papers.sources.files import FileSource

NOW = datetime.now(UTC)
BUCKET = "texts"
LIBRARY = [
    # id, title, abstract, text, days since publication, author
    (
        "1706.03762",
        "Attention is all you need",
        "The Transformer uses attention alone.",
        "Many heads.",
        3,
        "A. Vaswani",
    ),
    ("resnet", "Deep residual learning", "Residual networks for pictures.", "ResNet adds shortcuts.", 10, "K. He"),
    ("pinn-2024", "Physics-informed networks", "Losses from equations.", "Burgers equation.", 40, "M. Raissi"),
    ("beit", "Pre-training of picture transformers", "Masked patches of pictures.", "Visual tokens.", 80, "H. Bao"),
    ("mobile-vit", "A light vision transformer", "Attention for mobile devices.", "Folding patches.", 200, "S. Mehta"),
]


def day(days: int) -> str:
    return (NOW - timedelta(days=days)).date().isoformat()


def entry_of(paper: Paper, text: str = "", revision: str = "1", origin: str = "") -> Entry:
    sha = hashlib.sha256(text.encode()).hexdigest() if text else ""
    facts = {"form": "text", "characters": len(text), "sha256": sha}
    return Entry(paper=paper, origin=origin or f"/p/{paper.id}", revision=revision, added=NOW.isoformat(), **facts)


def new_entry(folder: Path, paper: Paper, text: str = "", revision: str = "1", origin: str = "") -> NewEntry:
    path = folder / f"{uuid.uuid4().hex}.txt"
    path.write_text(text)
    return NewEntry(entry_of(paper, text, revision, origin), path if text else None)


def paper(paper_id: str, title: str = "", **facts: Any) -> Paper:
    return Paper(id=paper_id, source="index", title=title or f"About {paper_id}", **facts)


def library() -> list[tuple[Paper, str]]:
    return [
        (paper(name, title, abstract=abstract, published=day(days), authors=[author]), text)
        for name, title, abstract, text, days, author in LIBRARY
    ]


def stand_in(path: Path, destination: Path, *_limits: Any, **_options: Any) -> FetchedText:
    """Reads "# title", the abstract, then the text."""
    if path.is_dir():
        path = next(path.glob("*.tex"))
    text = path.read_text("utf-8", "replace")
    if "BROKEN" in text:
        raise InputError(f"{path.name} can't be read: it is broken.")
    destination.write_text(text)
    lines = [*text.splitlines(), "", "", ""]
    digest = hashlib.sha256(text.encode()).hexdigest()
    facts = {"form": "markdown", "characters": len(text), "sha256": digest}
    return FetchedText(path=str(destination), title=lines[0].lstrip("# "), abstract=lines[2], **facts)


def filled(made: EmbeddedIndex, scratch: Path) -> EmbeddedIndex:
    made.add([new_entry(scratch, known, text) for known, text in library()])
    made.embed()
    return made


class Letters:
    """An embedder for tests: which letters a text has."""

    name = "letters"

    def embed(self, texts: Any) -> Any:
        rows = np.zeros((len(texts), 26), np.float32)
        for row, text in zip(rows, texts, strict=True):
            for letter in text.lower():
                if "a" <= letter <= "z":
                    row[ord(letter) - 97] += 1
        return rows / np.maximum(np.linalg.norm(rows, axis=1, keepdims=True), 1e-6)


def files(folder: Path) -> FileSource:
    folder.mkdir()
    for name, title, abstract, text, days, _ in LIBRARY:
        path = folder / f"{name}.md"
        path.write_text(f"# {title}\n\n{abstract}\n\n{text}\n")
        moment = (NOW - timedelta(days=days)).timestamp()
        os.utime(path, (moment, moment))
    return FileSource(folder)


def index_documents(client: Any, name: str, documents: list[tuple[str, dict[str, Any]]]) -> None:
    lines: list[dict[str, Any]] = []
    for key, document in documents:
        lines += [{"index": {"_id": key}}, document]
    answer = client.bulk(body=lines, index=name, refresh=True)
    assert not answer["errors"], answer


def documents() -> list[tuple[str, dict[str, Any]]]:
    return [
        (known.id, {**known.model_dump(include={"title", "abstract", "authors", "published"}), "content": text})
        for known, text in library()
    ]


def names(papers: list[Paper]) -> list[str]:
    """Ids without the folder and the ending of files."""
    return [Path(one.id).name.removesuffix(".md") for one in papers]
