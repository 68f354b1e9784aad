"""Comments in a program that name the criterion that the line below them meets."""

from collections import defaultdict
from collections.abc import Sequence

from agents.expert.papers.judging import Evidence, compare, judge
from runtime.search_space import SearchSpace
from tools.papers.brief import Criterion, CriterionVerdict

IDS_A_LINE = 4


def cite(code: str, space: SearchSpace, criteria: Sequence[Criterion]) -> tuple[str, list[CriterionVerdict]]:
    """The code with its comments, and the verdicts with the lines as they are then.

    Only what rules find in the syntax tree is cited, at the first place that holds it; "in part" says so.
    """
    evidence = Evidence.of(code, space)
    notes: dict[int, dict[str, list[str]]] = defaultdict(lambda: defaultdict(list))
    for criterion, verdict in zip(criteria, judge(criteria, evidence), strict=True):
        if verdict.verdict == "not":
            continue
        cited = criterion.id if verdict.verdict == "met" else f"{criterion.id} (in part)"
        for feature in compare(criterion, evidence).features:
            notes[evidence.features[feature][0]][feature].append(cited)
    lines = code.split("\n")
    for place in sorted(notes, reverse=True):
        indent = lines[place - 1][: len(lines[place - 1]) - len(lines[place - 1].lstrip())]
        lines[place - 1 : place - 1] = [
            f"{indent}# {', '.join(ids[start : start + IDS_A_LINE])}: {feature}"
            for feature, ids in notes[place].items()
            for start in range(0, len(ids), IDS_A_LINE)
        ]
    cited_code = "\n".join(lines)
    return cited_code, judge(criteria, Evidence.of(cited_code, space))
