"""The expert as a researcher: a curated table of works by kind of data. It searches nothing."""

import time

from agents.contracts import LiteratureReview, ResearchRequest
from agents.expert.shelves import QUANTIZATION, SHELVES
from agents.subjects import describe, subject_of

SOURCE = "curated table (no literature search)"


class ExpertResearcher:
    """Answers from the table and says so."""

    def research(self, request: ResearchRequest) -> LiteratureReview:
        kind = subject_of(request)
        shelf, data = SHELVES.get(kind, SHELVES["table"]), describe(request, kind)
        works = (*shelf.works, QUANTIZATION)
        opening = (
            f"For {data}, these works speak for: {', then '.join(shelf.approaches)}. They come from a "
            "table that ships with arxla, not from a search; newer work may exist."
        )
        return LiteratureReview(
            query=f"small models for {data}" + (f"; goal: {request.goal}" if request.goal else ""),
            review_text=" ".join(
                [opening, *(f"{work.authors} ({work.venue} {work.year}): {work.finding}" for work in works)]
            ),
            key_findings=[work.finding for work in works],
            recommended_approaches=list(shelf.approaches),
            recent_papers=[
                {"authors": work.authors, "title": work.title, "venue": work.venue, "year": str(work.year)}
                for work in works
            ],
            confidence=shelf.confidence,
            timestamp=int(time.time()),
            source=SOURCE,
        )
