"""Get a training function: from the cache, or from the coder."""

from pathlib import Path

from agents.contracts import CodeRequest
from graph.stage import Stage
from graph.state import Update
from runtime.errors import DiskFull, InputError
from runtime.models.names import EXPERT
from runtime.outcome import Outcome
from runtime.search_space import defaults
from runtime.training_function import TrainingFunction


def run(stage: Stage) -> Update:
    """The function that is reviewed next."""
    feedback = stage.state.get("feedback", [])
    known = None if feedback else _known(stage)
    if known:
        function, author, cache_file = known
    else:
        if feedback:
            tell_cache(stage, stage.state["function"]["cache_file"], Outcome.REVIEW_REJECTED)
        function = stage.agents.coder.write(_request(stage, feedback))
        author = str(function.metadata.get("generated_by", stage.task.model_for("coder")))
        cache_file = keep_in_cache(stage, function)
    update = keep_function(stage, function, "code-generation")
    update["function"] |= {"generated_by": author, "cache_file": cache_file}
    return {**update, "feedback": [], "failure": {}, "note": f"{function.model_name} by {author}"}


def keep_in_cache(stage: Stage, function: TrainingFunction) -> str:
    """Save a function in the seed's format, to be found by the data it was written for and by who wrote it.

    Returns its file; empty, with a warning, where the cache can't be written.
    """
    model = EXPERT if "in_place_of" in function.metadata else stage.task.model_for("coder")
    try:
        return str(stage.services.functions.save(function, target=stage.task.target, model=model))
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
    found = store.find(profile, profile.task_type, task.target, task.model_for("coder")) if task.use_cache else None
    if found is None:
        return None
    place, function = found
    return function, f"cached, first written by {function.metadata.get('generated_by', 'unknown')}", str(place)


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
