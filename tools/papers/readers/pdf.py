"""PDF by pdfium, page by page: one pass to learn the document's habits, one to write; memory is two pages.

The first pass spools the lines to a file, and counts what repeats in the margins, the font sizes and the words.
"""

import json
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import IO

import pypdfium2

from runtime.errors import InputError
from tools.papers.readers.columns import order_lines
from tools.papers.readers.furniture import Furniture
from tools.papers.readers.hyphens import Vocabulary, join_broken
from tools.papers.readers.pdf_lines import Line, PageText
from tools.papers.readers.pdf_writing import PageWriter, find_title
from tools.papers.readers.writer import TextWriter

PASSWORD_ERROR = 4
"""FPDF_ERR_PASSWORD of pdfium's fpdfview.h."""
TAIL = 1 << 16
MOST_NAMED_PAGES = 5


def extract_pdf(path: Path, writer: TextWriter, scratch: Path) -> None:
    """Write the text of every page. Raises `InputError` for a file without any."""
    document = _open(path)
    with (scratch / "pages.jsonl").open("w+") as spool:
        learnt = _Learnt()
        for number in range(len(document)):
            _spool_page(document, number, spool, learnt)
        if learnt.pages_with_text == 0:
            raise InputError(
                f"{path.name} has no text layer (it is scanned, or only pictures): run it through OCR first, "
                "e.g. ocrmypdf."
            )
        _warn(writer, learnt)
        spool.seek(0)
        metadata = document.get_metadata_value("Title").strip()
        document.close()
        _write(spool, learnt, writer, metadata)


class _Learnt:
    """What the first pass knows when it ends."""

    def __init__(self) -> None:
        self.furniture = Furniture()
        self.vocabulary = Vocabulary()
        self.sizes: Counter[float] = Counter()
        self.pages_with_text = 0
        self.empty: list[int] = []
        self.broken: list[int] = []


def _open(path: Path) -> pypdfium2.PdfDocument:
    try:
        document = pypdfium2.PdfDocument(path)
    except pypdfium2.PdfiumError as error:
        if getattr(error, "err_code", None) == PASSWORD_ERROR:
            raise InputError(f"{path.name} is encrypted: save a copy without the password first.") from None
        hint = "is cut off" if not _has_end(path) else "is broken"
        raise InputError(f"{path.name} {hint}: it can't be opened as a PDF; download or export it again.") from None
    if not _has_end(path):
        raise InputError(f"{path.name} is cut off (its end is missing): download it again.")
    if len(document) == 0:
        raise InputError(f"{path.name} has no pages.")
    return document


def _has_end(path: Path) -> bool:
    with path.open("rb") as file:
        file.seek(max(0, path.stat().st_size - TAIL))
        return b"%%EOF" in file.read()


def _spool_page(document: pypdfium2.PdfDocument, number: int, spool: IO[str], learnt: _Learnt) -> None:
    lines: list[Line] = []
    height = 0.0
    try:
        page = document[number]
    except pypdfium2.PdfiumError:
        learnt.broken.append(number + 1)
        return
    try:
        height = page.get_height()
        textpage = page.get_textpage()
        try:
            text = PageText(textpage)
            lines = order_lines(text, text.lines())
        finally:
            textpage.close()
    except pypdfium2.PdfiumError:
        learnt.broken.append(number + 1)
    finally:
        page.close()
    if sum(len(line.text) for line in lines) == 0:
        learnt.empty.append(number + 1)
        return
    learnt.pages_with_text += 1
    learnt.furniture.count(lines, height)
    learnt.vocabulary.learn(lines)
    for line in lines:
        learnt.sizes[line.size] += len(line.text)
    spool.write(json.dumps([height, lines]) + "\n")


def _warn(writer: TextWriter, learnt: _Learnt) -> None:
    for pages, what in ((learnt.empty, "no text (a picture or a scan)"), (learnt.broken, "broken content")):
        kept = [number for number in pages if what[0] == "b" or number not in learnt.broken]
        if kept:
            named = ", ".join(map(str, kept[:MOST_NAMED_PAGES])) + (" …" if len(kept) > MOST_NAMED_PAGES else "")
            writer.warn(f"page {named} has {what}" if len(kept) == 1 else f"{len(kept)} pages ({named}) have {what}")


def _pages(spool: IO[str], furniture: Furniture) -> Iterator[list[Line]]:
    for record in spool:
        height, rows = json.loads(record)
        yield furniture.remove([Line(*row) for row in rows], height)


def _write(spool: IO[str], learnt: _Learnt, writer: TextWriter, metadata: str) -> None:
    body = _body_size(learnt.sizes)
    pages = _pages(spool, learnt.furniture)
    page = next(pages)
    printer = PageWriter(writer, body, find_title(page, body), metadata)
    while True:
        following = next(pages, None)
        joined = join_broken([*page, *(following or [])], len(page), learnt.vocabulary)
        printer.page([line for line in joined[: len(page)] if line.text])
        if following is None:
            return
        page = joined[len(page) :]


def _body_size(sizes: Counter[float]) -> float:
    """The size, to half a point, in which most characters are set."""
    halves: Counter[float] = Counter()
    for size, count in sizes.items():
        halves[round(size * 2) / 2] += count
    return halves.most_common(1)[0][0]
