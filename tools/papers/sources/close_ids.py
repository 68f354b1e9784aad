"""Ids that look like the one that was asked for."""

from collections.abc import Iterable
from difflib import get_close_matches

from runtime.errors import InputError
from tools.papers.sources.entries import shown

MOST_CANDIDATES = 2000
NAMED = 3


def closest(wanted: str, candidates: Iterable[str]) -> list[str]:
    """Up to three candidates, nearest first, without regard to case."""
    by_case = {name.lower(): name for name, _ in zip(candidates, range(MOST_CANDIDATES), strict=False)}
    return [by_case[name] for name in get_close_matches(wanted.lower(), list(by_case), NAMED, 0.6)]


def no_such_paper(wanted: str, place: str, near: Iterable[str]) -> InputError:
    """The error to raise; `place` is where was looked, e.g. "the index"."""
    names = " or ".join(shown(name) for name in near)
    hint = f"did you mean {names}?" if names else "`arxla papers search` finds papers by words."
    return InputError(f"There is no paper {shown(wanted)} in {place}; {hint}")
