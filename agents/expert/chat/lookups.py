"""Questions that the records of runs answer."""

import re

from agents.contracts import Lookup, LookupKind
from agents.expert.chat.changes import read_changes
from agents.expert.chat.reading import Reading, either
from agents.run_names import A_RUN, mentioned_runs

ASKS = r"\b(?:show|list|see|print|give|view|display|tell|what|which|where|how|get|open)\b[^?.]*"
WHOLE = r"^\W*(?:(?:my|all|the|its)\s+)*"
KINDS: dict[LookupKind, re.Pattern[str]] = {
    "help": either(
        r"^\W*(?:help|usage|commands?|examples?)(?:\s+me)?\W*$",
        r"^\W*\?+\W*$",
        r"\bwhat (?:can|could|do) (?:you|i|arxla) (?:do|say|ask|understand)\b",
        r"\bhow (?:do|does|can) (?:i|this|you|it|arxla) (?:work|use|start)\b",
        r"\b(?:who|what) are you\b",
    ),
    "datasets": either(
        rf"{ASKS}\bdata\s?sets\b",
        r"\bwhat data\b",
        r"\bdata\s?sets\b[^?]*\b(?:are there|available|exist|known)\b",
        rf"{WHOLE}data\s?sets\W*$",
    ),
    "compare": either(
        r"\bcompar(?:e|ed|ing|ison)\b",
        r"\bdifferen(?:ce|t)\b[^?]*\bruns?\b",
        r"\brun\s*#?\d+\s+(?:vs\.?|versus|or)\s",
        r"\bwhich (?:is|was|of) [^?]*\b(?:better|smaller|faster|best)\b[^?]*\bruns?\s*#?\d",
    ),
    "why": either(
        r"^\W*(?:and\s+|but\s+)?why\b",
        r"\bwhy\s+(?:did|was|is|has|does|do)\b",
        r"\bwhat (?:went wrong|happened|failed|broke)\b",
        r"\b(?:the|a|any) reason\b",
        r"\bhow come\b",
    ),
    "trials": either(rf"{ASKS}\b(?:trials|hyper-?parameters|tuning)\b", rf"{WHOLE}(?:trials|hyper-?parameters)\W*$"),
    "cost": either(
        r"\bcosts?\b",
        r"\bhow much\b[^?]*\b(?:money|spen[dt]|pay|paid|tokens?)\b",
        r"\bhow many tokens\b",
        r"\bhow long (?:did|has|does|was)\b",
        r"\bhow much time\b",
        r"\b(?:expensive|spent)\b",
    ),
    "code": either(rf"{ASKS}\b(?:code|program|source|script|module)\b", rf"{WHOLE}(?:code|program)\W*$"),
    "review": either(rf"{ASKS}\b(?:findings|review|reviewer|issues)\b"),
    "best": either(
        r"\b(?:best|top|highest|smallest|most accurate)\b[^?.]*\b(?:runs?|models?|results?|scores?|ones?)\b",
        rf"{WHOLE}best\W*$",
        r"\bwhich (?:runs?|models?|ones?) (?:is|was|are|were) (?:the )?(?:best|smallest|most accurate)\b",
    ),
    "runs": either(
        rf"{ASKS}\b(?:runs|models|results|history)\b",
        rf"{WHOLE}(?:runs|history)(?:\s+(?:on|with|of|for)\s.*)?\W*$",
        r"\bhow many runs\b",
        r"\brecent runs\b",
    ),
    "run": either(
        rf"{WHOLE}(?:status|progress|results?|score|accuracy|size|report)\W*$",
        r"\b(?:is|are|has) (?:it|that|we|the (?:run|training))\b[^?]*"
        r"\b(?:running|done|finished|ready|over|stopped|there)\b",
        r"\bwhat(?:'?s| is) (?:running|going on)\b",
        r"\bhow many (?:parameters|weights|epochs)\b",
        r"\bwhere(?:'?s| is| are) (?:my|the|its) (?:model|weights|project|files)\b",
        r"\bwhat(?:'s) (?:its?|the|that|my)\b",
        r"\bhow (?:did|is|does|was|good|large|big|small|accurate|well)\b",
        r"\bwhat (?:is|was|were|are|did) (?:its?|the|that|my)\b",
        r"\bshow (?:me )?(?:it|that|its)\b",
        r"\bdid it (?:work|succeed|finish|run)\b",
        r"\b(?:score|accuracy|size|report|result)s? of\b",
        rf"{ASKS}\breport\b",
        r"\btell me about\b",
    ),
}
"""Asked in this order."""
OF_RUNS = either(
    r"\b(?:it|its|that|this|one|they|them|runs?|models?|networks?|scores?|accura\w+|sizes?|results?|outcome|reached?)\b",
    r"\b(?:code|program|source|script|module|trials?|tuning|hyper-?parameters?|parameters?|weights|training|trained)\b",
    r"\b(?:report|findings?|reviewe?r?s?|issues?|baselines?|loss|perplexity|metrics?|epochs?|tokens?|spen[dt]|status)\b",
    r"\b(?:so far|you|running|stop\w*|fail\w*|end(?:ed)?|crash\w*|cancel\w*|reject\w*)\b",
    r"\b(?:wrong|happened|broke|slow|money)\b",
)
"""Without one of these, a question of more than a word is about something that no record knows."""
GENERAL: tuple[LookupKind, ...] = ("help", "datasets", "runs", "best", "compare")
INTERROGATIVE = either(
    r"^\W*(?:what|why|how|when|who|whose|where|which|is|are|was|were|did|does|do|has|have|had|should|am)\b"
)
SHOWS = either(
    r"^\W*(?:please\s+|can you\s+|could you\s+)?(?:show|list|print|display|view|open|see|tell|describe|compare)\b"
)
REVIEWS = either(
    r"\b(?:xla|clean|review\w*|check\w*|correct|wrong|bugs?|lint|ok(?:ay)?|good|fine|safe|valid|mistakes?|errors?)\b",
    r"\b(?:problems?|improve|look at|trainium|tpu)\b",
)
THIS_CODE = either(r"\b(?:this|my|the following|that)\s+(?:code|program|script|function)\b", r"\b[\w./-]+\.py\b")
TRAINS = either(r"\b(?:train|fit|build|reproduce|replicate|implement)\b")
ANOTHER_WISH = either(
    r"(?:\band|\bthen|[.;,!?])\s+(?:(?:then|please|now|also)\s+)*(?:train|use|make|try|tune|build|fit|reproduce|rerun)\b"
)
LONGEST_TITLE = 60
"""Characters beside a program that need not say what is wanted of it."""


def read_lookup(prose: str, code: str) -> Lookup | None:
    """The question that a message asks of the records, if it asks one; code in it is what a review is about."""
    reviews = REVIEWS.search(prose) is not None
    if code and (reviews or (len(prose) < LONGEST_TITLE and not TRAINS.search(prose))):
        return Lookup(kind="review", code=code, text=prose)
    asks = INTERROGATIVE.search(prose) is not None or SHOWS.search(prose) is not None
    for kind, pattern in KINDS.items():
        if pattern.search(prose) and (asks or _is_plain(kind, prose)) and _of_runs(kind, prose):
            return Lookup(kind=kind, runs=mentioned_runs(prose), text=prose)
    alone = re.fullmatch(r"\W*(?:run\s*)?#?\d+\W*", prose, re.IGNORECASE) if A_RUN.search(prose) else None
    if (asks or alone) and (runs := mentioned_runs(prose)):
        return Lookup(kind="run", runs=runs, text=prose)
    return None


def plain_question(prose: str, code: str) -> Lookup | None:
    """The lookup of a message that is a question of the records and can hardly be a wish for a run."""
    if not (INTERROGATIVE.search(prose) or SHOWS.search(prose)) or TRAINS.search(prose) or read_changes(Reading(prose)):
        return None
    return read_lookup(prose, code)


def wishes_beside(prose: str) -> bool:
    """Whether a question is followed or led by a wish for a run, which its answer alone would pass over."""
    return ANOTHER_WISH.search(prose) is not None


def wants_review(prose: str) -> bool:
    """Whether code is to be reviewed that the message does not hold."""
    return bool(THIS_CODE.search(prose) and REVIEWS.search(prose))


def _of_runs(kind: LookupKind, prose: str) -> bool:
    """Whether a record can have the answer: "how is the weather" asks as "how is the model" does."""
    words = prose.split()
    return kind in GENERAL or len(words) < 2 or bool(OF_RUNS.search(prose) or A_RUN.search(prose))


def _is_plain(kind: LookupKind, prose: str) -> bool:
    """Needs neither a question word nor "show": a few words that can mean nothing else."""
    return kind in ("help", "compare", "why", "datasets") or (len(prose.split()) <= 5 and not TRAINS.search(prose))
