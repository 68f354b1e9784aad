"""The figures of a text, and whether each of them stands in another: what keeps a model from inventing numbers.

Digits are read in any script and with any grouping, English words from two to a billion as well. A figure stands in the
facts when one of theirs is the same, said with fewer decimals (never so few that it is off by more than a twentieth),
as a percentage or a share, or in another unit of the same kind. What a figure is said *of* is not checked.
"""

import re
import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal

FURTHEST = Decimal("0.05")
"""Of a figure's size, that rounding may take or add."""
HIGHEST_POWER = 300
UNITS: dict[str, tuple[str, Decimal]] = {
    **dict.fromkeys(("b", "byte", "bytes"), ("size", Decimal(1) / 1024)),
    **dict.fromkeys(("kb", "kib", "kilobyte", "kilobytes"), ("size", Decimal(1))),
    **dict.fromkeys(("mb", "mib", "megabyte", "megabytes"), ("size", Decimal(1024))),
    **dict.fromkeys(("gb", "gib", "gigabyte", "gigabytes"), ("size", Decimal(1024**2))),
    **dict.fromkeys(("ms", "millisecond", "milliseconds"), ("time", Decimal("0.001"))),
    **dict.fromkeys(("s", "sec", "secs", "second", "seconds"), ("time", Decimal(1))),
    **dict.fromkeys(("min", "mins", "minute", "minutes"), ("time", Decimal(60))),
    **dict.fromkeys(("h", "hour", "hours"), ("time", Decimal(3600))),
    **dict.fromkeys(("%", "percent", "per cent", "percentage points", "points"), ("share", Decimal("0.01"))),
    **dict.fromkeys(("usd", "dollar", "dollars"), ("money", Decimal(1))),
    **dict.fromkeys(("cent", "cents"), ("money", Decimal("0.01"))),
}
"""Unit → (kind, how many of the kind's first unit it is)."""
TO_NINETEEN = (
    "zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen seventeen "
    "eighteen nineteen"
)
TENS = {"twenty": 20, "thirty": 30, "forty": 40, "fifty": 50, "sixty": 60, "seventy": 70, "eighty": 80, "ninety": 90}
WORDS = {word: value for value, word in enumerate(TO_NINETEEN.split())} | TENS
SCALES = {"hundred": 100, "thousand": 1000, "million": 10**6, "billion": 10**9, "dozen": 12}
VAGUE_WORDS = (
    "half twice double doubled halved triple tripled thrice quarter quarters third thirds tenfold dozens hundreds "
    "thousands millions"
)
VAGUE = frozenset(VAGUE_WORDS.split())
"""Figures without a number: they have to stand in the facts as the words that they are."""
NO_COUNTS = {"one", "zero"}
"""A pronoun more often than a count, and the count of nothing."""
UNIT = "|".join(sorted((re.escape(unit) for unit in UNITS), key=len, reverse=True))
NUMBER = r"(?P<number>\d[\d,'_]*(?:\.\d+)?|\.\d+)(?P<power>e[-+]?\d+\b|\s*[x×*]\s*10\s*\^\s*[-+]?\d+)?"
FIGURE = re.compile(
    rf"(?P<sign>(?<![\w)])[-+]\s*)?(?P<money>\$\s*)?{NUMBER}(?:[\s-]*(?P<unit>{UNIT})(?!\w))?", re.IGNORECASE
)
TWO_TIMES = re.compile(r"\b(\d+)\s*(h|min)\s+(\d+)\s*(min|s)\b")
SCIENTIFIC = r"(?!\d+(?:\.\d+)?e[-+]?\d+\b)"
IN_A_NAME = re.compile(
    rf"(?<!\w)(?:[^\W\d][\w.-]*\d[\w.-]*|{SCIENTIFIC}\d[\w.-]*(?:[^\W\d_][\w-]*\d|[_-]\d)[\w.-]*)", re.IGNORECASE
)
"""A name with a digit in it (cnn2d, wine-20261120T101502-3f9a), or a date: one word, which is compared as it is."""
NUMBERED = re.compile(r"\b(run|trial)\s+#?(\d+)\b", re.IGNORECASE)
SPELLED = "|".join([*WORDS, *SCALES])
NUMBER_WORD = re.compile(
    rf"\b(?:{SPELLED})(?:[\s-]+(?:and\s+)?(?:{SPELLED}))*\b(?:[\s-]*(?P<unit>{UNIT})(?!\w))?", re.IGNORECASE
)


@dataclass(frozen=True)
class Figure:
    """A number as it was written; `half` is half a unit of its last decimal, which rounding may have taken or added."""

    text: str
    value: Decimal
    half: Decimal
    kind: str = ""
    """size, time, share or money; "" without a unit."""
    unit: Decimal = Decimal(1)
    """How much one of the unit is that it was written in."""

    def stands_for(self, fact: "Figure") -> bool:
        """Whether this may be said of the fact."""
        return any(
            abs(self.value - value) <= (self.half if rounded else 0)
            and abs(self.value - value) <= FURTHEST * abs(value)
            for value, rounded in self._readings(fact)
        )

    def _readings(self, fact: "Figure") -> Iterator[tuple[Decimal, bool]]:
        """The fact's values that this one may repeat, and whether it may round them."""
        if self.kind == fact.kind or (self.kind == "share" and not fact.kind and abs(fact.value) <= 1):
            yield fact.value, True
        elif not self.kind and fact.kind:  # a number alone repeats the digits of one with a unit
            yield fact.value / fact.unit, False
            if fact.kind == "share":
                yield fact.value, True


def unsupported(text: str, facts: str) -> list[str]:
    """The figures of `text` that stand nowhere in `facts`, as they are written, each once."""
    plain, known = _plain(text), _plain(facts)
    names, words = _names(known), _words(known)
    missing = [name for name in _names(plain) if name not in names]
    standing = [*figures(facts), *_counts_in(names)]
    missing += [one.text for one in figures(text) if not any(one.stands_for(fact) for fact in standing)]
    missing += [word for word in _words(plain) if word in VAGUE and word not in words]
    missing += [one for one in plain if one.isnumeric() and not one.isdigit() and one not in known]
    return list(dict.fromkeys(missing))


def figures(text: str) -> list[Figure]:
    """Every number of a text, in digits and in words, but not those inside names."""
    plain = IN_A_NAME.sub(lambda match: "_" * len(match[0]), TWO_TIMES.sub(_seconds, _plain(text)))
    found = [_in_digits(match) for match in FIGURE.finditer(plain)]
    for match in NUMBER_WORD.finditer(plain):
        if match[0].lower() not in NO_COUNTS:
            found.append(_figure(match[0], Decimal(spelled(match[0])), Decimal(0), match["unit"] or ""))
    return found


def _in_digits(match: re.Match[str]) -> Figure:
    number = re.sub(r"[,'_]", "", match["number"])
    written = re.search(r"[-+]?\d+$", match["power"] or "")
    power = max(-HIGHEST_POWER, min(HIGHEST_POWER, int(written[0][:5]))) if written else 0
    sign = -1 if (match["sign"] or "").strip() == "-" else 1
    value = sign * Decimal(number).scaleb(power)
    half = Decimal(5).scaleb(power - 1 - len(number.partition(".")[2]))
    return _figure(match[0].strip(), value, half, "usd" if match["money"] else match["unit"] or "")


def _figure(text: str, value: Decimal, half: Decimal, unit: str) -> Figure:
    kind, scale = UNITS.get(" ".join(unit.lower().split()), ("", Decimal(1)))
    return Figure(text, value * scale, half * scale, kind, scale)


def _names(text: str) -> list[str]:
    """Words with digits in them, and which run or trial is spoken of."""
    numbered = [f"{match[1].lower()} {match[2]}" for match in NUMBERED.finditer(text)]
    return [name.lower().strip(".-") for name in IN_A_NAME.findall(text)] + numbered


def _counts_in(names: Sequence[str]) -> list[Figure]:
    """A word with a number at its end may be said as that number: int8 has 8 bits."""
    ends = [match[1] for name in names if (match := re.fullmatch(r"[a-z]+(\d+)", name))]
    return [Figure(end, Decimal(end), Decimal(0)) for end in ends]


def _words(text: str) -> list[str]:
    return re.findall(r"[a-z]+", text.lower())


def _seconds(match: re.Match[str]) -> str:
    """Two units of time are one figure: neither may be told without the other."""
    return f"{int(match[1]) * UNITS[match[2]][1] + int(match[3]) * UNITS[match[4]][1]} s"


def spelled(text: str) -> int:
    """E.g. 97 of "ninety-seven", 1,200 of "one thousand two hundred"; other words say nothing."""
    total = part = 0
    for word in _words(text):
        if word in WORDS:
            part += WORDS[word]
        elif word not in SCALES:
            continue
        elif SCALES[word] < 1000:
            part = max(1, part) * SCALES[word]
        else:
            total, part = total + max(1, part) * SCALES[word], 0
    return total + part


def _plain(text: str) -> str:
    """Digits of every script as ASCII; typographic dashes, and spaces inside a number, as what they mean."""
    normal = unicodedata.normalize("NFKC", text).replace("−", "-").replace("–", "-").replace("’", "'")
    digits = "".join(str(unicodedata.digit(one)) if one.isdigit() and not one.isascii() else one for one in normal)
    return re.sub(r"(?<=\d)[\u00a0\u202f ](?=\d{3}(?!\d))", "", digits)
