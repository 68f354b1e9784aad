"""What a user's own words bear out: a model that reads a chat may take values from them, and no others."""

import difflib
import re
from collections.abc import Sequence
from decimal import Decimal
from typing import Any

from agents.figures import WORDS, figures

TARGETS = {"cuda": ("cuda", "gpu", "nvidia"), "xla": ("xla", "tpu", "trainium"), "neuron": ("neuron", "trainium")}
NONE_AT_ALL = re.compile(r"\b(?:no|without|skip|zero|untuned)\b", re.IGNORECASE)
SCALES = (1, 1000, 1024, 60, Decimal(1) / 60, Decimal(1) / 1024)
"""Thousands, and the units in which sizes and times are said."""
THOUSANDS = re.compile(r"\b(\d[\d,]*(?:\.\d+)?)\s*k\b", re.IGNORECASE)
NEAR = 0.7
"""How alike two words are that a slip of the pen parts, of 1."""
ALWAYS = ("goal",)
"""What the model may say in its own words."""


def left_out(fields: dict[str, Any], words: Sequence[str]) -> dict[str, Any]:
    """The fields whose values the words do not bear out."""
    said = " ".join(words)
    return {name: value for name, value in fields.items() if name not in ALWAYS and not borne_out(name, value, said)}


def borne_out(name: str, value: Any, said: str) -> bool:
    """Whether somebody who said this may have meant the value: its letters, or its number in some unit, stand in it."""
    if isinstance(value, bool):
        return not value or bool(re.search(r"\b(?:literature|review|research|papers?)\b", said, re.IGNORECASE))
    if isinstance(value, int | float):
        return _counted(Decimal(str(value)), said)
    if name == "target":
        return any(word in said.lower() for word in TARGETS.get(str(value), (str(value),)))
    return bool(letters(str(value))) and letters(str(value)) in letters(said)


def resembles(value: str, said: str) -> bool:
    """Whether a word of the user's may be a slip of the pen for the value."""
    words = [letters(word) for word in said.split()]
    return bool(difflib.get_close_matches(letters(value), words, 1, NEAR))


def letters(text: str) -> str:
    """Letters and digits alone, so that "Fashion MNIST" is fashion_mnist."""
    return "".join(character for character in text.lower() if character.isalnum())


def _counted(value: Decimal, said: str) -> bool:
    if value == 0 and NONE_AT_ALL.search(said):
        return True
    numbers = [number for figure in figures(said) for number in (figure.value / figure.unit, figure.value)]
    numbers += [Decimal(match[1].replace(",", "")) * 1000 for match in THOUSANDS.finditer(said)]
    numbers += [Decimal(WORDS[word]) for word in re.findall(r"[a-z]+", said.lower()) if word in ("one", "zero")]
    numbers += [Decimal(digits) for digits in re.findall(r"(?<![\d.,])\d{1,12}(?![\d.,]*\d)", said)]
    return any(abs(number * scale - value) <= abs(value) * Decimal("1e-6") for number in numbers for scale in SCALES)
