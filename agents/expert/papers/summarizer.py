"""The expert as a summarizer: merges chunk summaries by how much they weigh; it writes nothing of its own."""

from collections import Counter
from collections.abc import Iterable

from agents.contracts import BriefRequest
from agents.expert.identity import GENERATED_BY
from agents.expert.papers.criteria import Requirement, distinct, specificity_of
from agents.expert.papers.domains import detect
from agents.expert.papers.hyperparameters import MOST_VALUES, RIVAL, weigh_again
from agents.expert.papers.passages import Passage, split_sentences
from agents.expert.papers.scoring import Aspect, best
from tools.papers.brief import ArchitectureRow, Criterion, Hyperparameter, PaperBrief

MOST_CRITERIA = 20
MOST_EQUATIONS = 15
MOST_STEPS = 20
MOST_ROWS = 24
MOST_SENTENCES = 30
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
            method=_told([request.abstract, *(one.summary for one in summaries)], "method", LONGEST_METHOD)
            or request.abstract[:LONGEST_METHOD],
            equations=list(dict.fromkeys(text for one in summaries for text in one.equations))[:MOST_EQUATIONS],
            algorithm=max((one.algorithm for one in summaries), key=len, default=[])[:MOST_STEPS],
            architecture=_rows(row for one in summaries for row in one.architecture),
            hyperparameters=merge_values(value for one in summaries for value in one.hyperparameters),
            datasets=datasets,
            training_recipe=_told((one.training_recipe for one in summaries), "training", LONGEST_PART),
            evaluation=_told((one.evaluation for one in summaries), "evaluation", LONGEST_PART),
            criteria=number_criteria(criterion for one in summaries for criterion in one.criteria),
            generated_by=GENERATED_BY,
            dropped_quotations=sum(one.dropped_quotations for one in summaries),
        )


def number_criteria(criteria: Iterable[Criterion]) -> list[Criterion]:
    """The most specific first, none nearly twice, numbered C1, C2 …"""
    different = {one.text: one for one in reversed(list(criteria))}
    requirements = [Requirement(one, specificity_of(one)) for one in reversed(different.values())]
    kept = distinct(requirements, MOST_CRITERIA)
    return [one.criterion.model_copy(update={"id": f"C{place}"}) for place, one in enumerate(kept, start=1)]


def merge_values(values: Iterable[Hyperparameter]) -> list[Hyperparameter]:
    """At most MOST_VALUES near rivals of each name, the best supported first, names in the order of the paper."""
    by_name: dict[str, dict[str, list[Hyperparameter]]] = {}
    for value in values:
        by_name.setdefault(value.name, {}).setdefault(value.value.lower().replace(" ", ""), []).append(value)
    kept: list[Hyperparameter] = []
    for alike in by_name.values():
        ranked = sorted(alike.values(), key=lambda same: -weigh_again(same))
        least = RIVAL * weigh_again(ranked[0])
        kept += [same[0] for same in ranked[:MOST_VALUES] if weigh_again(same) >= least]
    return kept


def _rows(rows: Iterable[ArchitectureRow]) -> list[ArchitectureRow]:
    """Sizes first, then sentences; each once."""
    kept: dict[tuple[str, str], ArchitectureRow] = {}
    for row in rows:
        kept.setdefault((row.component, row.details.lower()), row)
    return sorted(kept.values(), key=lambda row: len(row.details) > 40)[:MOST_ROWS]


def _told(texts: Iterable[str], aspect: Aspect, longest: int) -> str:
    """The sentences that tell most of an aspect, up to `longest` characters, in the order of the paper."""
    sentences = [one for text in texts for one in split_sentences(" ".join(text.split()))]
    passages = [Passage(text, "sentence", "other", place) for place, text in enumerate(sentences)]
    chosen: list[Passage] = []
    for passage in best(passages, aspect, MOST_SENTENCES, by_score=True):
        if sum(len(one.text) + 1 for one in chosen) + len(passage.text) <= longest:
            chosen.append(passage)
    return " ".join(one.text for one in sorted(chosen, key=lambda one: one.place))
