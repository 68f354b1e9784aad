"""The expert's summarizer: what the chunk summaries say, joined by rule."""

from itertools import chain

from agents.contracts import BriefRequest
from agents.expert.identity import GENERATED_BY
from tools.papers.brief import PaperBrief
from tools.papers.summaries import best_criteria, join, main_settings

MOST_CRITERIA = 25
MOST_SETTINGS = 30


class ExpertSummarizer:
    """A `Summarizer`."""

    author = GENERATED_BY
    version = ""

    def brief(self, request: BriefRequest) -> PaperBrief:
        whole = join(request.summaries)
        criteria = best_criteria(chain.from_iterable(s.criteria for s in request.summaries), MOST_CRITERIA)
        return PaperBrief(
            paper_id=request.paper_id,
            title=request.title,
            method=request.abstract or whole.summary,
            equations=whole.equations,
            algorithm=whole.algorithm,
            architecture=whole.architecture,
            hyperparameters=main_settings(whole.hyperparameters, MOST_SETTINGS),
            datasets=whole.datasets,
            training_recipe=whole.training_recipe,
            evaluation=whole.evaluation,
            criteria=[one.model_copy(update={"id": f"C{number}"}) for number, one in enumerate(criteria, 1)],
            generated_by=GENERATED_BY,
            dropped_quotations=whole.dropped_quotations,
        )
