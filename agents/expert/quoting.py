"""What the expert takes from a found paper: the one sentence of it that says most about what was looked for."""

import re

from tools.search.fields import keywords, plain

SENTENCE_END = re.compile(r"(?<=[.!?])\s+(?=[A-Z\"(])")
CLAIM = re.compile(
    r"\b(?:we (?:show|propose|find|present|introduce|achieve|demonstrate)|outperforms?|improves?|achieves?|results?|"
    r"state.of.the.art|accura\w+|better|faster|fewer|effective|competitive)\b",
    re.IGNORECASE,
)
SHORTEST, LONGEST = 30, 400


def best_sentence(text: str, words: str) -> str:
    """The sentence with the most of these words, a claim before others, the first of equals; "" when there is none."""
    wanted = {word.casefold() for word in keywords(words, 20)}
    sentences = [s for s in SENTENCE_END.split(plain(text, 4_000)) if SHORTEST <= len(s) <= LONGEST]
    return max(sentences, key=lambda s: 2 * len(wanted & _words(s)) + 2 * bool(CLAIM.search(s)), default="")


def _words(text: str) -> set[str]:
    return {word.casefold() for word in re.findall(r"\w+", text)}
