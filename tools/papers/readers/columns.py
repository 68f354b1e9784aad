"""Reading order on a page: the content stream's, unless it jumps between two columns line by line."""

import itertools

from tools.papers.readers.pdf_lines import Line, PageText

WIDE = 0.55
"""Share of the text's width beyond which a line may be two columns'."""
NARROW = 0.25
"""Share below which a piece (a cell, a label) says nothing about columns."""
GUTTER_PT = 4.0
FEWEST_LINES = 6
MOST_SWITCHES = 6
"""Between columns, in a page whose stream is in reading order; tables and figures cause some."""
SHARED = 0.6
"""Of the wide lines with a gap in the middle, before they count as two columns'."""


def order_lines(page: PageText, lines: list[Line]) -> list[Line]:
    """The lines in reading order; lines that pdfium joined across the gutter are cut there."""
    if len(lines) < FEWEST_LINES:
        return lines
    left, right = min(line.left for line in lines), max(line.right for line in lines)
    middle, width = (left + right) / 2, max(right - left, 1.0)
    wide = [line for line in lines if line.right - line.left > WIDE * width and line.left < middle < line.right]
    parted = {id(line) for line in wide if page.gap_at(line, middle, GUTTER_PT)}
    if len(parted) >= FEWEST_LINES and len(parted) >= SHARED * len(wide):
        lines = [part for line in lines for part in (page.halves(line, middle) if id(line) in parted else [line])]
    elif _switches(lines, middle, width) <= MOST_SWITCHES:
        return lines
    return _by_columns(lines, middle)


def _side(line: Line, middle: float) -> str:
    if line.right <= middle + GUTTER_PT:
        return "left"
    return "right" if line.left >= middle - GUTTER_PT else "both"


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
