"""Holds a review to its search results: a paper that no search has found is dropped, and counted."""

import re

from agents.contracts import LiteratureReview
from tools.search import Found, Numbered, SearchSession
from tools.search.references import title_key

IDS = ("number", "id", "n", "ref", "reference", "citation", "arxiv", "arxiv_id", "doi", "url", "link")
RELEVANCES = ("relevance", "finding", "summary", "note", "why", "contribution")
NUMBERS = re.compile(r"[ \t]?\[(\d{1,3}(?:\s*[,;–-]\s*\d{1,3})*)\](?!\()")
VALUES = re.compile(
    r"(?:sizes?|kernels?|units|shapes?|dilations?|channels|widths?|layers|dims?|dimensions|range|values|strides?|=|:)$"
)
"""What stands before a list of values: "kernel sizes [3, 5, 7]". So is a list from 0: "scaled to [0, 1]"."""
NAMED_IDS = re.compile(
    r"\barxiv\s*[:.]?\s*(?:\d{4}\.\d{4,5}(?:v\d+)?|[a-z-]+/\d{7})|\bhttps?://[^\s<>\"'()\[\]]+|\bdoi:\s*10\.\d{4,9}/[^\s\])]+",
    re.IGNORECASE,
)
ET_AL = re.compile(r"\b([A-Z][\w'’-]+) et al\.?,? ?[(\[]?(?:19|20)\d{2}[a-z]?[)\]]?")
MARK = " [unverified]"
SHARED_WORDS = 0.5
UNFOUND = 0.3
"""The most confidence in a review for which nothing was found."""
UNCITED = 0.5
"""The most confidence in one that cites nothing of what was found."""
MOST_LISTED = 20


class Citations:
    """What one review cites: the results that it names, and the references that are of no result."""

    def __init__(self, session: SearchSession) -> None:
        self._session = session
        self.kept: dict[int, dict[str, str]] = {}
        self.invented: set[str] = set()
        self.titles: list[str] = []
        """Titles that no result has."""

    def list_paper(self, paper: dict[str, str]) -> None:
        """A line of the model's own list."""
        title = paper.get("title", "")
        numbered = self._match(paper)
        if numbered is None:
            number = next((paper[name].strip(" []#") for name in IDS if paper.get(name)), "")
            self.invented.add(title_key(title) or title or f"[{number}]")
            self.titles += [title] if title_key(title) else []
            return
        why = next((paper[name] for name in RELEVANCES if paper.get(name)), "")
        self.kept.setdefault(numbered.number, cited(numbered) | ({"relevance": why} if why else {}))

    def mend(self, text: str) -> str:
        """A text without numbers that no result has; other references to unknown works are marked."""
        text = NUMBERS.sub(self._numbers, text)
        text = NAMED_IDS.sub(self._named, text)
        text = ET_AL.sub(self._authors, text)
        for title in self.titles:
            text = re.sub(
                rf"{re.escape(title)}(?!\w)(?! \[unverified)", lambda found: found[0] + MARK, text, flags=re.IGNORECASE
            )
        return text.strip()

    def _match(self, paper: dict[str, str]) -> Numbered | None:
        title = paper.get("title", "")
        titled = self._session.find(title) if title_key(title) else None
        if titled is not None:
            return titled
        for reference in (paper[name] for name in IDS if paper.get(name)):
            numbered = self._session.find(reference)
            if numbered is not None and (not title_key(title) or _alike(title, numbered.found.title)):
                return numbered
        short = title.partition(":")[0]
        return self._session.find(short) if short != title and title_key(short) else None

    def _numbers(self, match: re.Match[str]) -> str:
        if VALUES.search(match.string[: match.start()].rstrip()) or re.match(r"\s*\[0+\b", match[0]):
            return match[0]
        kept = []
        for part in re.split(r"\s*[,;]\s*", match[1]):
            first, _, last = re.sub(r"\s*[–-]\s*", "-", part).partition("-")
            for number in range(int(first), min(int(last or first), int(first) + MOST_LISTED) + 1):
                numbered = self._session.find(str(number))
                if numbered is None:
                    self.invented.add(f"[{number}]")
                else:
                    self.kept.setdefault(number, cited(numbered))
                    kept.append(str(number))
        lead = match[0][: len(match[0]) - len(match[0].lstrip())]
        return f"{lead}[{', '.join(kept)}]" if kept else ""

    def _named(self, match: re.Match[str]) -> str:
        reference = match[0].rstrip(".,;:")
        numbered = self._session.find(re.sub(r"(?i)^arxiv\s*[:.]?\s*", "arxiv:", reference))
        if numbered is not None:
            self.kept.setdefault(numbered.number, cited(numbered))
            return match[0]
        self.invented.add(reference.casefold())
        return reference + MARK + match[0][len(reference) :]

    def _authors(self, match: re.Match[str]) -> str:
        surname = match[1].casefold()
        names = (name.casefold() for item in self._session.results for name in item.found.authors)
        if any(surname in name for name in names):
            return match[0]
        self.invented.add(match[0].casefold())
        return match[0] + MARK


def hold_to_results(review: LiteratureReview, session: SearchSession) -> LiteratureReview:
    """The review with citations of `session`'s results alone, each with the facts that the search gave.

    A result that the text cites by its number is listed although the model's list forgot it. Confidence is bounded
    where nothing was found or nothing of it is cited.
    """
    citations = Citations(session)
    for paper in review.recent_papers:
        citations.list_paper(paper)
    text = citations.mend(review.review_text)
    findings = [citations.mend(finding) for finding in review.key_findings]
    approaches = [citations.mend(approach) for approach in review.recommended_approaches]
    bound = UNFOUND if not session.results else UNCITED if not citations.kept else 1.0
    return review.model_copy(
        update={
            "review_text": text,
            "key_findings": [finding for finding in findings if finding],
            "recommended_approaches": [approach for approach in approaches if approach],
            "recent_papers": list(citations.kept.values())[:MOST_LISTED],
            "confidence": min(review.confidence, bound),
            "searches": list(session.log),
            "dropped_citations": len(citations.invented),
        }
    )


def cited(numbered: Numbered) -> dict[str, str]:
    """A result as a line of `recent_papers`; only what is known of it."""
    found: Found = numbered.found
    facts = {
        "number": str(numbered.number),
        "id": found.id,
        "title": found.title,
        "authors": ", ".join(found.authors),
        "year": str(found.year or ""),
        "venue": found.venue,
        "url": found.url,
    }
    return {name: value for name, value in facts.items() if value}


def _alike(one: str, other: str) -> bool:
    """Whether two titles share half of their words: a model shortens titles, and invents others."""
    first, second = _words(one), _words(other)
    return len(first & second) >= SHARED_WORDS * min(len(first), len(second))


def _words(title: str) -> set[str]:
    return {word for word in re.findall(r"\w+", title.casefold()) if len(word) > 2}
