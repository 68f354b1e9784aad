"""Scores as a reader wants them, on the page and in a terminal."""

from evals.comparison import Change
from evals.scorers import less_is_better
from evals.statistics import Estimate
from tools.report.wording import duration

SIGNS = {"worse": "▼ worse", "better": "▲ better", "same": "same", "unclear": "within noise"}
MOST_CASES = 40
"""Of a table in a terminal; the page has them all."""


def title(name: str) -> str:
    """A score's name in words."""
    return name.replace("_", " ")


def value(name: str, number: float, share: bool = False) -> str:
    """One figure, in its unit."""
    if share:
        return f"{100 * number:.0f} %"
    if name == "seconds":
        return duration(number)
    if name == "usd":
        return f"${number:.4f}"
    return f"{number:,.0f}" if number == int(number) and abs(number) >= 10 else f"{number:.3g}"


def one(name: str, number: float, share: bool) -> str:
    """One trial's score."""
    return ("no", "yes")[int(number)] if share else value(name, number)


def bounds(name: str, found: Estimate) -> str:
    """The 95 % confidence interval, or "" without one (or where every value is the same)."""
    if found.low is None or found.high is None or found.low == found.high:
        return ""
    if found.share:
        return f"{100 * found.low:.0f}–{100 * found.high:.0f} %"
    low = max(0.0, found.low) if less_is_better(name) else found.low
    return f"{value(name, low)} – {value(name, found.high)}"


def change_words(change: Change) -> tuple[str, str, str]:
    """Before, now and the verdict."""
    before, after = (value(change.scorer, figure, change.share) for figure in (change.before, change.after))
    return before, after, SIGNS[change.verdict]
