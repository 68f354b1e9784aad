"""A literature review on the terminal."""

from rich.console import Console
from rich.text import Text

from agents.contracts import LiteratureReview
from arxla.run_status import plain


def print_review(review: LiteratureReview, console: Console) -> None:
    """The text, findings, approaches, papers and searches; no control characters, whoever wrote them."""
    _print(console, plain(review.query), "bold")
    _print(console, f"{plain(review.source)}; confidence {review.confidence:.0%}", "dim")
    for paragraph in review.review_text.split("\n\n"):
        if paragraph.strip():
            _print(console, f"\n{plain(paragraph)}")
    _section(console, "Findings", [f"- {plain(text)}" for text in review.key_findings])
    steps = enumerate(review.recommended_approaches, 1)
    _section(console, "Recommended, best first", [f"{number}. {plain(text)}" for number, text in steps])
    _section(console, "Papers", [_paper(paper) for paper in review.recent_papers])
    _section(console, "Searched", [f"- {plain(line)}" for line in review.searches])
    if review.dropped_citations:
        many = "s" if review.dropped_citations > 1 else ""
        text = f"\n{review.dropped_citations} citation{many} dropped, which no search had found."
        _print(console, text, "yellow")


def _paper(paper: dict[str, str]) -> str:
    """E.g. "[3] Wang, Yan: Time Series … (IJCNN, 2017) https://…"."""
    number = f"[{plain(paper['number'])}] " if paper.get("number") else "- "
    place = ", ".join(plain(paper[name]) for name in ("venue", "year") if paper.get(name))
    parts = [
        f"{plain(paper['authors'])}: " if paper.get("authors") else "",
        plain(paper.get("title", "")),
        f" ({place})" if place else "",
        f" {plain(paper['url'])}" if paper.get("url") else "",
        f"\n    {plain(paper['relevance'])}" if paper.get("relevance") else "",
    ]
    return number + "".join(parts)


def _section(console: Console, name: str, lines: list[str]) -> None:
    if lines:
        _print(console, f"\n{name}", "bold cyan")
        for line in lines:
            _print(console, f"  {line}")


def _print(console: Console, text: str, style: str = "") -> None:
    """Wrapped for a reader, unwrapped for a program."""
    console.print(Text(text, style), soft_wrap=not console.is_terminal)
