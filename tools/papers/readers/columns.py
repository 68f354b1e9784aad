"""Reading order on a page: the content stream's, unless it jumps between two columns line by line."""

import itertools

from tools.papers.readers.pdf_lines import Line, PageText

WIDE = 0.55
"""Share of the text's width beyond which a line may be two columns'."""
NARROW = 0.25
"""Share below which a piece (a cell, a label) says nothing about columns."""
GUTTER_PT = 5.0
"""The narrowest gap between two columns."""
SLACK_PT = 4.0
CENTRAL = 0.25
"""Share of the text's width, on each side of its middle, where a gutter may be."""
FEWEST_LINES = 6
SAMPLE = 16
MOST_SWITCHES = 6
"""Between columns, in a page whose stream is in reading order; tables and figures cause some."""
SHARED = 0.6
"""Of the wide lines with a gap at one place, before they count as two columns'."""
FEWEST_WORDS = 4
"""In each half of most lines, or it is a table."""


def order_lines(page: PageText, lines: list[Line]) -> list[Line]:
    """The lines in reading order; lines that pdfium joined across the gutter are cut there."""
    if len(lines) < FEWEST_LINES:
        return lines
    left, right = min(line.left for line in lines), max(line.right for line in lines)
    middle, width = (left + right) / 2, max(right - left, 1.0)
    wide = [line for line in lines if line.right - line.left > WIDE * width and line.left < middle < line.right]
    gutter = _gutter(page, wide, middle, width) if len(wide) >= FEWEST_LINES else None
    if gutter is None:
        return lines if _switches(lines, middle, width) <= MOST_SWITCHES else _by_columns(lines, middle)
    parted = {id(line) for line in wide if any(start < gutter < end for start, end in page.gaps(line, GUTTER_PT))}
    cut = [part for line in lines for part in (page.halves(line, gutter) if id(line) in parted else [line])]
    return _by_columns(cut, gutter)


def _gutter(page: PageText, wide: list[Line], middle: float, width: float) -> float | None:
    """The place where most wide lines have a gap with running text on both sides of it, or None."""
    sample = wide[:: max(1, len(wide) // SAMPLE)]
    reach = CENTRAL * width
    gaps = [page.gaps(line, GUTTER_PT) for line in sample]
    places = [(start + end) / 2 for found in gaps for start, end in found if abs((start + end) / 2 - middle) < reach]
    if not places:
        return None
    best = max(places, key=lambda place: sum(any(start < place < end for start, end in found) for found in gaps))
    through = [line for line, found in zip(sample, gaps, strict=True) if any(a < best < b for a, b in found)]
    if len(through) < SHARED * len(sample):
        return None
    halves = [page.halves(line, best) for line in through]
    prose = sum(len(pair) == 2 and min(map(_words, pair)) >= FEWEST_WORDS for pair in halves)
    return best if prose >= SHARED * len(through) else None


def _words(line: Line) -> int:
    return sum(map(str.isalpha, line.text.split()))


def _side(line: Line, middle: float) -> str:
    if line.right <= middle + SLACK_PT:
        return "left"
    return "right" if line.left >= middle - SLACK_PT else "both"


def _switches(lines: list[Line], middle: float, width: float) -> int:
    """How often the order goes from one column to the other, counting lines of running text alone."""
    sides = [_side(line, middle) for line in lines if line.right - line.left > NARROW * width]
    return sum(1 for before, after in itertools.pairwise(sides) if {before, after} == {"left", "right"})


def _by_columns(lines: list[Line], middle: float) -> list[Line]:
    """From top to bottom, and between two lines over the full width first the left column, then the right."""
    ordered: list[Line] = []
    band: dict[str, list[Line]] = {"left": [], "right": []}
    for line in sorted(lines, key=lambda line: -line.bottom):
        side = _side(line, middle)
        if side != "both":
            band[side].append(line)
            continue
        ordered += [*band["left"], *band["right"], line]
        band = {"left": [], "right": []}
    return [*ordered, *band["left"], *band["right"]]
