"""Where in a paper a line stands, and how much a dataset named there counts."""

import re
from dataclasses import dataclass
from typing import Literal

Place = Literal["title", "abstract", "introduction", "method", "experiments", "table", "related", "references",
                "appendix", "body"]  # fmt: skip

WEIGHTS: dict[Place, float] = {
    "title": 5.0,
    "abstract": 3.0,
    "experiments": 3.0,
    "table": 2.0,
    "method": 1.5,
    "introduction": 1.0,
    "body": 1.0,
    "appendix": 0.7,
    "related": 0.3,
    "references": 0.05,
}
HEADINGS: tuple[tuple[Place, re.Pattern[str]], ...] = (
    ("abstract", re.compile(r"abstract", re.IGNORECASE)),
    ("references", re.compile(r"references|bibliography", re.IGNORECASE)),
    ("related", re.compile(r"related|previous work|prior work|background|literature", re.IGNORECASE)),
    ("experiments", re.compile(
        r"experiment|evaluation|dataset|data set|^data$|benchmark|results|training|setup|implementation", re.IGNORECASE
    )),
    ("introduction", re.compile(r"introduction|motivation", re.IGNORECASE)),
    ("method", re.compile(r"method|model|approach|architecture|algorithm|problem", re.IGNORECASE)),
    ("appendix", re.compile(r"appendix|supplement|additional|acknowledg|limitations|broader impact", re.IGNORECASE)),
    ("body", re.compile(r"conclusion|discussion|analysis|future|ablation", re.IGNORECASE)),
)  # fmt: skip
HEADING = re.compile(
    r"^(?:#{1,6}\s+(?P<markdown>.+)|\s*\\(?:sub)*section\*?\{(?P<latex>[^}]*)\}?.*"
    r"|(?:\d{1,2}|[A-Z])(?:\.\d{1,2})*\.?\s+(?P<numbered>[A-Z][^.:;=,]{2,70})"
    r"|\**(?P<bare>abstract|references|bibliography|related works?|introduction|experiments?|appendix)\**\s*[:.]?)\s*$",
    re.IGNORECASE,
)
BEGINS_ABSTRACT = re.compile(r"^\s*(?:\\begin\{abstract\}|\**abstract\**\s*[-—:.])", re.IGNORECASE)
TABLE = re.compile(r"\|.*\||[^&\n]*(?<!\\)&[^&\n]*(?<!\\)&|Table \d+[:.]|\\caption\b")
LONGEST_ROW = 2000
FIRST_LINES = 300
"""Characters in which a title stands, when no heading says so."""


@dataclass
class Reader:
    """Follows a paper line by line; a text that begins with no title is body all along."""

    place: Place = "body"
    marked: bool = False
    """Whether headings begin with #, as in extracted text, so that nothing else is one."""

    @classmethod
    def of(cls, opening: str) -> "Reader":
        """A reader that knows from a paper's opening whether its first lines are a title."""
        has_title = re.search(r"^\s*(?:#\s|\\title\b)|\babstract\b", opening, re.IGNORECASE) is not None
        return cls("title" if has_title else "body", re.search(r"^## \S", opening, re.MULTILINE) is not None)

    def read(self, line: str, offset: int) -> Place:
        """The place of the line that begins at character `offset`."""
        if BEGINS_ABSTRACT.match(line):
            self.place = "abstract"
        elif (heading := heading_of(line, self.marked)) and not (
            self.place == "title" and offset < FIRST_LINES and _is_title(line)
        ):
            self.place = self._under(heading)
        elif self.place == "title" and offset > FIRST_LINES:
            self.place = "body"
        row = len(line) <= LONGEST_ROW and TABLE.match(line.lstrip())
        return "table" if row and self.place not in ("references", "related") else self.place

    def _under(self, heading: str) -> Place:
        for place, pattern in HEADINGS:
            if pattern.search(heading):
                return place
        return "appendix" if self.place in ("references", "appendix") else "body"


def heading_of(line: str, marked: bool = False) -> str | None:
    """The words of a heading, or None: Markdown, LaTeX, and unless `marked` also "3.1 Data" and a bare "References"."""
    if len(line) > 200 or (marked and not line.startswith("#")):
        return None
    match = HEADING.match(line)
    return next((words for words in match.groups() if words), "") if match else None


def _is_title(line: str) -> bool:
    return line.startswith("# ")
