"""What "a smaller one" and its like mean for the task of a chat's last run; the model and the expert share it."""

from collections.abc import Iterable, Mapping
from typing import Any, Literal, get_args

from pydantic import ValidationError

from agents.contracts import IntakeAnswer
from runtime.task import Task

Change = Literal["again", "smaller", "larger", "more_trials", "fewer_trials", "other_seed"]
CHANGES = get_args(Change)
LONGEST_GOAL = 500
FEWEST_MORE = 5
"""Trials that "more" adds at least."""
OF_OTHER_DATA = ("target_column", "function")
"""What belongs to the data of the last run alone."""
NOTHING_TO_CHANGE = "There is no run in this chat yet that could be changed: which dataset or paper should I work on?"


def changed_task(
    last: Task, kinds: Iterable[str], fields: Mapping[str, Any], size_kb: float | None, words: str
) -> IntakeAnswer:
    """The last run's task with changes made to it, told in a note, or the question that an impossible value raises.

    `fields` were said outright and win; `size_kb` is what the last model measured, if it has been.
    """
    update: dict[str, Any] = {}
    notes = []
    for kind in dict.fromkeys(kinds):
        value, note = _derived(kind, last, size_kb)
        update |= value
        notes += [] if value.keys() & fields.keys() else [note]
    if fields.get("dataset", last.dataset) != last.dataset:
        update |= dict.fromkeys(OF_OTHER_DATA)
    goal = words if "dataset" in fields else " ".join([last.goal, words]).strip()
    update |= {**fields, "goal": goal[:LONGEST_GOAL]}
    return checked_task({**last.model_dump(), **update}, " ".join(note for note in notes if note))


def checked_task(fields: Mapping[str, Any], note: str = "") -> IntakeAnswer:
    """A task of these fields, or a question about the first that can't be."""
    try:
        return IntakeAnswer(task=Task.model_validate(dict(fields)), note=note)
    except ValidationError as fault:
        first = fault.errors(include_url=False)[0]
        place = first["loc"][0] if first["loc"] else "the task"
        return IntakeAnswer(question=f"What should {place} be? {first['msg']}.", note=note)


def _derived(kind: str, last: Task, size_kb: float | None) -> tuple[dict[str, Any], str]:
    """What a change makes of the last task's values, and the same in words."""
    if kind == "smaller":
        half = _round((size_kb or last.size_limit_kb) / 2)
        was = f"The last model measured {size_kb:.1f} KB" if size_kb else f"The limit was {last.size_limit_kb:g} KB"
        # A cached function was sized for the old limit.
        return {
            "size_limit_kb": half,
            "use_cache": False,
        }, f"{was}; this one must stay under half of that, {half:g} KB."
    if kind == "larger":
        double = 2 * last.size_limit_kb
        return {"size_limit_kb": double}, f"The limit was {last.size_limit_kb:g} KB; this one may take {double:g} KB."
    if kind == "more_trials":
        trials = min(1000, max(2 * last.trials, last.trials + FEWEST_MORE))
        return {"trials": trials}, f"The last run had {last.trials} tuning trials; this one gets {trials}."
    if kind == "fewer_trials":
        trials = last.trials // 2
        return {"trials": trials}, f"The last run had {last.trials} tuning trials; this one gets {trials}."
    if kind == "other_seed":
        seed = (last.seed + 1) % 2**32
        return {"seed": seed}, f"The last seed was {last.seed}; this one is {seed}."
    return {}, ""


def _round(kb: float) -> float:
    """Whole from 10 KB on, else to a tenth, always down, and never to nothing."""
    return float(int(kb)) if kb >= 10 else max(0.1, int(10 * kb) / 10)
