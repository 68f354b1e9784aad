"""Finds names of datasets in a text, longest first, at whole words."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache

from tools.recommend.catalogue import DATASETS, NamedDataset

WORD = re.compile(r"[A-Za-zÀ-ž]+")
SEPARATOR = r"[\s_~\-‐‑‒–]{0,3}"
LETTERS_FIRST = re.compile(r"(?:[A-Za-z]+[\s]?)+")
TWO_SIZES = re.compile(r"\s?(?:/|and|or|&|,)\s?(?:CIFAR)?[-–]?(10{1,2})(?![\d\w.])")
GLUED_PREFIX = re.compile(r"(?:[A-Za-z]-|_|[\w/]+(?:\.\w+)?/)$")
"""E-MNIST, my_mnist and a path such as data/mnist are other names."""


@dataclass(frozen=True)
class Found:
    """One place where a text names a dataset; offsets count characters."""

    dataset: str
    start: int
    end: int


@dataclass(frozen=True)
class _Alias:
    dataset: NamedDataset
    pattern: re.Pattern[str]
    other: re.Pattern[str]
    """What follows when another dataset is meant."""
    length: int


def find_names(text: str) -> Iterator[Found]:
    """Every name in the order of the text; none overlaps another ("MNIST" inside "Fashion-MNIST" is not found)."""
    index, end = _index(), 0
    for word in WORD.finditer(text):
        if word.start() < end:
            continue
        for alias in index.get(word[0].lower(), ()):
            match = alias.pattern.match(text, word.start())
            if match is None:
                continue
            end = match.end()
            if alias.other.match(text, end) or _is_glued(text, match.start()):
                break
            yield Found(alias.dataset.name, match.start(), end)
            if alias.dataset.name in ("cifar10", "cifar100") and (other := TWO_SIZES.match(text, end)):
                yield Found(f"cifar{other[1]}", end, other.end())
                end = other.end()
            break


def _is_glued(text: str, start: int) -> bool:
    before = text[max(0, start - 40) : start]
    return bool(before[-1:].isdigit() or GLUED_PREFIX.search(before))


@cache
def _index() -> dict[str, list[_Alias]]:
    """Aliases by the letters that they begin with (alone, and run together as in FashionMNIST), longest first."""
    index: dict[str, list[_Alias]] = {}
    for dataset in DATASETS:
        for spelled in dataset.aliases:
            alias = _compile(dataset, spelled)
            words = spelled.lstrip("=").lower()
            head = LETTERS_FIRST.match(words)
            keys = {words.split()[0], head[0].replace(" ", "")} if head else {words}
            for key in {match[0] for one in keys if (match := WORD.match(one))}:
                index.setdefault(key, []).append(alias)
    for aliases in index.values():
        aliases.sort(key=lambda alias: -alias.length)
    return index


def _compile(dataset: NamedDataset, spelled: str) -> _Alias:
    exact, words = spelled.startswith("="), spelled.lstrip("=").split()
    body = SEPARATOR.join(re.escape(part) for word in words for part in _parts(word))
    case = body if exact else f"(?i:{body})"
    other = rf"\.\d|{dataset.not_before}" if dataset.not_before else r"\.\d"
    return _Alias(dataset, re.compile(rf"{case}(?![A-Za-z0-9])"), re.compile(other), len(spelled))


def _parts(word: str) -> list[str]:
    """Letters and digits apart, so that CIFAR10 and CIFAR-10 are one."""
    return re.findall(r"\d+[a-zA-Z]*(?:\.\d+)?|[^\d]+", word)
