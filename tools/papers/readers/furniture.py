"""What stands on every page but is no text: running heads and feet, page numbers, margin numbers, arXiv's stamp."""

import re
from collections import Counter

from tools.papers.readers.pdf_lines import Line

MARGIN = 0.1
"""Share of the page's height, at the top and at the bottom, where running lines stand."""
FEWEST_PAGES = 3
REPEATED = 0.2
"""Share of the pages on which a line has to stand."""
FEWEST_MARGIN_NUMBERS = 20
MOST_KEPT = 50_000
_NUMBER = re.compile(r"[-–—\s]*(?:page\s*)?(?:#+|[ivxl]{1,6})(?:\s*(?:of|/)\s*#+)?[-–—\s]*", re.IGNORECASE)
_STAMP = re.compile(r"arXiv:\S+(?:\s*\[[\w.-]+\])?\s+\d{1,2} \w{3} \d{4}")
_MARGIN_NUMBER = re.compile(r"\d{3,4}")


class Furniture:
    """Counts candidates page by page, then says which lines are furniture."""

    def __init__(self) -> None:
        self._seen: Counter[str] = Counter()
        self._pages = 0

    def count(self, lines: list[Line], height: float) -> None:
        """Look at one page of that height."""
        self._pages += 1
        if len(self._seen) < MOST_KEPT:
            self._seen.update({_key(line) for line in lines if _in_margin(line, height)})

    def remove(self, lines: list[Line], height: float) -> list[Line]:
        """The page's lines without furniture."""
        numbered = sum(1 for line in lines if _MARGIN_NUMBER.fullmatch(line.text)) >= FEWEST_MARGIN_NUMBERS
        return [line for line in lines if not self._is_furniture(line, height, numbered)]

    def _is_furniture(self, line: Line, height: float, numbered: bool) -> bool:
        if _STAMP.match(line.text) or (numbered and _MARGIN_NUMBER.fullmatch(line.text)):
            return True
        if not _in_margin(line, height):
            return False
        key = _key(line)
        return bool(_NUMBER.fullmatch(key)) or self._seen[key] >= max(FEWEST_PAGES, REPEATED * self._pages)


def _in_margin(line: Line, height: float) -> bool:
    return line.top < MARGIN * height or line.bottom > (1 - MARGIN) * height


def _key(line: Line) -> str:
    return re.sub(r"\d", "#", line.text[:200])
