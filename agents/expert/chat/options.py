"""The options of a task that a message names, by a table of patterns."""

import re
from typing import Any

from agents.expert.chat.reading import Reading, either

SIGN = r"(?<![\w.,])((?:(?<![\w.,-])-)?"
WHOLE = rf"{SIGN}\d[\d,]*+)"
NUMBER = rf"{SIGN}\d[\d,]*+(?:\.\d+)?)"
"""Of "-5" the sign too, so that it is refused; nothing of "1e3", and "5-10" is 10."""
BOUND = (
    r"(?:(?:under|below|within|at most|up to|no more than|less than|smaller than|for|max(?:imum)?|limit|of|to|in|<=?)"
    r"\s+){0,2}"
)
BY = r"(?:with|using|use|by|through|model\s*[=:]?)"
NOT_MODELS = r"(?!index:|opensearch:|synthetic:|file:|https?:)"
NOT_COLUMNS = r"(?!(?:the|a|an|from|with|which|whether|what|in|on|for|using|it)\b)"
NOT_LABELS = r"(?!(?:columns?|data|dataset|accuracy|score|size|device|xla|cpu|cuda|gpu|tpu|neuron|trainium)\b)"
ASK_ME = r"\b(?:ask me|let me (?:see|approve|check|read))\b[^.;,\0]*"
PLAIN: dict[str, re.Pattern[str]] = {
    "size_limit_kb": either(rf"{BOUND}{NUMBER}\s*(?:kb|kib|kbytes?|kilobytes?)\b"),
    "size_limit_bytes": either(rf"{BOUND}{NUMBER}\s*bytes?\b"),
    "size_limit_mb": either(rf"{BOUND}{NUMBER}\s*(?:mb|mib|megabytes?)\b"),
    "more_trials": either(rf"{WHOLE}\s+more\s+(?:tuning\s+)?trials?\b"),
    "trials": either(rf"{WHOLE}\s+(?:tuning\s+|ax\s+)?trials?\b(?!\s+\d)", rf"\btrials?\s*[=:]?\s*{WHOLE}\b"),
    "max_days": either(rf"{BOUND}{NUMBER}\s*days?\b"),
    "max_hours": either(rf"{BOUND}{NUMBER}\s*(?:h|hours?)\b"),
    "max_minutes": either(rf"{BOUND}{NUMBER}\s*(?:min|mins|minutes?)\b"),
    "max_seconds": either(rf"{BOUND}{NUMBER}\s*(?:s(?!')|secs?|seconds?)\b"),
    "max_cents": either(rf"{BOUND}{NUMBER}\s*cents?\b"),
    "max_usd": either(rf"{BOUND}\$\s*{NUMBER}", rf"{BOUND}{NUMBER}\s*(?:\$|usd\b|dollars?\b)"),
    "max_tokens": either(rf"{BOUND}{NUMBER}\s*(k|thousand)?\s*tokens?\b"),
    "max_rows": either(rf"{BOUND}{NUMBER}\s*(k|thousand)?\s*(?:rows?|samples?|images?)\b"),
    "candidates": either(rf"{WHOLE}\s+candidates?\b"),
    "debug_chances": either(rf"{WHOLE}\s+(?:debug(?:ging)?\s+)?(?:chances?|corrections?)\b"),
    "seed": either(r"\b(?:with\s+)?seed\s*[=:]?\s*(\d+)"),
    "tuner": either(rf"\b{BY}\s+(ax|optuna|random)(?:\s+search)?\b", r"\b(optuna)\b", r"\b(random)\s+search\b"),
    "target_column": either(
        r"\bcolumn\s+(?:called|named)\s+[\"'`]?([\w.-]*\w)",
        r"\bpredict(?:ing|s)?\s+(?:the\s+)?[\"`]([^\"`\n\0]{1,100})[\"`]",
        rf"\b(?:label|target)\s*[=:]?\s*[\"'`]?{NOT_LABELS}([\w-]+)[\"'`]?(?=\s*[.,;\0]|\s*$)",
        r"(?:target|label)[ -]column\s*(?:is|=|:)?\s*[\"'`]?([\w.-]*\w)[\"'`]?",
        r"\bpredict(?:ing|s)?\s+(?:the\s+)?column\s+(?:called\s+|named\s+)?[\"'`]?([\w-]+)[\"'`]?",
        rf"\b(?:predict|forecast)(?:ing|s)?\s+(?:the\s+)?[\"'`]?{NOT_COLUMNS}([\w-]+)[\"'`]?"
        r"(?=\s+(?:from|in|of|with|using)\b|\s*[.,;\0]|\s*$)",
    ),
    "target": either(
        r"\b(?:on|for|target(?:ing)?|device|use|using|with|via)\s*[=:]?\s+"
        r"(?:the\s+|an?\s+|my\s+|our\s+|your\s+)?(xla|cpu|cuda|gpu|tpu|neuron|trainium)\b"
    ),
    "model": either(
        rf"\b{BY}\s+(?:the\s+)?(?:model\s+)?({NOT_MODELS}[a-z][a-z0-9_]*:[\w.:/-]*\w(?:@https?://[^\s,;]+)?|expert\b)"
    ),
}
"""Field, or another unit of it → its pattern, with one group for the value and perhaps one for thousands."""
SWITCHES: tuple[tuple[str, Any, re.Pattern[str]], ...] = (
    ("trials", 0, either(r"\b(?:no|without|skip)\s+(?:any\s+|the\s+)?(?:tuning|trials)\b")),
    (
        "skip_literature_review",
        True,
        either(r"\b(?:no|without|skip)\s+(?:any\s+|the\s+|an?\s+)?literature(?:\s+review)?\b"),
    ),
    ("use_cache", False, either(r"\b(?:no|without|ignore)\s+(?:any\s+|the\s+)?cache\b", r"\b(?:new|fresh)\s+code\b")),
    ("approve", ["code"], either(rf"{ASK_ME}\bcode\b[^.;,\0]*")),
    ("approve", ["dataset"], either(rf"{ASK_ME}\bdata\s?set\b[^.;,\0]*")),
    ("approve", ["budget"], either(rf"{ASK_ME}\b(?:budget|money|spend\w*)\b[^.;,\0]*")),
)
TARGETS = {"gpu": "cuda", "tpu": "xla", "trainium": "xla"}
IN_UNITS = {
    "size_limit_mb": ("size_limit_kb", 1024.0),
    "size_limit_bytes": ("size_limit_kb", 1 / 1024),
    "max_days": ("max_minutes", 1440.0),
    "max_hours": ("max_minutes", 60.0),
    "max_seconds": ("max_minutes", 1 / 60),
    "max_cents": ("max_usd", 0.01),
}
DECIMAL_COMMA = re.compile(r"(-?\d+),(\d{1,2})")
THOUSAND = 1000.0


def read_options(reading: Reading) -> dict[str, Any]:
    """Field of `Task` → what the message says of it; `more_trials` is a number to add to the last run's."""
    fields: dict[str, Any] = {}
    for name, value, pattern in SWITCHES:
        if reading.take(pattern):
            fields[name] = [*fields.get(name, []), *value] if isinstance(value, list) else value
    for name, pattern in PLAIN.items():
        if found := reading.take(pattern):
            given = [group for group in found.groups() if group]
            fields |= _field(name, given[0], thousands=len(given) > 1)
    return fields


def _field(name: str, text: str, thousands: bool) -> dict[str, Any]:
    """A value in the unit of its field."""
    if name == "target":
        return {name: TARGETS.get(text.lower(), text.lower())}
    if name in ("tuner", "model", "target_column"):
        return {name: text.lower() if name == "tuner" or text.lower() == "expert" else text}
    decimal = DECIMAL_COMMA.fullmatch(text)
    number = float(f"{decimal[1]}.{decimal[2]}" if decimal else text.replace(",", "")) * (THOUSAND if thousands else 1)
    name, unit = IN_UNITS.get(name, (name, 1.0))
    number *= unit
    return {name: int(number) if number.is_integer() else number}
