"""What a literature review is worth."""

import re
from typing import Any

from agents.contracts import LiteratureReview
from agents.expert.shelves import OTHER, QUANTIZATION, SHELVES
from evals.contracts import Case
from tools.search.references import short_id, title_key

Output = dict[str, Any]
UNVERIFIED = re.compile(r"\[unverified\]")
COUNTED = re.compile(r"\b(\d+) (?:papers? found|search results?)\b")
SAYS_NONE = ("no literature search", "no search found", "nothing was searched", "found nothing", "none:", "table")


def citations_real(_case: Case, output: Output) -> float | None:
    """Share of the cited works that a search of this review has found; the expert's own table counts as found."""
    review = review_of(output)
    ids = {short_id(one["id"]) for one in output["found"]}
    titles = {title_key(one["title"]) for one in output["found"]}
    if output["expert"]:
        shelves = (*SHELVES.values(), OTHER)
        titles |= {title_key(work.title) for shelf in shelves for work in (*shelf.works, QUANTIZATION)}
    if not review.recent_papers:
        return None
    real = [
        title_key(paper.get("title", "")) in titles or (paper.get("id") and short_id(paper["id"]) in ids)
        for paper in review.recent_papers
    ]
    return sum(map(bool, real)) / len(real)


def invented_none(_case: Case, output: Output) -> float:
    """No reference had to be removed or marked as found by no search."""
    review = review_of(output)
    return float(review.dropped_citations == 0 and not UNVERIFIED.search(review.review_text))


def finds(case: Case, output: Output) -> float | None:
    """The papers of the index that are about the subject are cited, and where there are none, none is."""
    wanted = case.expected.get("finds")
    if wanted is None:
        return None
    own = {title_key(one["title"]) for one in output["found"]}
    cited = {title_key(paper.get("title", "")) for paper in review_of(output).recent_papers} & own
    return float(cited == set() if not wanted else {title_key(title) for title in wanted} <= cited)


def on_topic(case: Case, output: Output) -> float | None:
    """Share of `expected.words` that the review, its findings or its approaches speak of."""
    words = case.expected.get("words")
    if not words:
        return None
    review = review_of(output)
    text = " ".join([review.review_text, *review.key_findings, *review.recommended_approaches]).casefold()
    return sum(str(word).casefold() in text for word in words) / len(words)


def recommends(_case: Case, output: Output) -> float:
    """There is an approach to follow."""
    return float(bool(review_of(output).recommended_approaches))


def searched(_case: Case, output: Output) -> float | None:
    """Every search tool was asked; None where there is none to ask."""
    log = review_of(output).searches
    if not output["tools"]:
        return None
    return float(all(any(line.startswith(f"{tool}:") for line in log) for tool in output["tools"]))


def honest_source(_case: Case, output: Output) -> float:
    """The source says how many works were found, and never that some were where none was."""
    source, found = review_of(output).source, len({one["id"] for one in output["found"]})
    claimed = COUNTED.search(source)
    if not found:
        return float(claimed is None and any(text in source for text in SAYS_NONE))
    return float(claimed is None or int(claimed[1]) <= found)


def review_of(output: Output) -> LiteratureReview:
    """The review in a trial's output."""
    return LiteratureReview.model_validate(output["review"])


FIGURES = (citations_real, on_topic)
SCORERS = (citations_real, invented_none, finds, on_topic, recommends, searched, honest_source)
