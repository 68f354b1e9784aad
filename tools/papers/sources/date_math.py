"""Dates of a range query: ISO 8601, or OpenSearch's date math around `now`.

Source: https://opensearch.org/docs/latest/field-types/supported-field-types/date/#date-math
"""

import calendar
import re
from datetime import UTC, date, datetime, timedelta

from runtime.errors import InputError
from tools.papers.sources.entries import EPOCH, day_number, shown

RELATIVE = re.compile(r"now((?:[+-]\d{1,6}[yMwdhHms])*)(?:/([yMwdhHms]))?$")
STEP = re.compile(r"([+-]\d{1,6})([yMwdhHms])")
SECONDS = {"w": 604_800, "d": 86_400, "h": 3_600, "H": 3_600, "m": 60, "s": 1}
PARTIAL = re.compile(r"\d{4}(-\d{2})?$")


def day_bound(text: str, now: datetime, bound: str) -> int:
    """The first (gt, gte) or last (lt, lte) day since 1970 that a bound lets in. Raises `InputError`.

    Days are whole: a time of day is left out, and "2017" or "now/y" is the whole year for `gt` and `lte`, its first day
    for the others, as OpenSearch rounds.
    """
    relative = RELATIVE.match(text)
    if relative:
        day = _rounded(_moved(now, relative[1], text).date(), relative[2], bound)
    else:
        day = day_number(_end(text) if PARTIAL.match(text) and bound in ("gt", "lte") else text)
    if day is None:
        raise InputError(f"{shown(text)} is no date: use 2017-06-12 or now-30d.")
    return day + {"gt": 1, "lt": -1}.get(bound, 0)


def _moved(now: datetime, steps: str, text: str) -> datetime:
    moment = now.astimezone(UTC)
    try:
        for amount, unit in STEP.findall(steps):
            if unit in SECONDS:
                moment += timedelta(seconds=int(amount) * SECONDS[unit])
            else:
                months = moment.year * 12 + moment.month - 1 + int(amount) * (12 if unit == "y" else 1)
                year, month = divmod(months, 12)
                last = calendar.monthrange(year, month + 1)[1]
                moment = moment.replace(year=year, month=month + 1, day=min(moment.day, last))
    except (OverflowError, ValueError, calendar.IllegalMonthError):
        raise InputError(f"{shown(text)} is outside the calendar.") from None
    return moment


def _rounded(day: date, unit: str | None, bound: str) -> int | None:
    """The first or last day, since 1970, of the year, month or week (from Monday) that a day lies in."""
    last, text = bound in ("gt", "lte"), day.isoformat()
    if unit == "w":
        return (day - EPOCH).days - day.weekday() + 6 * last
    if unit in ("y", "M"):
        text = text[: 4 if unit == "y" else 7]
        text = _end(text) if last else text
    return day_number(text)


def _end(text: str) -> str:
    year, month = int(text[:4]), int(text[5:7] or 12)
    if not (1 <= month <= 12 and year):
        return ""
    return date(year, month, calendar.monthrange(year, month)[1]).isoformat()
