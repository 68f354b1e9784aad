"""Lines of a paper that are no part of its text: stamps, notices, page furniture, authors' addresses."""

import re

FIRST_PAGE = 120
"""Lines."""
LONGEST_LINE = 300
"""Characters; anything longer is text."""
LONGEST_MARK = 60
"""Characters of a line like "* Equal contribution"."""
LONGEST_NOTICE = 5
"""Lines of a permission notice."""
FEWEST_PROSE_WORDS = 4
_STAMP = re.compile(
    r"\s*(?:preprint\s*)?arXiv:\d{4}\.\d{4,5}(?:v\d+)?(?:\s*\[[\w.-]+\])?(?:\s+\d{1,2} \w+ \d{4})?\s*", re.IGNORECASE
)
_RUNNING = re.compile(
    r"\W{0,3}(?:(?:Published|Under review|Accepted|Submitted) (?:as|for|at|to) (?:a |an |the )?[\w ,'’&.-]{0,60}"
    r"(?:paper|publication|workshop|conference|journal)\b[\w ,'’&.:-]{0,80}|Preprint\.?(?: Under review\.?)?"
    r"|Paper under double-blind review|Anonymous authors?)\W*"
)
"""Stands alone on its line, on any page."""
_NOTICE = re.compile(
    r"\W{0,3}(?:Proceedings of (?:the |Machine )|Copyright |©|\([cC]\) (?:19|20)\d\d|Licensed under "
    r"|This work is licensed|This is an open access|Permission to make digital|Provided proper attribution"
    r"|Authorized licensed use|All rights reserved|Creative Commons"
    r"|\d+(?:st|nd|rd|th) (?:International )?Conference on "
    r"|(?:January|February|March|April|May|June|July|August|September|October|November|December)"
    r" \d{1,2}\s*[-–]\s*\d{1,2}, \d{4})"
)
"""Begins a line of the first page."""
_OPEN_NOTICE = re.compile(r"\W{0,3}(?:Permission to make|Provided proper attribution|This work is licensed)")
_RULE = re.compile(
    r"\s*(?:-{3,}|_{3,}|\*{3,}|\f|(?:page\s+)?\d{1,4}\s+of\s+\d{1,4}|page\s+\d{1,4}|-\s?\d{1,4}\s?-)\s*", re.IGNORECASE
)
_MAIL = re.compile(r"[\w.+-]+@[\w-]+\.\w|\{[^{}]{1,80}\}@|@\w[\w.-]+\.\w{2,}")
_PLACE = re.compile(
    r"\b(?:universit|institut|department|dept\.|laborator|school of|college|faculty|academy|research (?:cent|lab|asia)"
    r"|google (?:brain|research)|deepmind|microsoft|facebook"
    r"|meta ai|corporation|\binc\.|\bltd|\bcorp\.|allen institute)",
    re.IGNORECASE,
)
_EQUAL = re.compile(r"\W{0,4}(?:equal contribution|corresponding author|these authors contributed)", re.IGNORECASE)
_SMALL_WORDS = {"of", "the", "and", "for", "in", "at", "de", "di", "la", "und"}


class LineKinds:
    """Says of each line in turn what it is; remembers a notice that goes over several lines."""

    def __init__(self, front: int) -> None:
        """`front`: how many lines stand before the first section, among them the authors and their places."""
        self._front = front
        self._notice = 0

    def kind(self, line: str, number: int, after_blank: bool) -> str:
        """`boilerplate`, `page_furniture`, `contacts`, or nothing for text. `number` counts lines from 1."""
        if not line.strip() or len(line) > LONGEST_LINE:
            self._notice = 0
            return ""
        if self._is_notice(line, number) or _STAMP.fullmatch(line) or _RUNNING.fullmatch(line):
            return "boilerplate"
        if after_blank and _RULE.fullmatch(line):
            return "page_furniture"
        address = number <= self._front and (_MAIL.search(line) or _PLACE.search(line)) and "http" not in line
        if (address and not _is_prose(line)) or (_EQUAL.match(line) and len(line) <= LONGEST_MARK):
            return "contacts"
        return ""

    def _is_notice(self, line: str, number: int) -> bool:
        if self._notice:
            self._notice = 0 if line.rstrip().endswith(".") else self._notice - 1
            return True
        if number > FIRST_PAGE or not _NOTICE.match(line):
            return False
        if _OPEN_NOTICE.match(line) and not line.rstrip().endswith("."):
            self._notice = LONGEST_NOTICE - 1
        return True


def _is_prose(line: str) -> bool:
    """Whether a line holds words that names and addresses do not have."""
    words = [word for word in line.split() if word.isalpha() and word.islower()]
    return sum(word not in _SMALL_WORDS for word in words) >= FEWEST_PROSE_WORDS
