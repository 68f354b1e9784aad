"""Ask a person before the chosen dataset is loaded."""

from graph.stage import Stage
from graph.state import Update
from runtime.approval import Answer, Question
from runtime.errors import InputError
from tools.datasets import known_datasets, loadable
from tools.recommend.recommendation import Recommendation

MOST_OTHERS = 6


def ask(stage: Stage) -> Question:
    """Which dataset was chosen, why, what is known of it, and which others there are."""
    name, found = stage.state["dataset"], stage.state.get("recommendation")
    known = {dataset.name: dataset.description for dataset in known_datasets()}
    ranked = Recommendation.model_validate(found).ranked if found else []
    others = [one for one in ranked if one.name != name][:MOST_OTHERS]
    reasons = next((one.reasons for one in ranked if one.name == name), [])
    details = {
        "name": name,
        "reasons": reasons or ["the task names it" if stage.task.dataset else "it suits the paper best of what loads"],
        "facts": known.get(name, "a file or folder of yours"),
        "others": [{"name": one.name, "reasons": one.reasons, "facts": known.get(one.name, "")} for one in others],
    }
    choices = ["yes", "no", *(one.name for one in others)]
    return Question(
        kind="dataset",
        text=f"May this run train on {name}?",
        details=details,
        choices=choices,
        run_id=stage.state["run_id"],
    )


def decide(stage: Stage, question: Question, answer: Answer) -> Update:
    """The dataset to train on. Raises `InputError` for another one that can't be loaded."""
    name = answer.dataset or str(question.details["name"])
    if answer.dataset and (reason := loadable(name, stage.services.settings)):
        raise InputError(reason)
    return {"dataset": name}
