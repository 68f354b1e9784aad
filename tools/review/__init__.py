"""The static reviewer: rules over a training function's text, their fixes, and their output."""

from tools.review.engine import blocks, review_code
from tools.review.finding import Finding, Severity
from tools.review.fix import Fixed, fix_code
from tools.review.output import render, summary, to_json, to_sarif

__all__ = [
    "Finding",
    "Fixed",
    "Severity",
    "blocks",
    "fix_code",
    "render",
    "review_code",
    "summary",
    "to_json",
    "to_sarif",
]
