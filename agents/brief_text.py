"""A paper's brief as the lines of a prompt, within a budget of tokens: the least important is cut first."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from tools.papers.brief import Criterion, PaperBrief

CHARACTERS_A_TOKEN = 3.6
"""Of technical English with code and formulas, on the careful side (four is usual for prose)."""
BRIEF_TOKENS = 3000
"""What a brief may take of a prompt whose model has room for more."""
FEWEST_TOKENS = 500
"""Below this a brief says nothing; a smaller window is used up all the same."""
WRAPPING_TOKENS = 500
"""Of the words around a brief in the prompt, and of a conversation's marks."""
LONGEST_LINE = 700
SHORTEST_CRITERION = 60
SHORTEST_METHOD = 200
LONGEST_METHOD = 4000
SHARES = {
    "criteria": 0.45,
    "hyperparameters": 0.6,
    "method": 0.8,
    "architecture": 0.9,
    "algorithm": 0.95,
    "training_recipe": 1.0,
    "equations": 1.0,
    "evaluation": 1.0,
}
"""The parts, most important first, and up to which share of the budget a part may fill it."""


@dataclass(frozen=True)
class BriefText:
    """The parts of a brief, each a list of lines, and the names of the parts that were shortened."""

    title: str
    task: str
    parts: dict[str, list[str]] = field(default_factory=dict)
    cut: list[str] = field(default_factory=list)


def fit_brief(brief: PaperBrief, tokens: int = BRIEF_TOKENS) -> BriefText:
    """What of the brief fits into about `tokens` tokens, whole lines at a time."""
    room = max(tokens, FEWEST_TOKENS) * CHARACTERS_A_TOKEN
    text = BriefText(title=brief.title[:300], task=f"{brief.task[:200] or 'unknown'} ({brief.domain})")
    used = float(len(text.title) + len(text.task))
    for name, lines in _lines(brief).items():
        kept: list[str] = []
        for line in lines:
            short = line[: LONGEST_METHOD if name == "method" else LONGEST_LINE]
            left = SHARES[name] * room - used
            if len(short) > left and name == "method" and left > SHORTEST_METHOD:
                short = short[: int(left) - 4].rpartition(" ")[0] + " […]"
            if len(short) > left:
                break
            kept.append(short)
            used += len(short) + 3
        if kept:
            text.parts[name] = kept
        if len(kept) < len(lines) or sum(map(len, kept)) < sum(map(len, lines)):
            text.cut.append(name.replace("_", " "))
    return text


def criteria_lines(criteria: Sequence[Criterion], tokens: int) -> list[str]:
    """Every criterion on a line of its own, all of them shortened alike where the budget is small."""
    room = max(tokens, FEWEST_TOKENS) * CHARACTERS_A_TOKEN
    longest = max(SHORTEST_CRITERION, int(room / max(1, len(criteria))))
    return [line[: min(longest, LONGEST_LINE)] for line in _criteria(criteria)]


def room_for(window: int, *others: str) -> int:
    """How many tokens of a window a brief may take beside the other texts of a prompt."""
    return min(BRIEF_TOKENS, window - WRAPPING_TOKENS - sum(map(estimate_tokens, others)))


def estimate_tokens(text: str) -> int:
    """How many tokens a text takes, roughly."""
    return int(len(text) / CHARACTERS_A_TOKEN) + 1


def _lines(brief: PaperBrief) -> dict[str, list[str]]:
    """Every part's lines, in the order of `SHARES`."""
    return {
        "criteria": _criteria(brief.criteria),
        "hyperparameters": [f"{_one_line(one.name)}: {_one_line(one.value)}" for one in brief.hyperparameters],
        "method": _whole([brief.method]),
        "architecture": [f"{_one_line(row.component)}: {_one_line(row.details)}" for row in brief.architecture],
        "algorithm": [f"{number}. {_one_line(step)}" for number, step in enumerate(brief.algorithm, 1)],
        "training_recipe": _whole([brief.training_recipe]),
        "equations": _whole(brief.equations),
        "evaluation": _whole([brief.evaluation]),
    }


def _criteria(criteria: Sequence[Criterion]) -> list[str]:
    return [f"{one.id}: {_one_line(one.text)}" for one in criteria]


def _whole(texts: Iterable[str]) -> list[str]:
    return [line for text in texts if (line := _one_line(text))]


def _one_line(text: str) -> str:
    return " ".join(text.split())
