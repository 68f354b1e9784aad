"""A chunk as sentences, table rows and displayed lines, each verbatim (white space apart) and with its kind of"
" section."""

import re
from dataclasses import dataclass
from functools import cached_property
from typing import Literal

from agents.expert.papers.notation import plain, without_citations
from tools.papers.headings import heading

SectionKind = Literal["abstract", "introduction", "method", "training", "experiments", "related", "theory",
    "conclusion",
                      "references", "appendix", "other"]  # fmt: skip

KINDS: dict[SectionKind, str] = {
    "abstract": r"abstract",
    "references": r"^references|bibliograph|acknowledg|author contrib",
    "related": r"related|prior work|previous work|literature|background",
    "training": r"train|optimi[sz]|hyper-?param|implementation|setup|set-up|settings?\b|regulari[sz]|schedule|recipe"
    r"|fine-?tun|learning rate|hardware|methodology|configuration|batching",
    "theory": r"proof|theorem|lemma|theory|convergence|preliminar|notation",
    "method": r"method|model|architecture|approach|network|attention|encod|decod|embedd|layer|block|algorithm|loss"
    r"|objective|formulation|quantization|kernel|problem|sampler|convolution|backbone|represent",
    "experiments": r"experiment|evaluation|results?|benchmark|dataset|comparison|ablation|performance|analysis"
    r"|classification|detection|segmentation|translation|study|baselines?",
    "introduction": r"introduction|motivation|overview|contribution",
    "conclusion": r"conclusion|discussion|limitation|future|impact|why ",
    "appendix": r"appendix|supplement|additional|details",
}
"""What words of a heading announce; the first that fits holds."""
ABBREVIATIONS = re.compile(
    r"(?:\bet al|\be\.g|\bi\.e|\bFigs?|\bEqs?|\bSecs?|\bTab|\bvs|\bcf|\bresp|\bapprox|\bRef|\bNo|\bw\.r\.t|\bDr"
    r"|\b[A-Z])\.$"
)
ENDS = re.compile(r"[.!?][)\]}”\"']*(?=\s+(?:[A-Z\\$“(\[0-9]|$))")
MARKUP = re.compile(
    r"^\s*(?:\\(?:begin|end|label|centering|hline|toprule|midrule|bottomrule|includegraphics|vspace|noindent|cmidrule"
    r"|maketitle|paragraph|author|title|footnotetext|item\s*$)|!\[|</?\w+|[{}\]\[\\]+\s*$)"
)
BULLET = re.compile(r"^\s*(?:[-•*]|\\item(?:\[[^\]]*\])?|\(?\d{1,2}[.)])\s+")
DISPLAY_BEGINS = re.compile(
    r"^\s*(?:\\\[|\$\$|\\begin\{(?:equation|align|gather|multline|eqnarray|displaymath|math)\*?\})"
)
DISPLAY_ENDS = re.compile(
    r"(?:\\\]|\$\$|\\end\{(?:equation|align|gather|multline|eqnarray|displaymath|math)\*?\})\s*[.,]?\s*$"
)
RUN_IN_HEADING = re.compile(r"(\\(?:sub)*(?:section|paragraph)\*?\{[^{}]*\}(?:\s*\\label\{[^{}]*\})?)")
SPACED_OUT = re.compile(r"(?:\b[a-z]\s){4,}")
"""Code that lost its letters' kerning: "i m g i n d"."""
LATEX_HEADING = re.compile(r"\s*\\(?:sub)*section\*?\{([^{}]*)\}")
LONGEST_SENTENCE = 700
LONGEST_DISPLAY_LINES = 30
LONGEST_PASSAGE = 2000
CELLS = re.compile(r"\s*(?<!\\)&\s*|\s*\|\s*")


@dataclass(frozen=True)
class Passage:
    """One piece of a chunk. Its text stands in the chunk, runs of white space being one blank."""

    text: str
    form: Literal["sentence", "row", "equation", "caption", "heading"]
    section: SectionKind
    place: int
    """From 0, in the order of the chunk."""
    broken: bool = False
    """A sentence that a display, a figure or the chunk's edge cut off."""

    @cached_property
    def plain(self) -> str:
        """The text without citations and LaTeX's marks."""
        return plain(without_citations(self.text))


def section_kind(heading: str, inside: SectionKind = "other") -> SectionKind:
    """What a heading announces; `inside` holds on when it tells nothing."""
    return next((kind for kind, words in KINDS.items() if re.search(words, heading, re.IGNORECASE)), inside)


def read_passages(text: str, section: str = "") -> list[Passage]:
    """Every passage of a chunk that begins in the section of that heading."""
    reader = _Reader(section_kind(section))
    lines = RUN_IN_HEADING.sub(r"\n\1\n", text).splitlines()
    position = 0
    while position < len(lines):
        position = reader.take(lines, position)
    reader.flush(cut=True)
    return reader.passages


class _Reader:
    """Gathers lines of prose into a paragraph until something else begins."""

    def __init__(self, section: SectionKind) -> None:
        self.section: SectionKind = section
        self.passages: list[Passage] = []
        self._lines: list[str] = []

    def take(self, lines: list[str], position: int) -> int:
        """Read from one line on and return the next to read."""
        line = lines[position]
        if not line.strip():
            self.flush(cut=False)
        elif DISPLAY_BEGINS.match(line):
            return self._display(lines, position)
        elif (found := _heading(line)) is not None:
            self.flush(cut=False)
            self.section = section_kind(found, self.section if self.section in ("references", "appendix") else "other")
            self._add(line, "heading")
        elif MARKUP.match(line):
            self.flush(cut=False)
        elif is_row(line):
            self.flush(cut=True)
            self._add(line, "row")
        elif is_equation(line):
            self.flush(cut=True)
            self._add(line, "equation")
        else:
            if BULLET.match(line):
                self.flush(cut=False)
            self._lines.append(line)
        return position + 1

    def flush(self, *, cut: bool) -> None:
        """Turn the gathered lines into sentences; `cut` when the last may go on elsewhere."""
        paragraph = BULLET.sub("", " ".join(" ".join(self._lines).split()), count=1)
        self._lines = []
        caption = re.match(r"(?:\\caption\b|\**(?:Table|Figure|Fig\.)\s*\d*\s*[:.])", paragraph)
        for sentence in split_sentences(paragraph):
            whole = sentence[-1] in ".!?:)”\"'"
            self._add(sentence, "caption" if caption else "sentence", broken=not whole and cut)

    def _display(self, lines: list[str], position: int) -> int:
        """A displayed equation, up to its end."""
        self.flush(cut=True)
        last = position
        while last < len(lines) - 1 and last - position < LONGEST_DISPLAY_LINES:
            opened = last > position or len(lines[last].strip()) > 2
            if opened and DISPLAY_ENDS.search(lines[last]) and not (last == position and lines[last].strip() == "$$"):
                break
            last += 1
        self._add("\n".join(lines[position : last + 1]), "equation")
        return last + 1

    def _add(
        self, text: str, form: Literal["sentence", "row", "equation", "caption", "heading"], broken: bool = False
    ) -> None:
        joined = " ".join(text.split())[:LONGEST_PASSAGE]
        self.passages.append(Passage(joined, form, self.section, len(self.passages), broken))


def _heading(line: str) -> str | None:
    """What a heading says, in extracted text or in LaTeX as it was written."""
    marked, latex = heading(line), LATEX_HEADING.match(line)
    return marked.text if marked else latex[1] if latex else None


def split_sentences(paragraph: str) -> list[str]:
    """Sentences of one paragraph, abbreviations and initials heeded."""
    sentences, start = [], 0
    for end in ENDS.finditer(paragraph):
        piece = paragraph[start : end.end()]
        if ABBREVIATIONS.search(piece) or len(piece) < 3:
            continue
        sentences.append(piece.strip())
        start = end.end()
    sentences.append(paragraph[start:].strip())
    return [sentence[:LONGEST_SENTENCE] for sentence in sentences if sentence]


def is_row(line: str) -> bool:
    """A table's row: cells apart by | or by LaTeX's &, or a few words followed by numbers."""
    parted = line.count("|") >= 2 or (line.count("&") >= 1 and (line.rstrip().endswith("\\\\") or line.count("&") >= 3))
    if parted and len(line) < 400:
        return True
    words = re.findall(r"[^\W\d_]{2,}", line)
    return (
        len(line) < 90
        and 1 <= len(words) <= 6
        and bool(re.search(r"\s\(?[-\d.,{×]+[KkM%]?\)?\s*$", line))
        and not re.search(r"[.=]\s*$", line)
    )


def is_equation(line: str) -> bool:
    """A line of its own that is more symbols than words."""
    if ("=" not in line and "≤" not in line) or len(line) > 160:
        return False
    if SPACED_OUT.search(line):
        return False
    words = re.findall(r"(?<![\\\w])[a-z]{3,}(?![\w(])", line)
    symbols = len(re.findall(r"[=+\-−*/^_(){}\[\]|∑∏√∈·×≤≥<>,]", line))
    return len(words) <= 2 and symbols >= 3


def cells(row: str) -> list[str]:
    """The cells of a row; where nothing separates them, the words and then the numbers."""
    parted = [cell.strip(" \\*_") for cell in CELLS.split(row.strip().strip("|")) if cell.strip(" \\*_-:")]
    if len(parted) > 1:
        return parted
    match = re.match(r"(?P<words>.*?[^\W\d]\)?)\s+(?P<rest>[({]?[-\d.].*)$", row.strip())
    return [match["words"], match["rest"]] if match else parted


def is_prose(text: str, least_words: int = 5) -> bool:
    """Whether a sentence is words for the most part, not a broken formula or a table's remains."""
    letters = sum(map(str.isalpha, text)) + text.count(" ")
    words = re.findall(r"[^\W\d_]{2,}", text)
    broken = len(re.findall(r"[\[\]{}\\|_]", text))
    begins = text[0] not in ".,;)"
    return begins and letters > 0.6 * len(text) and len(words) >= least_words and broken <= 0.07 * len(text)
