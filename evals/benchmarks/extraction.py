"""How much of a paper survives extraction, and how fast: `python -m evals.benchmarks.extraction PAPER.pdf … [--json]`.

Each paragraph of prose of the reference (tables, formulas and labels aside, which no two readers order alike) is cut
into pieces of 60 characters without white space; a piece counts when it stands in the extracted text. The reference of
a PDF is what `--reference FILE` holds (its LaTeX source, or a text of it), else what poppler's pdftotext reads, a
program that shares no code with pdfium. Hyphens are left aside in the first figure, for pdftotext drops every one at a
line's end ("stateof-the-art"), and counted in the second. Side by side with pypdfium2's plain `get_text_range`; pages
per second also of COPIES copies in one file, where starting a process no longer counts.
"""

import argparse
import json
import re
import shutil
import subprocess
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import pypdfium2

from tools.papers.cleaning import clean
from tools.papers.extract import extract

PIECE = 60
TARGET = 0.94
REPEATS = 3
COPIES = 20
FEWEST_WORDS = 15
"""Of a block of the reference that counts as prose."""
LETTERS = 0.85
"""The share of a block's characters other than white space that are letters, for it to be prose."""
LIGATURES = {"ﬀ": "ff", "ﬁ": "fi", "ﬂ": "fl", "ﬃ": "ffi", "ﬄ": "ffl"}
_SOURCE_ONLY = re.compile(
    r"\$[^$]*\$|\\begin\{(\w+\*?)\}.*?\\end\{\1\}|\[[^\]\n]*\]|\w+:[\w-]+|^(?:#+|-|Figure:|Table:) |\(footnote:.*$",
    re.DOTALL | re.MULTILINE,
)
"""What a LaTeX source's text says otherwise than the printed page: formulas, citations, labels, footnotes in place."""


def main() -> None:
    """Print, or with --json dump, the share found and the pages per second of both ways."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("papers", nargs="+", type=Path)
    parser.add_argument("--reference", type=Path)
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args()
    results = [measure(paper, options.reference) for paper in options.papers]
    print(json.dumps(results) if options.json else "\n".join(map(describe, results)))


def measure(paper: Path, reference: Path | None) -> dict[str, str | float]:
    """One paper, both ways; shares are of the reference's pieces."""
    with tempfile.TemporaryDirectory() as folder:
        place = Path(folder)
        said, pieces = _reference(paper, reference, place)
        ours, cleaned = place / "ours.txt", place / "clean.txt"
        our_time = _best_of(lambda: extract(paper, ours))
        plain_time = _best_of(lambda: plain_text(paper))
        pages = len(pypdfium2.PdfDocument(paper))
        kept = clean(ours, cleaned)
        long = _copies(paper, place / "long.pdf")
        long_time = _best_of(lambda: extract(long, place / "long.txt"))
        long_plain_time = _best_of(lambda: plain_text(long))
        return {
            "paper": paper.name,
            "reference": said,
            "pieces": len(pieces),
            "arxla": found_share(pieces, ours.read_text()),
            "plain": found_share(pieces, plain_text(paper)),
            "arxla_no_hyphens": found_share(pieces, ours.read_text(), hyphens=False),
            "plain_no_hyphens": found_share(pieces, plain_text(paper), hyphens=False),
            "arxla_pages_per_s": pages / our_time,
            "plain_pages_per_s": pages / plain_time,
            "arxla_long_pages_per_s": COPIES * pages / long_time,
            "plain_long_pages_per_s": COPIES * pages / long_plain_time,
            "cleaned_away": 1 - kept.characters_after / kept.characters_before,
        }


def plain_text(paper: Path) -> str:
    """What pypdfium2 gives with no work of ours."""
    document = pypdfium2.PdfDocument(paper)
    return "\n".join(page.get_textpage().get_text_range() for page in document)


def _copies(paper: Path, target: Path) -> Path:
    document = pypdfium2.PdfDocument.new()
    source = pypdfium2.PdfDocument(paper)
    for _ in range(COPIES):
        document.import_pages(source)
    document.save(target)
    return target


def found_share(pieces: list[str], text: str, hyphens: bool = True) -> float:
    """The share of pieces that stand in the text, hyphens counted or not."""
    haystack = normalise(text)
    if not hyphens:
        haystack = haystack.replace("-", "").replace("\ufffe", "")
        pieces = [piece.replace("-", "") for piece in pieces]
    return sum(piece in haystack for piece in pieces) / len(pieces)


def normalise(text: str) -> str:
    """Without white space and headings' marks; ligatures spelt out, one kind of quotation marks and dashes."""
    text = re.sub(r"^#{1,6} ", "", text, flags=re.MULTILINE)
    text = re.sub("[‘’`´]", "'", re.sub("[“”]|''|``", '"', text))
    text = re.sub("[‐‑–—]|--+", "-", text)
    for ligature, letters in LIGATURES.items():
        text = text.replace(ligature, letters)
    return "".join(text.split())


def cut(text: str) -> list[str]:
    """Consecutive pieces of PIECE characters of each block of prose; a block's rest is left out."""
    pieces = []
    for block in re.split(r"\n\s*\n|\f", text):
        flat = normalise(block)
        if len(block.split()) >= FEWEST_WORDS and sum(map(str.isalpha, flat)) >= LETTERS * len(flat):
            pieces += [flat[place : place + PIECE] for place in range(0, len(flat) - PIECE + 1, PIECE)]
    return pieces


def _reference(paper: Path, reference: Path | None, place: Path) -> tuple[str, list[str]]:
    """What the reference is, and its pieces."""
    if reference is None:
        if shutil.which("pdftotext") is None:
            raise SystemExit("Give --reference FILE, or install poppler-utils: there is no pdftotext to compare with.")
        command = ["pdftotext", "-enc", "UTF-8", str(paper), "-"]
        text = subprocess.run(command, capture_output=True, check=True, timeout=120).stdout.decode()
        return "the prose of poppler's pdftotext", cut(text)
    if reference.suffix != ".tex":
        return f"the prose of {reference.name}", cut(reference.read_text())
    source = place / "reference.txt"
    extract(reference, source)
    blocks = _SOURCE_ONLY.sub("\n\n", source.read_text())
    return f"the prose of {reference.name} between its formulas", cut(blocks)


def _best_of(act: Callable[[], object]) -> float:
    times = []
    for _ in range(REPEATS):
        began = time.perf_counter()
        act()
        times.append(time.perf_counter() - began)
    return min(times)


def describe(result: dict[str, str | float]) -> str:
    """Both sides on four lines."""
    verdict = "met" if float(result["arxla_no_hyphens"]) >= TARGET else "NOT met"
    return (
        f"{result['paper']}: {result['pieces']} pieces of {PIECE} characters, reference: {result['reference']}\n"
        f"  found by arxla            {result['arxla_no_hyphens']:.1%}, with hyphens {result['arxla']:.1%}"
        f"   (at least {TARGET:.0%}: {verdict})\n"
        f"  found by plain pypdfium2  {result['plain_no_hyphens']:.1%}, with hyphens {result['plain']:.1%}\n"
        f"  pages per second          arxla {result['arxla_pages_per_s']:.0f}, "
        f"plain {result['plain_pages_per_s']:.0f}; "
        f"{COPIES} copies in one file: arxla {result['arxla_long_pages_per_s']:.0f}, "
        f"plain {result['plain_long_pages_per_s']:.0f}\n"
        f"  cleaning takes {result['cleaned_away']:.1%} of the text away"
    )


if __name__ == "__main__":
    main()
