"""What of a message nothing has understood, for the user to hear."""

import re

from agents.expert.chat.reading import TAKEN, Reading, either

SHORT_PURPOSE = r"(?:(?!with\b|under\b|on\b|in\b|using\b|at\b|below\b|from\b|and\b)[A-Za-z'-]+[ \t]*){1,5}"
PURPOSE = either(
    r"\b(?:models?|classifiers?|networks?|nets?|regressors?|programs?|something|anything|one)\s+"
    rf"(?:for|of|to|that|which)\s+{SHORT_PURPOSE}",
    rf"\b(?:classify|recogni[sz]e|detect|distinguish|identify|forecast|predict)(?:ing)?\s+{SHORT_PURPOSE}",
)
"""What a model is for is the goal, not an option."""
PLAIN_WORDS = """
a about above accuracy accurate after again all also an and any anything anyone are article as asap at be best
better bit build but by can classification classifier classify code compact could create data dataset datasets decent
do does don dont fast file files find fit follow folder for from get give go goal good have hello help hey hi his i if
image images implement in instead into is it its just kilobytes kind learn learning least less let light lightweight
like limit little long lot low machine made make making max maximum me memory method model models more most much my
name named need neural network new next nice no not now of ok okay on one only or other our out over paper please pls
possible predict predictor preprint program published pytorch quick quickly really recognize regression replicate
reproduce result results right run running same set should show simple size small smaller so some something soon
start such table task than thank thanks that the their them then there these this those time tiny to today too torch
train trained training trial trials try tune tuned tuning up us use used using very want was way we well what when
where which while will with within work would write yes you your
"""
FILLERS = frozenset(PLAIN_WORDS.split())
LINKS = {"with", "without", "like", "by", "using", "via", "as", "until", "except", "instead"}
"""A phrase is told from the last of these on."""
PIECES = re.compile(rf"[.,;:!?]+(?=\s|$)|[()\n。，？！{TAKEN}]+|(?<=\s)(?:and|but)\s+")
WORD = re.compile(r"[^\s\"`]+")
SHORTEST = 4
LONGEST = 80
MOST = 4


def not_understood(reading: Reading) -> list[str]:
    """Phrases with a word in them that neither a pattern nor the list of plain words knows."""
    rest = PURPOSE.sub(lambda match: TAKEN * len(match[0]), reading.rest)
    phrases = [_phrase(WORD.findall(piece)) for piece in PIECES.split(rest)]
    return [phrase for phrase in phrases if phrase][:MOST]


def unknown_words(phrases: list[str]) -> list[str]:
    """The single words of phrases that nothing knows, short ones left out: they resemble too much."""
    return [
        word.strip(".,'") for phrase in phrases for word in phrase.split() if len(word) >= SHORTEST and not _plain(word)
    ]


def told(phrases: list[str]) -> str:
    """A sentence that names them; empty without any."""
    return f"I did not understand {', '.join(f'“{phrase}”' for phrase in phrases)}." if phrases else ""


def _phrase(words: list[str]) -> str:
    """From the first word that nothing knows, or the link before it, to the last such word."""
    unknown = [index for index, word in enumerate(words) if not _plain(word)]
    if not unknown:
        return ""
    links = [index for index in range(unknown[0]) if words[index].lower() in LINKS]
    return " ".join(words[links[-1] if links else unknown[0] : unknown[-1] + 1])[:LONGEST]


def _plain(word: str) -> bool:
    letters = re.sub(r"[^\w]", "", word.lower().strip("'").partition("'")[0])
    return not letters or letters in FILLERS
