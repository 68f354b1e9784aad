"""Where a run goes next. Pure functions of the state; `tests/graph/test_routing.py` is their table."""

from collections.abc import Callable
from typing import Literal

from langgraph.types import Send

from graph.state import State

AfterIntake = Literal["retrieve", "dataset", "report", "answer"]
SHARED = ("run_id", "task", "started", "stages")
"""What a part of the map needs of the state beside its chunk."""
AfterReview = Literal["code", "execute", "report"]
AfterExecute = Literal["debug", "tune", "finalize", "report"]
AfterDebug = Literal["review", "execute", "report"]


def after_intake(state: State) -> AfterIntake:
    """A task starts the work; without one the user has been answered, and a refused one is reported."""
    if state["turn"] != "run":
        return "report" if state["turn"] == "refused" else "answer"
    return "retrieve" if state["task"].get("paper") else "dataset"


def after_retrieve(state: State) -> list[Send] | Literal["report"]:
    """One part of the map for each chunk, with what it needs of the state."""
    if state.get("outcome"):
        return "report"
    paper = {name: state["paper"][name] for name in ("title", "cleaned_file", "num_chunks", "side_by_side")}
    shared = {"paper": paper} | {name: value for name, value in state.items() if name in SHARED}
    return [Send("summarize", {**shared, "chunk": chunk}) for chunk in state["paper"]["chunks"]]


def unless_ended(following: str) -> Callable[[State], str]:
    """The following stage, or the report when this one ended the run."""
    return lambda state: "report" if state.get("outcome") else following


def after_review(state: State) -> AfterReview:
    """Rejected code goes back to the coder with the reasons, as long as it may."""
    if state.get("outcome"):
        return "report"
    return "code" if state.get("feedback") else "execute"


def after_execute(state: State) -> AfterExecute:
    """A failure goes to the debugger; a success is tuned when trials were asked for."""
    if state.get("outcome"):
        return "report"
    if state.get("failure"):
        return "debug"
    return "tune" if state["task"]["trials"] > 0 else "finalize"


def after_debug(state: State) -> AfterDebug:
    """Corrected code is reviewed again; corrected hyperparameters run at once."""
    if state.get("outcome"):
        return "report"
    return "review" if state["tried"][-1]["correction"]["kind"] == "training_code" else "execute"


def after_tune(state: State) -> Literal["debug", "finalize", "report"]:
    """No usable trial is a failure like any other."""
    if state.get("outcome"):
        return "report"
    return "debug" if state.get("failure") else "finalize"


def after_finalize(state: State) -> Literal["debug", "report"]:
    """A final training that failed or grew too large goes to the debugger, else the run is over."""
    return "debug" if state.get("failure") and not state.get("outcome") else "report"
