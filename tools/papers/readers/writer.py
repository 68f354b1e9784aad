"""Where every form's text goes: one UTF-8 file with one convention for headings, counted and hashed on the way."""

import hashlib
import re
from typing import Any, BinaryIO

from tools.papers.headings import format_heading, shield
from tools.papers.readers.decoding import CONTROL

LONGEST_ABSTRACT = 6000
LONGEST_TITLE = 300
MOST_WARNINGS = 20
_ABSTRACT = re.compile(r"(?:\d\.?\s+)?abstract[.:]?", re.IGNORECASE)
_UNENCODABLE = re.compile("[\ud800-\udfff]")


class TextWriter:
    """Writes lines; remembers the title (the first `# ` heading), the abstract (what follows its heading), warnings."""

    def __init__(self, file: BinaryIO) -> None:
        self._file = file
        self._hash = hashlib.sha256()
        self._blank = True
        self._fresh = True
        self._abstract: list[str] | None = None
        self.characters = 0
        self.said = 0
        """Characters that are not white space."""
        self.title = ""
        self.abstract = ""
        self.warnings: list[str] = []

    def heading(self, level: int, text: str) -> None:
        """A heading on a line of its own, with blank lines around it."""
        text = text.translate(CONTROL)
        if not text.strip():
            return
        self._end_abstract()
        if level == 1 and not self.title:
            self.title = " ".join(text.split())[:LONGEST_TITLE]
        elif not self.abstract and _ABSTRACT.fullmatch(text.strip()):
            self._abstract = []
        self.blank()
        self._put(format_heading(level, text) + "\n\n")
        self._blank = True

    def line(self, text: str, newline: bool = True) -> None:
        """One line, or without `newline` a piece of one; what only looks like a heading is indented by a space."""
        text = text.translate(CONTROL)
        if not text.strip() and newline and self._fresh:
            self.blank()
            return
        if self._abstract is not None:
            self._abstract.append(text)
            if sum(map(len, self._abstract)) > LONGEST_ABSTRACT:
                self._end_abstract()
        self._put((shield(text) if self._fresh else text) + ("\n" if newline else ""))
        self._fresh = newline
        self._blank = False

    def blank(self) -> None:
        """End the paragraph; several blank lines become one."""
        if not self._fresh:
            self._put("\n")
            self._fresh = True
        if not self._blank:
            self._put("\n")
        self._blank = True

    def warn(self, sentence: str) -> None:
        """Keep a warning for the user, each once and not too many."""
        if sentence not in self.warnings and len(self.warnings) < MOST_WARNINGS:
            self.warnings.append(sentence)

    def finish(self) -> dict[str, Any]:
        """What was written, as fields of `FetchedText`."""
        self._end_abstract()
        if not self._fresh:
            self._put("\n")
        return {
            "characters": self.characters,
            "sha256": self._hash.hexdigest(),
            "title": self.title.translate(CONTROL),
            "abstract": self.abstract.translate(CONTROL),
            "warnings": self.warnings,
        }

    def _end_abstract(self) -> None:
        if self._abstract:
            self.abstract = " ".join(" ".join(self._abstract).split())[:LONGEST_ABSTRACT]
        self._abstract = None

    def _put(self, text: str) -> None:
        data = _UNENCODABLE.sub("\ufffd", text).encode()
        self._file.write(data)
        self._hash.update(data)
        self.characters += len(text)
        self.said += len(text) - sum(map(text.count, " \n\t"))
