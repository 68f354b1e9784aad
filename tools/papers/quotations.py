"""Whether a quotation really stands in a text, whatever became of its spaces, hyphens, ligatures and quotes."""

import re
import unicodedata
from functools import cached_property

SHORTEST = 20
"""Characters of a quotation, once normalised; shorter ones stand in any text by chance."""
LONGEST_SENTENCE = 400
_QUOTES = str.maketrans({**dict.fromkeys("‘’‚‛′`", "'"), **dict.fromkeys("“”„‟″«»", '"')})
_DASHES = re.compile("[\u2010-\u2015\u2212\ufe58\ufe63\uff0d]")
_INVISIBLE = re.compile("[\u00ad\u200b-\u200f\u2060\ufeff]")
_MARKUP = re.compile(r"[$*`{}\\]")
_HYPHEN = re.compile(r"(?<=[^\W\d_])(?:-|\ufffe)\s*(?=[^\W\d_])")
_SPACE = re.compile(r"[\s~]+")
_BEFORE_MARK = re.compile(r" (?=[,.;:!?)\]])|(?<=[(\[]) ")
_CAMEL = re.compile(r"(?<=[a-z])(?=[A-Z])|_")
_GENERIC = {"size", "rate", "num", "number", "dim", "type", "value"}
LONGEST_INITIALS = 3
_SENTENCE_END = re.compile(r"(?<=[.!?])\s+(?=[^\Wa-z])|\n\s*\n")
_EDGES = " .,;:…\"'"


class Passage:
    """A text in which quotations are looked up; normalised once."""

    def __init__(self, text: str) -> None:
        self._plain = normalise(text)
        self._text = text

    @cached_property
    def _sentences(self) -> list[str]:
        pieces = _SENTENCE_END.split(self._text)
        return [piece for piece in pieces if SHORTEST <= len(piece) <= LONGEST_SENTENCE]

    def holds(self, quotation: str) -> bool:
        """Whether the quotation stands here word for word, and not as a part of other words or numbers."""
        wanted = normalise(quotation).strip(_EDGES)
        if len(wanted) < SHORTEST:
            return False
        at = self._plain.find(wanted)
        while at >= 0:
            if _whole(self._plain, at, at + len(wanted)):
                return True
            at = self._plain.find(wanted, at + 1)
        return False

    def sentence_with(self, name: str, value: str) -> str:
        """The shortest sentence or line, if any, in which a setting's value and a word of its name stand together."""
        wanted, named = normalise(value).strip(_EDGES), _naming(name)
        if not wanted or named is None:
            return ""
        found = []
        for sentence in self._sentences:
            plain = normalise(sentence)
            if wanted in plain and named.search(plain) and self.holds(sentence):
                at = plain.find(wanted)
                if _whole(plain, at, at + len(wanted)):
                    found.append(" ".join(sentence.split()))
        return min(found, key=len, default="")


def _naming(name: str) -> re.Pattern[str] | None:
    """What names a setting in a sentence: the beginning of a word that says which it is, or, for lr, its initials."""
    words = set(re.findall(r"[^\W\d_]{2,}", _CAMEL.sub(" ", name).casefold()))
    words = words - _GENERIC or words
    initials = [r"\b" + r"\w+[ -]".join(word) for word in words if len(word) <= LONGEST_INITIALS]
    patterns = [rf"\b{word[:4]}" for word in words] + initials
    return re.compile("|".join(patterns)) if patterns else None


def stands_in(quotation: str, text: str) -> bool:
    """Whether a quotation of at least `SHORTEST` characters stands in a text."""
    return Passage(text).holds(quotation)


def normalise(text: str) -> str:
    """The text without what extraction and retyping change: case, spaces, ligatures, markup, hyphens inside words.

    A hyphen between letters goes, with the line break behind it; one beside a digit is a sign and stays.
    """
    plain = _INVISIBLE.sub("", unicodedata.normalize("NFKC", text)).translate(_QUOTES)
    plain = _MARKUP.sub("", _DASHES.sub("-", plain)).casefold()
    return _BEFORE_MARK.sub("", _SPACE.sub(" ", _HYPHEN.sub("", plain))).strip()


def _whole(text: str, start: int, end: int) -> bool:
    """Whether text[start:end] begins and ends where words and numbers do."""
    return not (_runs_on(text[start], text[:start][::-1][:2]) or _runs_on(text[end - 1], text[end : end + 2]))


def _runs_on(edge: str, outside: str) -> bool:
    """Whether the character at an edge is one word or number with those outside, the nearest first."""
    if not edge.isalnum() or not outside:
        return False
    if outside[0].isalnum():
        return True
    return edge.isdigit() and outside[0] in ".,-" and outside[1:].isalnum()
