"""`python -m evals.recommendation [PAPERS]`: how often the right available dataset is recommended.

The table is `recommendation.json`: short phrasings and real papers, each with the datasets that are right for it; where
more than one is, any of them counts. `PAPERS` is the folder of the papers; without it, or for a paper that is not
there, that line is skipped and named. Phrases marked `held_out` were written last and nothing was tuned on them.
"""

import argparse
import json
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from agents.contracts import BriefRequest, ChunkRequest, DatasetRequest, Researcher
from agents.expert import ExpertChunkReader, ExpertResearcher, ExpertSummarizer
from tools.papers.brief import PaperBrief
from tools.papers.chunks import read_chunk, split
from tools.papers.extract import extract
from tools.recommend import find_mentions, recommend
from tools.recommend.recommendation import AVAILABLE

TABLE = Path(__file__).with_suffix(".json")
WAYS = ("patterns", "with the expert")


@dataclass(frozen=True)
class Case:
    """One line of the table, its text in a file."""

    name: str
    part: str
    """phrases, held out or papers."""
    text: Path
    title: str
    abstract: str
    accepted: tuple[str, ...]


@dataclass(frozen=True)
class Result:
    """What was recommended for a case, by each of WAYS."""

    case: Case
    recommended: tuple[str, str]

    def right(self, way: int) -> bool:
        return self.recommended[way] in self.case.accepted


def cases(table: dict[str, Any], papers: Path | None, scratch: Path) -> Iterator[Case | str]:
    """Every line of the table, or the reason why it is skipped."""
    for number, phrase in enumerate(table["phrases"]):
        place = scratch / f"phrase-{number}.txt"
        place.write_text(phrase["text"], encoding="utf-8")
        part = "held out" if phrase.get("held_out") else "phrases"
        yield Case(phrase["text"], part, place, "", "", tuple(phrase["accept"]))
    for paper in table["papers"]:
        if papers is None or not (papers / paper["file"]).exists():
            yield f"{paper['file']}: not found" + (
                "; give the folder of the papers" if papers is None else f" in {papers}"
            )
            continue
        yield text_of_paper(papers / paper["file"], scratch, tuple(paper["accept"]))


def load_table() -> dict[str, Any]:
    """`phrases` and `papers`, a line each."""
    table: dict[str, Any] = json.loads(TABLE.read_text(encoding="utf-8"))
    return table


def text_of_paper(file: Path, scratch: Path, accepted: tuple[str, ...]) -> Case:
    """A paper's line, its text extracted into `scratch`."""
    place = scratch / f"{file.name}.text"
    text = extract(file, place)
    return Case(file.name, "papers", place, text.title, text.abstract, accepted)


def decide(case: Case, researcher: Researcher | None = None) -> Result:
    """By patterns alone, and by patterns with a researcher's advice (the expert's unless one is given)."""
    mentions, available = find_mentions(case.text), list(AVAILABLE)
    request = DatasetRequest(brief=_brief(case), abstract=case.abstract, mentions=mentions, available=available)
    advice = (researcher or ExpertResearcher()).recommend(request)
    return Result(case, (recommend(mentions, None, available).primary, recommend(mentions, advice, available).primary))


def _brief(case: Case) -> PaperBrief:
    reader = ExpertChunkReader()
    chunks = split(case.text, chunk_characters=reader.chunk_characters)
    summaries = [
        reader.read(
            ChunkRequest(
                paper_title=case.title, section=chunk.section, number=chunk.number, of=len(chunks),
                text=read_chunk(case.text, chunk),
            )
        )
        for chunk in chunks
    ]  # fmt: skip
    abstract = case.abstract or (case.text.read_text(encoding="utf-8") if case.part != "papers" else "")
    return ExpertSummarizer().brief(
        BriefRequest(paper_id=case.name[:40], title=case.title, abstract=abstract, summaries=summaries)
    )


def report(results: list[Result], details: bool) -> Iterator[str]:
    """Lines for a reader: accuracy by part and way, then what went wrong."""
    for part in ("phrases", "held out", "papers", "all"):
        of = [one for one in results if part in (one.case.part, "all")]
        if not of:
            yield f"{part:9} none"
            continue
        counts = [sum(one.right(way) for one in of) for way in (0, 1)]
        told = [f"{way} {count}/{len(of)} ({count / len(of):.0%})" for way, count in zip(WAYS, counts, strict=True)]
        yield f"{part:9} {', '.join(told)}"
    for one in results:
        wrong = [way for way in (0, 1) if not one.right(way)]
        if details and wrong:
            said = "; ".join(f"{WAYS[way]}: {one.recommended[way]}" for way in wrong)
            yield f"  {one.case.name[:70]}: {said}; right: {', '.join(one.case.accepted)}"


def main() -> int:
    parser = argparse.ArgumentParser(description="Measure the dataset recommendation on its labelled table.")
    parser.add_argument("papers", nargs="?", type=Path, help="the folder of the papers of the table")
    parser.add_argument("--details", action="store_true", help="name what was recommended wrongly")
    parser.add_argument("--at-least", type=float, default=0.0, help="fail below this accuracy with the expert")
    options = parser.parse_args()
    table = load_table()
    with tempfile.TemporaryDirectory() as scratch:
        found = list(cases(table, options.papers, Path(scratch)))
        results = [decide(one) for one in found if isinstance(one, Case)]
    for reason in (one for one in found if isinstance(one, str)):
        print(f"skipped {reason}")
    print(*report(results, options.details), sep="\n")
    return 0 if sum(one.right(1) for one in results) >= options.at_least * len(results) else 1


if __name__ == "__main__":
    sys.exit(main())
