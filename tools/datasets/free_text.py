"""When the columns of a table are free text to be read, and not categories.

The rule: a text column is free text when its values have at least `LONG_WORDS` words on average and are more than
categories could be (`MAX_CATEGORIES`), or at least `MIN_WORDS` and differ in more than half of the rows. The table is
read as text when free text is all there is beside constant columns and names of rows, or when at most `FEW_OTHERS`
other columns stand beside texts of `LONG_WORDS` words: those are left out, and a note says so. Several free text
columns are read one after the other.
"""

import re

from tools.datasets.columns import Column
from tools.datasets.table_features import MAX_CATEGORIES
from tools.datasets.text_features import TextFeatures
from tools.datasets.tokenization import join_texts

MIN_WORDS, LONG_WORDS = 3.0, 8.0
FEW_OTHERS = 3
PROBE = 2000
WORDS = re.compile(r"[㐀-鿿぀-ヿ가-힯]|\w+")
"""Runs of letters, and each character of scripts that put no spaces between words."""


def as_text(columns: list[Column]) -> tuple[TextFeatures | None, list[str]]:
    """The table's texts with notes on what was joined or left out, or None when it is no table of texts."""
    words = {column.name: mean_words(column) for column in columns if column.kind == "category"}
    texts = [column for column in columns if column.name in words and is_free_text(column, words[column.name])]
    others = [column for column in columns if column not in texts and column.distinct() > 1]
    if not texts:
        return None, []
    longest = max(words[column.name] for column in texts)
    if others and (longest < LONG_WORDS or len(others) > FEW_OTHERS):
        return None, []
    names = [column.name for column in texts]
    notes = []
    if len(names) > 1:
        notes.append(f"Text columns: {', '.join(map(repr, names))} are read one after the other, as one text.")
    if others:
        left = ", ".join(repr(column.name) for column in others)
        notes.append(f"Other columns: {left} left out, since a text is read; leave the text column out to use them.")
    return TextFeatures(join_texts([column.values for column in texts]), names), notes


def is_free_text(column: Column, words: float) -> bool:
    """The rule above, given the words of a value on average."""
    distinct, present = column.distinct(), len(column.values) - int(column.absent().sum())
    if words >= LONG_WORDS:
        return distinct > MAX_CATEGORIES
    return words >= MIN_WORDS and distinct * 2 > present > 0


def mean_words(column: Column) -> float:
    """Words a value, on average over the first rows."""
    probe = [value for value in column.values[:PROBE] if value is not None]
    return sum(len(WORDS.findall(value)) for value in probe) / max(1, len(probe))
