"""The one convention for headings in extracted text: a line that begins with one to six `#` and a space.

`# ` is the paper's title, `## ` a section, `### ` and deeper what is below. Nothing else in an extracted text begins a
line so: extraction indents such lines (a comment in code, a shell prompt) by one space.
"""

import re
from typing import NamedTuple

LONGEST_HEADING = 200
HEADING = re.compile(rf"^(#{{1,6}}) (\S[^\n]{{0,{LONGEST_HEADING}}})$", re.MULTILINE)
"""Level (as `#`s) and text of each heading line in a text; the text may end in white space."""
_NAMES = (
    r"abstract|introduction|related works?|background|preliminaries|methods?|methodology|approach|experiments?|"
    r"experimental (?:setup|results)|results(?: and discussion)?|discussion|conclusions?|conclusions? and future work|"
    r"limitations|broader impacts?|(?:broader )?impact statement|ethics statement|reproducibility statement|"
    r"acknowledge?ments?|references|bibliography|appendix|appendices|supplementary materials?"
)
_NAME = re.compile(rf"(?:{_NAMES})[.:]?", re.IGNORECASE)
_NUMBER = re.compile(
    r"(?P<number>\d{1,2}(?:\.\d{1,2}){0,3}|[A-Z](?:\.\d{1,2}){1,3}|[A-Z]|[IVX]{2,5})\.?\s+(?P<rest>\S.*)"
)
_REFERENCES = re.compile(
    r"(?:\d{1,2}\.?\s+|[A-Z]\.?\s+)?(?:references(?: and notes)?|bibliography|works cited|literature cited)[.:]?",
    re.IGNORECASE,
)
_THANKS = re.compile(r"(?:\d{1,2}\.?\s+|[A-Z]\.?\s+)?acknowledge?ments?(?: and [\w ]{1,40})?[.:]?", re.IGNORECASE)


class Heading(NamedTuple):
    level: int
    text: str


def heading(line: str) -> Heading | None:
    """The heading that a line of extracted text is, or None."""
    match = HEADING.match(line) if line.startswith("#") else None
    return Heading(len(match[1]), match[2].strip()) if match else None


def format_heading(level: int, text: str) -> str:
    """A heading line, without its newline."""
    return f"{'#' * min(max(level, 1), 6)} {' '.join(text.split())}"[:LONGEST_HEADING]


def shield(line: str) -> str:
    """A line that is no heading, made so that it does not look like one."""
    return f" {line}" if line.startswith("#") and HEADING.match(line) else line


def known_name(text: str) -> bool:
    """Whether a text, its number aside, is what papers call their sections: Abstract, Introduction, References …"""
    match = _NUMBER.fullmatch(text)
    return bool(_NAME.fullmatch(match["rest"] if match else text))


def number_of(text: str) -> tuple[int, str] | None:
    """The depth of a heading's number ("3.1 Data": 2, "A Proofs": 1) and the text behind it; None without one."""
    match = _NUMBER.fullmatch(text)
    return (match["number"].count(".") + 1, match["rest"]) if match else None


def is_references(text: str) -> bool:
    """Whether a heading's text names the list of references."""
    return bool(_REFERENCES.fullmatch(text.strip()))


def is_thanks(text: str) -> bool:
    """Whether a heading's text names the acknowledgements."""
    return bool(_THANKS.fullmatch(text.strip()))
