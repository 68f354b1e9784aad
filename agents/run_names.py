"""How people name runs: by id, by number, or as the last one."""

import re

STAMP = r"(?<![\w-])[A-Za-z0-9_]+(?:-[A-Za-z0-9_]+)*-\d{8}T\d{6}(?:-[0-9a-f]{1,4})?"
NOT_A_COUNT = (
    r"(?![\d.]*\s*(?:more|tuning|trials?|epochs?|rows?|samples?|images?|min|minutes?|hours?|kb|mb|%|times)\b)(?!\.\d)"
)
A_RUN = re.compile(
    rf"\b({STAMP})|\bruns?\s*(?:number\s*|no\.?\s*|#\s*)?(\d+)\b{NOT_A_COUNT}|(?<!\w)#(\d+)\b"
    r"|\b(?:the\s+)?(?:last|latest|newest|most recent|previous)\s+(?:one|run|model)\b",
    re.IGNORECASE,
)
LINK = r"(?:,\s*and|,|and|with|to|vs\.?|versus|against|or)"
MORE_RUNS = re.compile(rf"\s*{LINK}\s+(?:run\s*)?#?(\d+)\b{NOT_A_COUNT}", re.IGNORECASE)
COMPARE_NUMBERS = re.compile(r"\bcompare\s+#?(\d+)\b", re.IGNORECASE)


def mentioned_runs(text: str) -> list[str]:
    """The runs that a text names, in its order: ids, numbers, `latest`."""
    found: list[str] = []
    for match in A_RUN.finditer(text):
        found.append(match[1] or match[2] or match[3] or "latest")
        found += _more(text, match.end())
    if not found and (start := COMPARE_NUMBERS.search(text)):
        found = [start[1], *_more(text, start.end())]
    return list(dict.fromkeys(found))


def _more(text: str, start: int) -> list[str]:
    """The other numbers of "runs 3, 5 and 7"."""
    found = []
    while match := MORE_RUNS.match(text, start):
        found.append(match[1])
        start = match.end()
    return found
