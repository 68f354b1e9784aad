"""Words that change the last run's task."""

import re

from agents.changes import Change
from agents.expert.chat.reading import Reading, either

KINDS: dict[Change, re.Pattern[str]] = {
    "smaller": either(
        r"\b(?:(?:much|a (?:bit|little|lot))\s+)?(?:smaller|tinier|lighter|shrink|more compact|less memory)\b"
    ),
    "larger": either(r"\b(?:larger|bigger|less compact)\b"),
    "more_trials": either(
        r"\bmore\s+(?:tuning|trials)\b", r"\btune\s+(?:more|longer|harder)\b", r"\blonger\s+tuning\b"
    ),
    "fewer_trials": either(r"\b(?:fewer|less)\s+(?:tuning|trials)\b", r"\btune\s+less\b", r"\bshorter\s+tuning\b"),
    "other_seed": either(r"\b(?:another|other|different|new)\s+seed\b"),
    "again": either(
        r"\b(?:again|once more|anew)\b",
        r"\bre-?(?:run|try|start|peat)\b",
        r"\b(?:go on|continue|carry on|resume)\b",
    ),
}
REFERS = either(
    r"^\W*(?:and|now|also|then|but|instead|same|what about|how about|ok(?:ay)?)\b",
    r"\b(?:instead|the same|this time|next time)\b",
)
"""A message that names other data and still means the last run's task."""


def read_changes(reading: Reading) -> list[Change]:
    """Kinds of change that the message asks for."""
    return [kind for kind, pattern in KINDS.items() if reading.take(pattern)]


def refers_back(reading: Reading) -> bool:
    """Whether a request goes on from the last one ("and now on iris")."""
    return REFERS.search(reading.text) is not None
