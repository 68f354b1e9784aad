"""Finds hyperparameters with their values in sentences and in table rows."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache

from agents.expert.papers.notation import NUMBER, numbers, plain, without_citations
from agents.expert.papers.passages import Passage, SectionKind, cells, is_prose
from agents.expert.papers.settings import CHOICES, SETTINGS, Setting, compiled
from tools.papers.brief import Hyperparameter
from tools.recommend.names import find_names

WORD_NUMBERS = {
    "one": 1, "two": 2, "three": 3, "four": 4, "five": 5, "six": 6, "seven": 7, "eight": 8, "nine": 9, "ten": 10,
    "twelve": 12, "sixteen": 16, "twenty": 20, "twenty-four": 24,
}  # fmt: skip
SPELLED = rf"(?:{NUMBER}|\b(?:{'|'.join(WORD_NUMBERS)})\b)"
HOLDS_NUMBER = re.compile(rf"\d|\b(?:{'|'.join(WORD_NUMBERS)})\b", re.IGNORECASE)
HINT = re.compile(
    r"learning|\blr\b|step|η|batch|epoch|warm|iteration|update|drop|depth|decay|regulari|penalty|moment|β|ε|eps|smooth"
    r"|clip|patience|margin|temperature|beam|seed|layer|block|\b[NLhd]\b|head|d_|\bd[kvmf]|hidden|model|width|neuron|units"
    r"|feed|inner|intermediate|ffn|embed|kernel|filter|channel|feature maps|patch|resolution"
    r"|size|length|vocab|tokens|points",
    re.IGNORECASE,
)
"""No setting is named in a sentence without one of these."""
SET = r"⟨[^⟩]{1,120}⟩|\{[^}]{1,120}\}"
SIDES = r"\d{1,4}\s?[×x]\s?\d{1,4}(?![\d.]|\s?[×x*])"
BETWEEN = (
    r"(?:\s*(?:\([^()\d]{1,30}\)|rate|value|values|parameter|=|:|≈|∼|~|,?\s*which|,?\s*we|of|is|are|was|were|to|set"
    r"|sets|at|a|an|the|"
    r"with|fixed|equal|equals|used?|using|use|by|in|from|as|about|around|approximately|initial(?:ly)?|linearly"
    r"|increased|warmed up|annealed|default"
    r"|constant|peak|"
    r"max(?:imum)?|base|follow\w*|chosen|vary|varies|choose|tuned?|search\w*|grid|on|over|starting|starts|employ"
    r"|apply|and|size|dimension|number|for|all|both|models?|\w+ α)\b|\s*[=:≈∼(])"
    r"{0,9}\s*\(?"
)
EQUALS = r"\s*(?:=|:|≈|is|of)\s*(?:\w_?\w*\s*=\s*)?"
SECTION_WEIGHTS: dict[SectionKind, float] = {
    "training": 3.0, "method": 2.5, "abstract": 2.0, "experiments": 2.4, "appendix": 1.6, "other": 1.5,
        "introduction": 1.0,
    "theory": 0.7, "conclusion": 0.7, "related": 0.3, "references": 0.0,
}  # fmt: skip
OWN = re.compile(r"\b(?:we|our|ours|i)\b", re.IGNORECASE)
COMPARED = re.compile(
    r"\b(?:vary|varying|varied|instead of|compared (?:to|with)|ablat\w+|instead|experimented|baselines?"
    r"|previous|prior|worse|drops?"
    r"|increases? (?:in|of)|"
    r"improves?|outperform\w*|reduces?|hurts?|faster|et al)\b", re.IGNORECASE,
)  # fmt: skip


SIDE_EXPERIMENT = 0.6
FEWEST_WORDS = 3
"""Of a sentence that only sets a value: "We used warmup_steps = 4000"."""
RIVAL = 0.75
"""Share of the weightiest value's weight that another value of the same name must have to be reported."""
MOST_VALUES = 2


@dataclass(frozen=True)
class Reading:
    """One value of one hyperparameter, where it stands, and how much it counts."""

    name: str
    value: str
    quotation: str
    weight: float
    architecture: bool


def find_readings(passages: list[Passage]) -> list[Reading]:
    """Every hyperparameter that the passages give a value to, in their order."""
    found: list[Reading] = []
    for passage in passages:
        if passage.section == "references" or passage.form in ("heading", "caption"):
            continue
        text = passage.plain
        if passage.form == "equation":
            found += _choices_in(passage, text)
        elif passage.form == "row":
            found += _in_row(passage)
        else:
            found += [*_numbers_in(passage, text), *_choices_in(passage, text)]
    return found


def _numbers_in(passage: Passage, text: str) -> Iterator[Reading]:
    if not HOLDS_NUMBER.search(text) or not HINT.search(text):
        return
    taken: list[tuple[int, int]] = []
    for setting in SETTINGS:
        for value, start, end in _values(setting, text):
            if any(start < other_end and end > other_start for other_start, other_end in taken):
                continue
            if not _plausible(setting, value):
                continue
            taken.append((start, end))
            yield _reading(setting.name, value, passage, text, setting.architecture)


def _values(setting: Setting, text: str) -> Iterator[tuple[str, int, int]]:
    """(value, start, end) of every value of one setting; a value before its unit comes first."""
    if setting.needs and not compiled(setting.needs).search(text):
        return
    before, after = _patterns(setting)
    matches = [match for pattern in (after, before) if pattern for match in pattern.finditer(text)]
    for match in matches:
        if setting.unless and compiled(setting.unless).search(text[: match.start()]):
            continue
        value = match["value"].strip(" .,")
        yield str(WORD_NUMBERS.get(value.lower(), value)), match.start("value"), match.end("value")


@cache
def _patterns(setting: Setting) -> tuple[re.Pattern[str] | None, re.Pattern[str] | None]:
    """What finds a value behind its words, and what finds one in front of its unit."""
    value = rf"(?P<value>{SET}|{SIDES}|{NUMBER})(?![\w^]|-\d|\.\d)"
    between = EQUALS if setting.bare else rf"{BETWEEN}(?:{NUMBER}\s+to\s+)?"
    words = setting.words if setting.bare else rf"(?i:{setting.words})"
    before = re.compile(rf"(?:{words}){between}{value}") if setting.words else None
    after = rf"(?<![\w.^×=-])(?P<value>{SPELLED})[\s-]?(?:{setting.units})"
    return before, re.compile(after, re.IGNORECASE) if setting.units else None


def _choices_in(passage: Passage, text: str) -> Iterator[Reading]:
    for choice in CHOICES:
        if choice.needs and not compiled(choice.needs).search(text):
            continue
        for value, pattern in choice.values.items():
            if compiled(pattern, case=True).search(text):
                yield _reading(choice.name, value, passage, text, choice.architecture)
                if choice.exclusive:
                    break


def _in_row(passage: Passage) -> Iterator[Reading]:
    """A table's row whose first cell is a hyperparameter's name: "Batch size | 2K"."""
    parts = [plain(cell) for cell in cells(passage.text)]
    if len(parts) < 2 or not re.search(r"[^\W\d]", parts[0]) or len(parts[0]) > 50:
        return
    for setting in SETTINGS:
        cell = rf"(?:\W*)(?:\w+\s){{0,3}}(?:{setting.words})(?:\s*\(?\w*\)?)?\W*"
        named = setting.words and not setting.bare and compiled(cell).fullmatch(parts[0])
        if named and _plausible(setting, parts[1]):
            value = parts[1] if len(parts) == 2 else next((part for part in parts[1:] if numbers(part)), parts[1])
            yield _reading(setting.name, value[:60], passage, passage.text, setting.architecture)
            return
    betas = re.fullmatch(r"\W*(?:Adam\w*\s)?β(?:s|_?1,\s*β_?2)?\W*", parts[0])
    values = numbers(parts[1]) if betas else []
    if len(values) == 2:
        yield _reading("beta1", f"{values[0]:g}", passage, passage.text, False)
        yield _reading("beta2", f"{values[1]:g}", passage, passage.text, False)
    for choice in (choice for choice in CHOICES if re.search(rf"{choice.name[:7]}", parts[0], re.IGNORECASE)):
        yield from (
            _reading(choice.name, value, passage, passage.text, choice.architecture)
            for value, pattern in choice.values.items()
            if re.search(pattern, f"{parts[1]} {parts[0]}", re.IGNORECASE)
        )


def _plausible(setting: Setting, value: str) -> bool:
    values = numbers(value)
    if not values and (spelled := WORD_NUMBERS.get(value.lower())):
        values = [float(spelled)]
    fits = [number for number in values if setting.low <= number <= setting.high]
    whole = not setting.whole or all(number == int(number) for number in fits)
    return bool(fits) and len(fits) == len(values) and whole


def names_data(text: str) -> bool:
    """Whether a sentence is about one dataset, so that what it says need not hold for the method."""
    return next(find_names(text), None) is not None


def _reading(name: str, value: str, passage: Passage, text: str, architecture: bool) -> Reading:
    weight = SECTION_WEIGHTS[passage.section]
    weight *= 0.9 if passage.form == "row" else 1.0
    weight *= 1.4 if OWN.search(text) else 1.0
    weight *= 0.5 if COMPARED.search(text) else 1.0
    weight *= SIDE_EXPERIMENT if names_data(text) else 1.0
    weight *= 0.5 if passage.form == "sentence" and not is_prose(text, FEWEST_WORDS) else 1.0
    return Reading(name, value, passage.text, weight, architecture)


def weigh_again(same: list[Hyperparameter]) -> float:
    """How much one value weighs that several chunks report, judged by their quotations; what comes early is main."""
    weights = []
    for value in same:
        text = plain(without_citations(value.quotation))
        weight = (1.4 if OWN.search(text) else 1.0) * (0.5 if COMPARED.search(text) else 1.0)
        weights.append(weight * (SIDE_EXPERIMENT if names_data(text) else 1.0))
    return max(weights, default=0.0) + 0.15 * (len(same) - 1)
