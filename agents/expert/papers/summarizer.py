"""The expert as a summarizer: merges chunk summaries by how much they weigh; it writes nothing of its own."""

from collections import Counter
from collections.abc import Iterable

from agents.contracts import BriefRequest
from agents.expert.identity import GENERATED_BY
from agents.expert.papers.criteria import Requirement, distinct, specificity_of
from agents.expert.papers.domains import detect
from agents.expert.papers.hyperparameters import weigh_again
from agents.expert.papers.passages import split_sentences
from agents.expert.papers.scoring import overlap
from tools.papers.brief import ArchitectureRow, Criterion, Hyperparameter, PaperBrief

MOST_CRITERIA = 20
MOST_EQUATIONS = 15
MOST_STEPS = 20
MOST_ROWS = 24
MOST_VALUES = 2
LONGEST_METHOD, LONGEST_PART = 2000, 1200


class ExpertSummarizer:
    """Reduces by rule. Coverage is the caller's to fill in."""

    author = GENERATED_BY
    version = ""

    def brief(self, request: BriefRequest) -> PaperBrief:
        summaries = request.summaries
        datasets = [name for name, _ in Counter(name for one in summaries for name in one.datasets).most_common(12)]
        body = " ".join(one.summary for one in summaries)
        domain, task = detect(request.title, request.abstract, body, datasets)
        return PaperBrief(
            paper_id=request.paper_id,
            title=request.title,
            domain=domain,
            task=task,
            method=_sentences([request.abstract, *(one.summary for one in summaries)], LONGEST_METHOD),
            equations=list(dict.fromkeys(text for one in summaries for text in one.equations))[:MOST_EQUATIONS],
            algorithm=max((one.algorithm for one in summaries), key=len, default=[])[:MOST_STEPS],
            architecture=_rows(row for one in summaries for row in one.architecture),
            hyperparameters=merge_values(value for one in summaries for value in one.hyperparameters),
            datasets=datasets,
            training_recipe=_sentences((one.training_recipe for one in summaries), LONGEST_PART),
            evaluation=_sentences((one.evaluation for one in summaries), LONGEST_PART),
            criteria=number_criteria(criterion for one in summaries for criterion in one.criteria),
            generated_by=GENERATED_BY,
            dropped_quotations=sum(one.dropped_quotations for one in summaries),
        )


def number_criteria(criteria: Iterable[Criterion]) -> list[Criterion]:
    """The most specific first, none nearly twice, numbered C1, C2 …"""
    requirements = [Requirement(one, specificity_of(one)) for one in criteria]
    kept = distinct(requirements)[:MOST_CRITERIA]
    return [one.criterion.model_copy(update={"id": f"C{place}"}) for place, one in enumerate(kept, start=1)]


def merge_values(values: Iterable[Hyperparameter]) -> list[Hyperparameter]:
    """At most MOST_VALUES of each name, the best supported first, names in the order of the paper."""
    by_name: dict[str, dict[str, list[Hyperparameter]]] = {}
    for value in values:
        by_name.setdefault(value.name, {}).setdefault(value.value.lower().replace(" ", ""), []).append(value)
    kept: list[Hyperparameter] = []
    for alike in by_name.values():
        ranked = sorted(alike.values(), key=lambda same: -weigh_again(same))
        kept += [same[0] for same in ranked[:MOST_VALUES]]
    return kept


def _rows(rows: Iterable[ArchitectureRow]) -> list[ArchitectureRow]:
    """Sizes first, then sentences; each once."""
    kept: dict[tuple[str, str], ArchitectureRow] = {}
    for row in rows:
        kept.setdefault((row.component, row.details.lower()), row)
    return sorted(kept.values(), key=lambda row: len(row.details) > 40)[:MOST_ROWS]


def _sentences(texts: Iterable[str], longest: int) -> str:
    """The sentences of several texts up to `longest` characters, none nearly twice."""
    kept: list[str] = []
    for sentence in (one for text in texts for one in split_sentences(" ".join(text.split()))):
        if not any(overlap(sentence, other) > 0.6 for other in kept):
            if sum(map(len, kept)) + len(sentence) > longest:
                break
            kept.append(sentence)
    return " ".join(kept)
