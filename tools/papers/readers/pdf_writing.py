"""Printed lines as text: title, headings by their print and wording, paragraphs by the space between lines."""

from tools.papers.headings import known_name, number_of
from tools.papers.readers.pdf_lines import Line
from tools.papers.readers.writer import TextWriter

LARGER = 1.08
"""Times the body's size: a heading's, beside bold print."""
MUCH_LARGER = 1.15
LONGEST_HEADING = 120
MOST_WORDS = 16
PARAGRAPH_STEP = 1.7
"""Times the line's height, from one base line to the next, beyond which a new paragraph begins."""
SHORT_LINE = 12
"""Characters; many such lines in a row are labels of a figure or cells of a column, and are set in one line."""
FEWEST_SHORT = 6
LONGEST_RUN = 300
LONGEST_TITLE = 250
FRONT_CHARACTERS = 1500
"""Authors and places; print that is large there is no section."""


def find_title(lines: list[Line], body: float) -> list[int]:
    """Places of the first page's title lines: the largest print above the abstract, one block of it."""
    upper = next((place for place, line in enumerate(lines) if known_name(line.text)), len(lines))
    named = [
        place
        for place, line in enumerate(lines[:upper])
        if "@" not in line.text and sum(map(str.isalpha, line.text)) >= 4 and line.size >= LARGER * body
    ]
    if not named:
        return []
    largest = max(lines[place].size for place in named)
    first = next(place for place in named if lines[place].size >= 0.95 * largest)
    block = [first]
    for place in range(first + 1, upper):
        near = lines[place - 1].bottom - lines[place].bottom <= 2.2 * lines[place].size
        if lines[place].size < 0.95 * largest or not near or "@" in lines[place].text:
            break
        block.append(place)
    return block if sum(len(lines[place].text) for place in block) <= LONGEST_TITLE else block[:1]


class PageWriter:
    """Writes pages of lines, remembering the last line across them."""

    def __init__(self, writer: TextWriter, body: float, title: list[int], metadata: str) -> None:
        self._writer = writer
        self._body = body
        self._title = title
        self._last: Line | None = None
        self._heading: tuple[int, list[Line]] | None = None
        self._short: list[str] = []
        self._sizes: set[float] = set()
        """Of the headings that wording made sure of."""
        if not title and metadata:
            writer.heading(1, metadata)

    def page(self, lines: list[Line]) -> None:
        """One page's lines, furniture and broken words done with."""
        if self._title:
            self._writer.heading(1, " ".join(lines[place].text for place in self._title if place < len(lines)))
            lines = [line for place, line in enumerate(lines) if place not in self._title]
            self._title = []
        for line in lines:
            self._line(line)
        self._flush_short()
        self._flush_heading()

    def _line(self, line: Line) -> None:
        level = self._level(line)
        if self._heading is not None and level is None and self._continues(line):
            self._heading[1].append(line)
            return
        self._flush_heading()
        if level is not None:
            self._flush_short()
            self._heading = (level, [line])
            return
        if self._last is not None and self._new_paragraph(self._last, line):
            self._flush_short()
            self._writer.blank()
        self._last = line
        if len(line.text) <= SHORT_LINE:
            self._short.append(line.text)
            if sum(map(len, self._short)) > LONGEST_RUN:
                self._flush_short()
            return
        self._flush_short()
        self._writer.line(line.text)

    def _flush_short(self) -> None:
        if len(self._short) >= FEWEST_SHORT:
            self._writer.line(" ".join(self._short))
        else:
            for text in self._short:
                self._writer.line(text)
        self._short = []

    def _flush_heading(self) -> None:
        if self._heading is not None:
            level, lines = self._heading
            self._writer.heading(level, " ".join(line.text for line in lines))
            self._last = None
            self._heading = None

    def _level(self, line: Line) -> int | None:
        """The heading level that a line's wording and print make it, or None."""
        text = line.text
        if not 3 <= len(text) <= LONGEST_HEADING or len(text.split()) > MOST_WORDS or not line.size:
            return None
        large = line.size >= LARGER * self._body
        if not (large or line.bold or text.isupper()) or line.size < 0.85 * self._body:
            return None
        numbered = number_of(text)
        if known_name(text):
            self._sizes.add(line.size)
            return numbered[0] + 1 if numbered else 2
        if text[-1] in ".,;:" or text[0] == "0" or sum(map(str.isalpha, text)) < 0.5 * len(text):
            return None
        if numbered is not None and numbered[1][0].isupper() and (large or line.bold):
            self._sizes.add(line.size)
            return numbered[0] + 1
        usual = not self._sizes or any(abs(line.size - size) <= 0.03 * size for size in self._sizes)
        much = line.size >= MUCH_LARGER * self._body and line.bold and usual
        return 2 if much and text[0].isupper() and self._writer.said > FRONT_CHARACTERS else None

    def _continues(self, line: Line) -> bool:
        assert self._heading is not None
        last = self._heading[1][-1]
        alike = abs(last.size - line.size) <= 0.04 * last.size and last.bold and line.bold
        step = last.bottom - line.bottom
        full = len(last.text) > 25
        return alike and full and 0 < step <= 1.6 * line.size and len(self._heading[1]) < 3 and len(line.text) <= 80

    @staticmethod
    def _new_paragraph(last: Line, line: Line) -> bool:
        step = last.bottom - line.bottom
        ended = last.text[-1] in '.!?:”"'
        if step <= 0:  # another column or page
            return ended and line.text[0].isupper()
        if step > PARAGRAPH_STEP * max(last.height, line.height):
            return True
        return ended and 0.5 * line.size < line.left - last.left < 4 * line.size and line.text[0].isupper()
