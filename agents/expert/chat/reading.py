"""A message that is read pattern by pattern: what one of them has understood, the others don't read again."""

import re

from agents.figures import SPELLED, spelled

TAKEN = "\0"
"""Neither a letter nor a space, so that no pattern reads across it."""
UNITS = (
    "trials?|seconds?|minutes?|mins?|hours?|days?|dollars?|cents?|rows?|samples?|images?|tokens?|candidates?|kb|"
    "kilobytes?|mb|megabytes?|bytes?"
)
WRITTEN = re.compile(
    rf"\b(?:{SPELLED})(?:(?:-|\s+(?:and\s+)?)(?:{SPELLED}))*+(?=\s+(?:more\s+|tuning\s+)*(?:{UNITS})\b)", re.IGNORECASE
)
HOURS = (
    (re.compile(r"\bhalf\s+an?\s+hour\b", re.IGNORECASE), "30 minutes"),
    (re.compile(r"\ban\s+hour\b", re.IGNORECASE), "1 hour"),
)


def either(*patterns: str) -> re.Pattern[str]:
    """Any of the patterns, in capitals or not."""
    return re.compile("|".join(f"(?:{pattern})" for pattern in patterns), re.IGNORECASE)


class Reading:
    """One message; `rest` is what nothing has understood yet."""

    def __init__(self, text: str) -> None:
        for pattern, hours in HOURS:
            text = pattern.sub(hours, text)
        self.text = self.rest = WRITTEN.sub(lambda match: str(spelled(match[0])), text)

    def take(self, pattern: re.Pattern[str]) -> re.Match[str] | None:
        """The first match in the rest, which is understood from now on."""
        match = pattern.search(self.rest)
        if match:
            self.mark(match)
        return match

    def mark(self, match: re.Match[str]) -> None:
        """Count a match as understood."""
        start, end = match.span()
        self.rest = self.rest[:start] + TAKEN * (end - start) + self.rest[end:]
