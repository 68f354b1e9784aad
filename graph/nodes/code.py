"""Get a training function: from the cache, or from the coder."""

from pathlib import Path

from agents.contracts import CodeRequest
from graph.candidates import best_candidate
from graph.stage import Stage
from graph.state import Update
from runtime.errors import BudgetExhausted, DiskFull, InputError, ModelUnavailable, UnusableAnswer
from runtime.models.names import EXPERT
from runtime.outcome import Outcome
from runtime.search_space import defaults
from runtime.training_function import TrainingFunction


def run(stage: Stage) -> Update:
    """The function that is reviewed next."""
    feedback = stage.state.get("feedback", [])
    if known := None if feedback else _known(stage):
        function, author, cache_file = known
        return _update(stage, function, author, cache_file)
    if feedback:
        if stage.state.get("accepted", {}).get("function_file") != stage.state["function_file"]:
            tell_cache(stage, stage.state["function"]["cache_file"], Outcome.REVIEW_REJECTED)
        return _rewrite(stage, feedback)
    if stage.task.candidates > 1:
        function, model, candidates = best_candidate(stage, _request(stage, []))
        update = _written(stage, function, model)
        note = f"{update['note']}, the best of {len(candidates)} candidates"
        return update | {"candidates": candidates, "note": note}
    return _written(stage, stage.agents.coder.write(_request(stage, [])), stage.task.model_for("coder"))


def _rewrite(stage: Stage, feedback: list[str]) -> Update:
    """The coder's next version; the accepted one, where the paper's criteria were all that was wrong with it."""
    model = writer(stage)
    try:
        function = stage.agents_with(coder=model).coder.write(_request(stage, feedback))
    except (UnusableAnswer, ModelUnavailable, BudgetExhausted) as fault:
        stage.check()
        accepted = stage.state.get("accepted")
        if not accepted or stage.state.get("tried"):
            raise
        text = f"The code is kept as it is, since it could not be written anew for the paper's criteria: {fault}"
        return {**accepted, "feedback": [], "failure": {}, "warnings": [text], "note": text}
    return _written(stage, function, model)


def writer(stage: Stage) -> str:
    """The model that plays the coder from here on: the chosen candidate's, or the task's."""
    chosen = (one["model"] for one in stage.state.get("candidates", []) if one["chosen"])
    return next(chosen, stage.task.model_for("coder"))


def _written(stage: Stage, function: TrainingFunction, model: str) -> Update:
    author = str(function.metadata.get("generated_by", model))
    return _update(stage, function, author, keep_in_cache(stage, function, model))


def _update(stage: Stage, function: TrainingFunction, author: str, cache_file: str) -> Update:
    update = keep_function(stage, function, "code-generation")
    update["function"] |= {"generated_by": author, "cache_file": cache_file}
    return {**update, "feedback": [], "failure": {}, "note": f"{function.model_name} by {author}"}


def keep_in_cache(stage: Stage, function: TrainingFunction, model: str) -> str:
    """Save a function in the seed's format, to be found by the data and the paper it was written for, and by `model`.

    Returns its file; empty, with a warning, where the cache can't be written.
    """
    model = EXPERT if "in_place_of" in function.metadata else model
    target, paper = stage.task.target, _paper_key(stage)
    try:
        return str(stage.services.functions.save(function, target=target, model=model, paper=paper))
    except DiskFull as fault:
        stage.emit({"kind": "warning", "text": f"The training function is not cached: {fault}"})
        return ""


def tell_cache(
    stage: Stage, file: str, outcome: Outcome, score: float | None = None, model_kb: float | None = None
) -> None:
    """Note in a cached function's file how a run with it ended; a cache that can't take it costs no run."""
    if not file or not Path(file).exists():
        return
    try:
        stage.services.functions.remember_outcome(Path(file), outcome, score, model_kb)
    except (DiskFull, InputError) as fault:
        stage.emit({"kind": "warning", "text": f"The cache was not told how the run ended: {fault}"})


def keep_function(stage: Stage, function: TrainingFunction, place: str) -> Update:
    """Write a function into the run's folder; the state holds its path and what a reader wants to know of it."""
    path = stage.folder.save_json(place, function)
    stage.folder.save_code(place, function.training_code)
    summary = {
        "model_name": function.model_name,
        "confidence": function.confidence,
        "reasons": function.metadata.get("reasons", []),
    }
    return {
        "function_file": stage.folder.relative(path),
        "function": {**stage.state.get("function", {}), **summary},
        "hyperparameters": defaults(function.bo_config),
    }


def _known(stage: Stage) -> tuple[TrainingFunction, str, str] | None:
    """A function that needs no coder, who wrote it, and the file of the cache that learns how it ended, if any does."""
    store, profile, task = stage.services.functions, stage.data.profile, stage.task
    if task.function:
        place = store.resolve(task.function)
        function = store.load(place).model_copy(update={"data_profile": profile})
        return function, f"cached function {place.name}", ""
    if not task.use_cache or task.candidates > 1:
        return None
    found = store.find(profile, profile.task_type, task.target, task.model_for("coder"), _paper_key(stage))
    if found is None:
        return None
    place, function = found
    return function, f"cached, first written by {function.metadata.get('generated_by', 'unknown')}", str(place)


def _paper_key(stage: Stage) -> str:
    """What tells one paper from another in the cache: the hash of its text, else its id; "" without a paper."""
    paper = stage.state.get("paper", {})
    return str(paper.get("sha256") or paper.get("id") or "")


def _request(stage: Stage, feedback: list[str]) -> CodeRequest:
    approaches = stage.state.get("literature", {}).get("recommended_approaches", [])
    return CodeRequest(
        profile=stage.data.profile,
        goal=stage.task.goal,
        target=stage.task.target,
        size_limit_kb=stage.task.size_limit_kb,
        recommended_approach=approaches[0] if approaches else "",
        brief=stage.brief,
        previous=stage.function if feedback else None,
        feedback=feedback,
    )
