"""Plain text and Markdown, streamed: headings of any style become the one convention, the rest stays as it is."""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

from tools.papers.headings import known_name, number_of
from tools.papers.readers.decoding import LONGEST_LINE, detect_encoding, read_lines
from tools.papers.readers.latex_macros import group_end
from tools.papers.readers.writer import TextWriter

LONGEST_HEADING = 120
MOST_WORDS = 16
MOST_HEADING_LINES = 10
FRONT_LINES = 60
_HASHES = re.compile(r"(#{1,6})\s+(\S.*?)[ \t#]*$")
_LATEX_HEADING = re.compile(r"\\(title|(?:sub){0,2}section|chapter)\*?\s*\{(.*)$")
_LATEX_DEPTH = {"title": 1, "chapter": 2, "section": 2, "subsection": 3, "subsubsection": 4}
_BEGIN_ABSTRACT = re.compile(r"\\begin\{abstract\}")
_END_ABSTRACT = re.compile(r"\\end\{abstract\}")
_BOLD = re.compile(r"\*\*([^*]{2,100})\*\*[.:]?")
_UNDERLINE = re.compile(r"(=+|-{3,})\s*")
_FENCE = re.compile(r"\s{0,3}(```+|~~~+)")
_LOST_HYPHEN = re.compile(r"(?<=\w)#{1,6} (?=\w)|(?<=[A-Z])- (?=[A-Z])")
_DIGITS_ALONE = re.compile(r"(?:^|\s)[\d.,%]+(?:\s|$)")


class Style(NamedTuple):
    """How a text marks its sections."""

    hash_tops: int
    """Headings of one `#`."""
    bare: int
    """Numbered or well-known headings that stand alone on a line, with no mark."""


def extract_plain(path: Path, writer: TextWriter, markdown: bool) -> None:
    """Read the file twice: once for its style of headings, once to write. Memory is a few lines."""
    encoding = detect_encoding(path)
    if encoding not in ("utf-8", "utf-8-sig", "utf-16", "utf-32", "ascii"):
        writer.warn(f"the file is not UTF-8; it was read as {encoding}")
    style = _survey(_triples(read_lines(path, encoding)))
    reader = _Reader(writer, style, markdown)
    for before, line, after in _triples(read_lines(path, encoding)):
        reader.read(before, line, after)


def _triples(lines: Iterator[str]) -> Iterator[tuple[str, str, str]]:
    """Each line with its neighbours, which are empty at the ends."""
    before, line = "", next(lines, None)
    while line is not None:
        after = next(lines, None)
        yield before, line, after or ""
        before, line = line, after


def _survey(lines: Iterator[tuple[str, str, str]]) -> Style:
    tops = bare = 0
    fenced = False
    for before, line, after in lines:
        if _FENCE.match(line):
            fenced = not fenced
        elif fenced:
            continue
        elif line.startswith("# "):
            tops += 1
        elif not before.strip() and len(line) <= LONGEST_HEADING and bare_heading(line, after) is not None:
            bare += 1
    return Style(tops, bare)


def bare_heading(line: str, after: str) -> tuple[int, str] | None:
    """Level and text of a line that is a heading by its wording: `3.1 DATA`, `**Abstract**`, `REFERENCES`."""
    text = line.strip()
    if not 3 <= len(text) <= LONGEST_HEADING or len(text.split()) > MOST_WORDS:
        return None
    if bold := _BOLD.fullmatch(text):
        text = bold[1].strip()
    if known_name(text):
        numbered = number_of(text)
        return (numbered[0] + 1 if numbered else 2), text.rstrip(".:")
    numbered = number_of(text)
    if numbered is None or after.strip() or text[-1] in ".,;:" or _DIGITS_ALONE.search(numbered[1]):
        return None
    depth, rest = numbered
    letters = [character for character in rest if character.isalpha()]
    words = rest.split()
    if text[0] == "0" or len(letters) < max(3, len(rest) * 0.6) or len(set(words)) <= len(words) / 2:
        return None  # a tick of an axis and its label, or the boxes of a drawing
    shouted = sum(map(str.isupper, letters)) >= 0.7 * len(letters)
    if not (rest[0].isupper() or (shouted and rest[0].isdigit())):
        return None
    titled = all(word[0].isupper() for word in words if len(word) > 3 and word[0].isalpha())
    return (depth + 1, text) if shouted or (titled and not text[0].isalpha()) or (titled and depth > 1) else None


class _Reader:
    """Line by line, with what was read so far."""

    def __init__(self, writer: TextWriter, style: Style, markdown: bool) -> None:
        self.writer = writer
        self.style = style
        self.markdown = markdown
        self._fence = ""
        self._title: list[str] = []
        self._lines = 0
        self._open: tuple[int, list[str]] | None = None
        self._skip = False

    def read(self, before: str, line: str, after: str) -> None:
        self._lines += 1
        if self._skip:
            self._skip = False
            return
        text = line.rstrip("\n")
        whole = line.endswith("\n") or len(line) < LONGEST_LINE
        if self._open is not None:
            self._continue_latex(text)
        elif self._in_code(text):
            self.writer.line(text, newline=whole)
        elif not (len(text) <= 4 * LONGEST_HEADING and self._heading(before, text, after)):
            self._flush_title()
            self.writer.line(text, newline=whole)

    def _in_code(self, text: str) -> bool:
        mark = _FENCE.match(text)
        if self._fence:
            if mark and mark[1].startswith(self._fence):
                self._fence = ""
            return True
        if mark and self.markdown:
            self._fence = mark[1][:3]
            return True
        return False

    def _heading(self, before: str, text: str, after: str) -> bool:
        if hashes := _HASHES.match(text):
            return self._hash_heading(len(hashes[1]), hashes[2])
        if latex := _LATEX_HEADING.match(text):
            self._open = (_LATEX_DEPTH[latex[1]], [])
            self._continue_latex(latex[2])
            return True
        if _BEGIN_ABSTRACT.match(text):
            self.writer.heading(2, "Abstract")
            return True
        if _END_ABSTRACT.match(text):
            self.writer.blank()
            return True
        if not text.strip() or before.strip():
            return False
        if (
            self.markdown
            and _UNDERLINE.fullmatch(after.rstrip("\n"))
            and len(text) <= LONGEST_HEADING
            and "|" not in text
        ):
            self._skip = True
            self._flush_title()
            first = after.startswith("=") and not self.writer.title
            self.writer.heading(1 if first else 2 if after.startswith("=") else 3, text)
            return True
        found = bare_heading(text, after)
        if found is None:
            return False
        self._flush_title()
        self.writer.heading(*found)
        return True

    def _hash_heading(self, level: int, text: str) -> bool:
        text = re.sub(r"^[*_]{1,3}(.*?)[*_]{1,3}$", r"\1", text)
        section = known_name(text) or (text[0].isdigit() and number_of(text) is not None)
        if not self.writer.title and self._lines <= FRONT_LINES and not section:
            self._title.append(text)
            return True
        if self.style.bare >= 3 and not known_name(text) and number_of(text) is None:
            return False  # sections are marked otherwise here: this is a comment in code, or "# Parameters" of a table
        self._flush_title()
        numbered = number_of(text)
        shift = 1 if self.style.hash_tops > 1 or level == 1 else 0
        self.writer.heading(numbered[0] + 1 if numbered else level + shift, text)
        return True

    def _flush_title(self) -> None:
        if self._title:
            self.writer.heading(1, _LOST_HYPHEN.sub("", " ".join(self._title)))
            self._title = []

    def _continue_latex(self, text: str) -> None:
        """Collect a heading's braces, which may span lines."""
        assert self._open is not None
        level, parts = self._open
        parts.append(text)
        joined = " ".join(parts)
        end = group_end("{" + joined, 0) - 1
        if end == len(joined) and not joined.endswith("}") and len(parts) < MOST_HEADING_LINES:
            return
        self._open = None
        title = joined[:end].removesuffix("}")
        numbered = number_of(title.strip())
        self.writer.heading(level if level == 1 or not numbered else numbered[0] + 1, title)
        if rest := joined[end:].strip():
            self.writer.line(rest)
