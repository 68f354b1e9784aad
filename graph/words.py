"""What a run says in its chat as its stages end: a few plain sentences, each figure from the stage's own result."""

from collections.abc import Callable
from pathlib import Path

from graph.state import Json, State, Update
from runtime.data_profile import DataProfile
from runtime.task import Task
from tools.report import wording

LONGEST = 300
OPTIONS: dict[str, Callable[[Task], str]] = {
    "trials": lambda task: f"{task.trials} tuning trials" if task.trials else "no tuning",
    "size_limit_kb": lambda task: f"at most {wording.kilobytes(task.size_limit_kb)}",
    "max_rows": lambda task: f"at most {task.max_rows:,} rows" if task.max_rows else "",
    "max_minutes": lambda task: f"at most {task.max_minutes:g} minutes" if task.max_minutes else "",
    "max_usd": lambda task: f"at most {wording.money(task.max_usd)} for models" if task.max_usd is not None else "",
    "max_tokens": lambda task: f"at most {task.max_tokens:,} tokens" if task.max_tokens is not None else "",
    "model": lambda task: f"agents played by {task.model}" if task.model != "expert" else "",
    "target_column": lambda task: f"predicting {task.target_column}" if task.target_column else "",
    "seed": lambda task: f"seed {task.seed}" if task.seed else "",
    "approve": lambda task: f"asking you about: {', '.join(task.approve)}" if task.approve else "",
}
"""What a run's beginning says of a task, option by option."""


def beginning(task: Task, run_id: str) -> str:
    """E.g. "I train a model on digits for cpu: 5 tuning trials, at most 64.0 KB. This is run digits-2026…"."""
    data = f"on {Path(task.dataset).name if '/' in task.dataset else task.dataset}" if task.dataset else ""
    what = f"I follow the paper {Path(task.paper).name} {data}".rstrip() if task.paper else f"I train a model {data}"
    options = ", ".join(text for tell in OPTIONS.values() if (text := tell(task)))
    return f"{what} for {task.target}: {options}. This is run {run_id}."


def progress(stage: str, state: State, update: Update) -> str:
    """The sentence for the end of a stage; empty when it is not worth one, or when the run's end says it."""
    if update.get("outcome") or stage not in SENTENCES:
        return ""
    text = SENTENCES[stage](state, update)
    return text if len(text) <= LONGEST else f"{text[: LONGEST - 2]} …"


def _retrieved(_state: State, update: Update) -> str:
    paper = update["paper"]
    return f"I found the paper “{paper['title'] or paper['id']}” and read it in {paper['num_chunks']} parts."


def _briefed(_state: State, update: Update) -> str:
    brief = update["brief"]
    count = len(brief["criteria"])
    return f"The paper is read ({brief['coverage']:.0%} of its text): the code will be held to {count} criteria."


def _recommended(state: State, update: Update) -> str:
    """Nothing for the user's own dataset."""
    chosen = update.get("dataset", "")
    return f"I take the dataset {chosen}, which suits the paper." if chosen and not state["task"]["dataset"] else ""


def _prepared(_state: State, update: Update) -> str:
    data = update["data"]
    profile = DataProfile.model_validate(data["profile"])
    kept = f"{data['train_count']:,} to train on, {data['val_count']:,} to validate"
    of = f" of {profile.num_classes} classes" if profile.num_classes and not profile.is_text else ""
    count = f"{profile.sample_count:,} {_samples(profile)}{of}"
    return f"The data is ready: {count} ({kept}, {data['test_count']:,} kept hidden for the test)."


def _written(_state: State, update: Update) -> str:
    function = update["function"]
    author = function["generated_by"].replace("expert (rule-based)", "arxla's rule-based expert")
    return f"The code is written: {function['model_name']}, by {author}."


def _reviewed(_state: State, update: Update) -> str:
    """Only when the code has to be written anew."""
    reasons = update.get("feedback") or []
    return f"The review sent the code back: {reasons[0]}" if reasons else ""


def _executed(state: State, update: Update) -> str:
    if update.get("failure"):
        return f"The code failed: {update['failure']['line']} I try to mend it."
    trials = state["task"]["trials"]
    following = f"tuning {trials} trials now" if trials else "the final training comes next"
    return f"The first run reached {_measured(update['execution'])} on validation; {following}."


def _mended(_state: State, update: Update) -> str:
    return f"Correction: {update['debugging'][-1]['correction']}" if update.get("debugging") else ""


def _tuned(_state: State, update: Update) -> str:
    if update.get("failure"):
        return f"Tuning found nothing that works: {update['failure']['line']}"
    trials = update["tuning"]["trials"]
    best = next((trial for trial in trials if trial["index"] == update["tuning"]["best_index"]), None)
    completed = sum(trial["state"] == "completed" for trial in trials)
    found = (
        f"the best scored {best['score']:.4f} on validation" if best and best["score"] is not None else "none is best"
    )
    return f"Tuning is over: {completed} of {len(trials)} trials completed, {found}. The final training is next."


def _finalized(_state: State, update: Update) -> str:
    return f"The final training failed: {update['failure']['line']}" if update.get("failure") else ""


def _measured(execution: Json) -> str:
    validation, size = execution["validation"], execution["size"]
    score = wording.score_text(validation["metric"], validation["score"])
    return f"{wording.metric_name(validation['metric'])} {score} at {wording.kilobytes(size['real_bytes'] / 1024)}"


def _samples(profile: DataProfile) -> str:
    if profile.is_image:
        return "pictures"
    if profile.is_text:
        return "pieces of text"
    return "signals" if profile.is_sequence else "rows"


SENTENCES: dict[str, Callable[[State, Update], str]] = {
    "retrieve": _retrieved,
    "brief": _briefed,
    "recommend": _recommended,
    "dataset": _prepared,
    "code": _written,
    "review": _reviewed,
    "execute": _executed,
    "debug": _mended,
    "tune": _tuned,
    "finalize": _finalized,
}
"""By stage. Each takes the state that the stage began with, and what it returned."""
