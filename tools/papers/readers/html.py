"""HTML as text, by the events of lxml's parser: no tree is built, so neither depth nor length costs memory.

Mathematics comes from the TeX that LaTeXML (arXiv's HTML), KaTeX and MathJax put beside their markup, else from the
words of the MathML.
"""

import codecs
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from lxml import etree

from tools.papers.readers.decoding import detect_encoding, read_lines
from tools.papers.readers.writer import TextWriter

SKIPPED = {
    "script", "style", "nav", "footer", "aside", "noscript", "template", "svg", "button", "form", "select", "iframe",
    "object", "head", "annotation-xml", "dialog", "menu",
}  # fmt: skip
BLOCKS = {
    "p", "div", "section", "article", "main", "header", "ul", "ol", "dl", "table", "figure", "figcaption", "blockquote",
    "body", "details", "summary", "caption", "address", "hr", "thead", "tbody", "tfoot",
}  # fmt: skip
LINES = {"br", "tr", "li", "dt", "dd"}
VOID = {
    "area", "base", "br", "col", "embed", "hr", "img", "input", "link", "meta", "param", "source", "track", "wbr",
}  # fmt: skip
HEADINGS = {f"h{level}": level for level in range(1, 7)}
LONGEST_LINE = 1 << 14
LONGEST_HEADING = 400
_HIDDEN = re.compile(r"display\s*:\s*none|visibility\s*:\s*hidden", re.IGNORECASE)
_TEX_SCRIPT = re.compile(r"math/tex", re.IGNORECASE)
_META_ENCODING = re.compile(rb"<meta[^>]{0,200}charset\s*=\s*[\"']?([\w-]{2,40})", re.IGNORECASE)
_DISPLAY = re.compile(r"\b(?:katex-html|MathJax_Preview|ltx_page_navbar|ltx_page_footer)\b")


def extract_html(path: Path, writer: TextWriter) -> None:
    """Write the visible text, read line by line."""
    target = _Page(writer)
    parser = etree.HTMLParser(target=target, huge_tree=True, remove_comments=True, remove_pis=True)
    for line in read_lines(path, _encoding(path)):
        parser.feed(line)
    try:
        parser.close()
    except etree.XMLSyntaxError:
        writer.warn("the HTML is broken; what could be read of it was")
    target.finish()


def _encoding(path: Path) -> str:
    found = detect_encoding(path)
    if found in ("utf-8", "utf-8-sig", "utf-16", "utf-32"):
        return found
    with path.open("rb") as file:
        declared = _META_ENCODING.search(file.read(2048))
    name = declared[1].decode() if declared else found
    try:
        codecs.lookup(name)
    except LookupError:
        return found
    return name


class _Page:
    """What the parser calls: keeps the current line, what is being skipped, and the open headings and formulas."""

    def __init__(self, writer: TextWriter) -> None:
        self._writer = writer
        self._skip = 0  # open elements within (and with) the skipped one
        self._keep: list[str] | None = None  # the TeX of a formula or script that is being read
        self._keep_depth = 0
        self._heading: tuple[int, list[str]] | None = None
        self._line: list[str] = []
        self._length = 0
        self._preformatted = 0
        self._title: list[str] | None = None
        self._seen_title = ""

    def start(self, tag: str | bytes, attrib: Mapping[Any, Any]) -> None:
        tag, attributes = _name(tag), dict(attrib)
        if tag == "title" and not self._seen_title:
            self._title = []
        if tag == "meta":
            self._meta(attributes)
        if self._skip:
            self._open(tag)
        elif tag == "math":
            self._math(attributes)
        elif tag == "script" and _TEX_SCRIPT.search(attributes.get("type") or ""):
            self._keep, self._keep_depth = [], 1
        elif self._keep is not None:
            self._keep_depth += tag not in VOID
            if tag == "annotation" and "tex" in (attributes.get("encoding") or ""):
                self._keep.clear()  # what was read are the symbols one by one
        elif tag in SKIPPED or _is_hidden(attributes):
            self._open(tag)
        else:
            self._begin(tag, attributes)

    def end(self, tag: str | bytes) -> None:
        tag = _name(tag)
        if tag == "title" and self._title is not None:
            self._seen_title = " ".join("".join(self._title).split())
            self._title = None
        if self._skip:
            self._skip -= tag not in VOID
        elif self._keep is not None:
            self._keep_depth -= tag not in VOID
            if self._keep_depth <= 0:
                tex = " ".join("".join(self._keep).split())
                self._keep = None
                self._text(f" ${tex}$ " if tex else "")
        elif tag in HEADINGS:
            self._end_heading()
        elif tag == "pre":
            self._flush()
            self._preformatted = max(0, self._preformatted - 1)
            self._writer.blank()
        elif tag in BLOCKS:
            self._flush()
            self._writer.blank()
        elif tag in ("td", "th"):
            self._text(" | ")
        elif tag in LINES:
            self._flush()

    def data(self, data: str | bytes) -> None:
        data = data if isinstance(data, str) else data.decode(errors="replace")
        if self._title is not None and len(self._title) < 50:
            self._title.append(data)
        if self._skip:
            return
        if self._keep is not None:
            self._keep.append(data)
            return
        self._text(data)

    def comment(self, text: str | bytes) -> None:
        """Not text."""

    def close(self) -> None:
        """Called by the parser at the end."""

    def finish(self) -> None:
        self._end_heading()
        self._flush()
        if not self._writer.title:
            self._writer.title = self._seen_title

    def _open(self, tag: str) -> None:
        self._skip += tag not in VOID

    def _begin(self, tag: str, attributes: Mapping[str, str]) -> None:
        if tag in HEADINGS:
            self._end_heading()
            self._flush()
            self._heading = (HEADINGS[tag], [])
        elif tag == "pre":
            self._flush()
            self._writer.blank()
            self._preformatted += 1
        elif tag in BLOCKS:
            self._flush()
            self._writer.blank()
        elif tag in LINES:
            self._flush()
            if tag == "li":
                self._text("- ")
        elif tag == "img":
            alternative = attributes.get("alt") or ""
            names = attributes.get("class") or ""
            if alternative and ("math" in names or "tex" in names or alternative.startswith(("$", "\\"))):
                self._text(f" {alternative} " if alternative.startswith("$") else f" ${alternative}$ ")

    def _math(self, attributes: Mapping[str, str]) -> None:
        tex = attributes.get("alttext") or ""
        if tex:
            mark = "$$" if attributes.get("display") == "block" else "$"
            self._text(f" {mark}{' '.join(tex.split())}{mark} ")
            self._skip = 1
        else:
            self._keep, self._keep_depth = [], 1

    def _meta(self, attributes: Mapping[str, str]) -> None:
        name, content = attributes.get("name") or "", attributes.get("content") or ""
        if name == "citation_title" and content and not self._writer.title:
            self._writer.title = content[:LONGEST_HEADING]
        elif name == "citation_abstract" and content:
            self._writer.abstract = self._writer.abstract or content

    def _text(self, data: str) -> None:
        if self._heading is not None:
            self._heading[1].append(data)
            return
        if self._preformatted:
            *lines, rest = data.split("\n")
            for line in lines:
                self._writer.line("".join(self._line) + line)
                self._line, self._length = [], 0
            self._line.append(rest)
            return
        self._line.append(data)
        self._length += len(data)
        if self._length > LONGEST_LINE:
            text = "".join(self._line)
            place = max(text.rfind(" "), text.rfind("\n")) + 1 or len(text)
            self._line = [text[:place]]
            self._flush()
            self._line, self._length = [text[place:]], len(text) - place

    def _flush(self) -> None:
        text = "".join(self._line)
        self._line, self._length = [], 0
        text = text if self._preformatted else " ".join(text.split())
        if text and text not in ("|", "-"):
            self._writer.line(text.removesuffix(" |"))

    def _end_heading(self) -> None:
        if self._heading is None:
            return
        level, parts = self._heading
        self._heading = None
        text = " ".join("".join(parts).split())
        if len(text) > LONGEST_HEADING:
            self._writer.line(text)
            return
        top = level == 1 and not self._writer.said
        self._writer.heading(1 if top else max(2, level), text)


def _name(tag: str | bytes) -> str:
    return (tag if isinstance(tag, str) else tag.decode(errors="replace")).lower()


def _is_hidden(attributes: Mapping[str, str]) -> bool:
    return (
        "hidden" in attributes
        or bool(_HIDDEN.search(attributes.get("style") or ""))
        or bool(_DISPLAY.search(attributes.get("class") or ""))
    )
