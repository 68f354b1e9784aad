"""A message that is read pattern by pattern: what one of them has understood, the others don't read again."""

import re

TAKEN = "\0"
"""Neither a letter nor a space, so that no pattern reads across it."""
TO_TWENTY = (
    "zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen seventeen "
    "eighteen nineteen twenty"
)
TENS = {"thirty": 30, "forty": 40, "fifty": 50, "sixty": 60, "seventy": 70, "eighty": 80, "ninety": 90, "hundred": 100}
WORDS = {word: value for value, word in enumerate(TO_TWENTY.split())} | TENS
UNITS = "trials?|minutes?|mins?|hours?|dollars?|rows?|samples?|images?|candidates?|kb|kilobytes?|mb"
WRITTEN = re.compile(rf"\b({'|'.join(WORDS)})(?=\s+(?:more\s+|tuning\s+)*(?:{UNITS})\b)", re.IGNORECASE)


def either(*patterns: str) -> re.Pattern[str]:
    """Any of the patterns, in capitals or not."""
    return re.compile("|".join(f"(?:{pattern})" for pattern in patterns), re.IGNORECASE)


class Reading:
    """One message; `rest` is what nothing has understood yet."""

    def __init__(self, text: str) -> None:
        self.text = self.rest = WRITTEN.sub(lambda match: str(WORDS[match[1].lower()]), text)

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
