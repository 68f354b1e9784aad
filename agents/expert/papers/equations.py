"""Displayed equations and the steps of algorithms."""

import re

from agents.expert.papers.passages import Passage

DISPLAY_MARKS = re.compile(
    r"^(?:\\\[|\$\$|\\begin\{\w+\*?\}(?:\{[^}]*\})?)\s*|\s*(?:\\\]|\$\$|\\end\{\w+\*?\})\s*[.,]?$|\\label\{[^}]*\}"
)
LONGEST_EQUATION = 400
ALGORITHM = re.compile(r"\bAlgorithm\s*\d+\b")
STEP = re.compile(
    r"^\s*(?:\d{1,2}\s*[:.)]\s*)?(?:\\?(?:for|while|if|else|end|return|repeat|until|require|ensure|input|output"
    r"|state|initiali[sz]e|set|compute|update"
    r"|sample|define|calculate|apply|solve)\b|[A-Za-z]\w{0,12}\s*(?:←|=|\\leftarrow|:=))", re.IGNORECASE,
)  # fmt: skip
ORDERED = re.compile(
    r"^(?:First(?:ly)?|Second(?:ly)?|Third(?:ly)?|Then|Next|After (?:that|this)|Finally|Lastly|At inference"
    r"|In the (?:first|second|last) step)\b"
)
MOST_STEPS = 20
FEWEST_STEPS = 3


def equations(passages: list[Passage], most: int) -> list[str]:
    """Displayed equations less their marks, the first ones, none twice."""
    found: list[str] = []
    for passage in passages:
        if passage.form != "equation" or passage.section in ("references", "theory"):
            continue
        text = passage.text
        while (bare := DISPLAY_MARKS.sub("", text).strip()) != text:
            text = bare
        if _worth_keeping(text) and text not in found:
            found.append(text[:LONGEST_EQUATION])
    return found[:most]


def _worth_keeping(text: str) -> bool:
    return (
        len(text) >= 8
        and any(sign in text for sign in ("=", "≤", "\\le", "\\min", "∝"))
        and bool(re.search(r"[A-Za-zα-ω]", text))
    )


def algorithm_steps(passages: list[Passage]) -> list[str]:
    """The lines of a numbered algorithm, else the sentences that say first, then, finally."""
    steps: list[str] = []
    inside = 0
    for passage in passages:
        if ALGORITHM.search(passage.text) and len(passage.text) < 120 and passage.form != "sentence":
            inside = MOST_STEPS
        elif inside and STEP.match(passage.text) and len(passage.text) < 200:
            steps.append(passage.text)
            inside -= 1
        elif inside and passage.form == "heading":
            inside = 0
    ordered = [
        one.text for one in passages
        if one.form == "sentence" and one.section in ("method", "training", "abstract") and ORDERED.match(one.text)
            and len(one.text) < 300
    ]  # fmt: skip
    told = len(ordered) >= FEWEST_STEPS and any(step.startswith("First") for step in ordered)
    return (steps or (ordered if told else []))[:MOST_STEPS]
