"""Choose the dataset that a paper's method is tried on; the user's own goes before them all."""

from agents.contracts import DatasetRequest
from graph.stage import Stage
from graph.state import Update
from runtime.errors import InputError
from tools.datasets import loadable
from tools.papers.brief import PaperBrief
from tools.recommend import find_mentions, recommend
from tools.recommend.choose import LAST_RESORT
from tools.recommend.recommendation import AVAILABLE, DatasetAdvice, Mention, Recommendation


def run(stage: Stage) -> Update:
    """The recommendation, and the first of it that can be loaded here."""
    mentions = find_mentions(stage.folder.path / stage.state["paper"]["cleaned_file"])
    own = stage.task.dataset
    advice = DatasetAdvice() if own else _advice(stage, mentions)
    found = recommend(mentions, advice, list(AVAILABLE), users_file=own)
    if own:
        return {"dataset": own, "recommendation": found.model_dump(), "note": f"{own}, the user's own"}
    dataset, skipped = _first_loadable(stage, found)
    found = found.model_copy(update={"warnings": [*found.warnings, *skipped]})
    return {"dataset": dataset, "recommendation": found.model_dump(), "warnings": skipped, "note": dataset}


def _advice(stage: Stage, mentions: list[Mention]) -> DatasetAdvice:
    paper = stage.state["paper"]
    request = DatasetRequest(
        brief=PaperBrief.model_validate(stage.state["brief"]),
        abstract=paper["abstract"],
        mentions=mentions,
        available=list(AVAILABLE),
        goal=stage.task.goal,
    )
    return stage.agents.researcher.recommend(request)


def _first_loadable(stage: Stage, found: Recommendation) -> tuple[str, list[str]]:
    """The best dataset that loads, and a sentence for each better one that does not.

    Where something suits the paper, generated data that does not is no way out.
    """
    skipped: list[str] = []
    suitable = [ranked for ranked in found.ranked if ranked.score > LAST_RESORT]
    for ranked in suitable or found.ranked:
        reason = loadable(ranked.name, stage.services.settings)
        if not reason:
            return ranked.name, skipped
        skipped.append(f"{ranked.name} was recommended and can't be loaded: {reason}")
    raise InputError(
        "None of the recommended datasets can be loaded here: give one with --dataset, or let arxla reach the hub "
        f"or a local copy of it in ARXLA_DATA_DIR ({'; '.join(skipped) or 'nothing was recommended'})."
    )
