"""The lines of a PDF page with their places, from pdfium's text in the order of the page's content stream."""

import ctypes
from typing import Any, NamedTuple

import pypdfium2.raw as pdfium

HYPHEN = "\ufffe"
"""What pdfium puts for a hyphen at the end of a line, and the line break behind it."""
SAME_LINE_OVERLAP = 0.5
WIDEST_SPACE_EM = 1.0
NARROWEST_SPACE_EM = 0.12
BOLD_WEIGHT = 600
_BOLD_NAMES = ("bold", "medi", "black", "heavy", "cmbx", "sfbx", "-bd", "demi")
_LIGATURES = {0xFB00: "ff", 0xFB01: "fi", 0xFB02: "fl", 0xFB03: "ffi", 0xFB04: "ffl", 0xFB05: "st", 0xFB06: "st"}
_CLEAN = dict.fromkeys((*range(32), *range(127, 160), 173, 65279, 65535)) | _LIGATURES | {9: " ", 0xA0: " "}


class Line(NamedTuple):
    """One printed line, or the part of it in one column. Points, the origin at the page's bottom left."""

    text: str
    left: float
    bottom: float
    right: float
    top: float
    size: float
    bold: bool
    hyphen: bool = False
    """Whether the line ends in a hyphen that pdfium took for a broken word; it is not in `text`."""
    first: int = 0
    """pdfium's numbers of the line's first and last character."""
    last: int = -1

    @property
    def height(self) -> float:
        return self.top - self.bottom


class _Box(NamedTuple):
    left: float
    bottom: float
    right: float
    top: float


class PageText:
    """What pdfium says about a page's characters."""

    def __init__(self, textpage: Any) -> None:
        self._page = textpage
        self._fonts: dict[bytes, bool] = {}
        self._doubles = [ctypes.c_double() for _ in range(4)]
        self._references = [ctypes.byref(value) for value in self._doubles]
        self._name = ctypes.create_string_buffer(128)
        self._flags = ctypes.c_int()

    def lines(self) -> list[Line]:
        """In stream order; what stands on one baseline with at most a space between is one line."""
        text = self._page.get_text_range()
        lines: list[Line] = []
        units = 0  # UTF-16 code units before the line, which is how pdfium counts its text
        for raw in text.split("\n"):
            pieces = raw.split(HYPHEN)
            for index, piece in enumerate(pieces):
                line = self._line(piece, units, hyphen=index < len(pieces) - 1)
                units += _units(piece) + 1
                if line is not None:
                    _append(lines, line)
        return lines

    def halves(self, line: Line, middle: float) -> list[Line]:
        """The two parts of a line that two columns share, cut at `middle`."""
        found = []
        for left, right in ((line.left - 1, middle), (middle, line.right + 1)):
            text = self._page.get_text_bounded(left, line.bottom + 0.3, right, line.top - 0.3).strip()
            clean = " ".join(text.replace(HYPHEN, " ").translate(_CLEAN).split())
            if clean:
                edges = (line.left, middle) if right == middle else (middle, line.right)
                broken = text.endswith(HYPHEN)
                found.append(line._replace(text=clean, left=edges[0], right=edges[1], hyphen=broken))
        return found

    def gaps(self, line: Line, narrowest: float) -> list[tuple[float, float]]:
        """Where the line has nothing printed over at least `narrowest` points, from left to right."""
        found = []
        edge = line.left
        for index in range(line.first, line.last + 1):
            box = self._box(index)
            if box.right <= box.left or chr(pdfium.FPDFText_GetUnicode(self._page, index)).isspace():
                continue
            if box.left - edge >= narrowest:
                found.append((edge, box.left))
            edge = max(edge, box.right)
        return found

    def _line(self, raw: str, units: int, hyphen: bool) -> Line | None:
        text = raw.translate(_CLEAN)
        stripped = text.strip()
        if not stripped:
            return None
        lead = _units(raw) - _units(raw.lstrip())
        first = pdfium.FPDFText_GetCharIndexFromTextIndex(self._page, units + lead)
        last = pdfium.FPDFText_GetCharIndexFromTextIndex(self._page, units + _units(raw.rstrip()) - 1)
        begin, end = self._box(first), self._box(last)
        size = abs(begin.top - begin.bottom)
        words = " ".join(stripped.split())
        if words.endswith("-") and words[-2:-1].isalpha():
            words, hyphen = words[:-1], True
        return Line(
            words,
            min(begin.left, end.left),
            min(begin.bottom, end.bottom) if first != last else begin.bottom,
            max(begin.right, end.right),
            max(begin.top, end.top),
            round(size, 1),
            self._bold(first),
            hyphen,
            first,
            last,
        )

    def _box(self, index: int) -> _Box:
        rectangle = pdfium.FS_RECTF()
        if index < 0 or not pdfium.FPDFText_GetLooseCharBox(self._page, index, rectangle):
            return _Box(0.0, 0.0, 0.0, 0.0)
        return _Box(rectangle.left, rectangle.bottom, rectangle.right, rectangle.top)

    def _bold(self, index: int) -> bool:
        length = pdfium.FPDFText_GetFontInfo(self._page, index, self._name, 128, ctypes.byref(self._flags))
        if not length or length > 128:
            return False
        name = self._name.raw[: length - 1]
        if name not in self._fonts:
            lowered = name.decode(errors="replace").lower()
            heavy = pdfium.FPDFText_GetFontWeight(self._page, index) >= BOLD_WEIGHT
            self._fonts[name] = heavy or any(mark in lowered for mark in _BOLD_NAMES)
        return self._fonts[name]


def _units(text: str) -> int:
    return len(text) + sum(character > "\uffff" for character in text)


def _append(lines: list[Line], line: Line) -> None:
    """Add a line, joined to the one before when both are parts of one printed line (an index, a raised number)."""
    if lines and not lines[-1].hyphen:
        last = lines[-1]
        overlap = min(last.top, line.top) - max(last.bottom, line.bottom)
        gap = line.left - last.right
        em = max(last.size, line.size, 1.0)
        if (
            overlap >= SAME_LINE_OVERLAP * min(last.height, line.height) > 0
            and -0.3 * em <= gap <= WIDEST_SPACE_EM * em
        ):
            space = " " if gap > NARROWEST_SPACE_EM * em else ""
            main = last if len(last.text) >= len(line.text) else line
            lines[-1] = Line(
                last.text + space + line.text,
                last.left,
                main.bottom,
                line.right,
                main.top,
                main.size,
                last.bold if len(last.text) > 2 else line.bold,
                line.hyphen,
                last.first,
                line.last,
            )
            return
    lines.append(line)
