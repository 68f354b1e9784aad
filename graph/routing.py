"""Where a run goes next. Pure functions of the state; `tests/graph/test_routing.py` is their table."""

from collections.abc import Callable
from typing import Literal

from langgraph.types import Send

from graph.state import State

SHARED = ("run_id", "task", "started", "stages")
"""What a part of the map needs of the state beside its chunk."""
End = Literal["__end__"]
OVER: End = "__end__"
"""Out of the sub-graph."""


def after_intake(state: State) -> Literal["paper", "dataset", "report", "answer"]:
    """A task starts the work; without one the user has been answered, and a refused one is reported."""
    if state["turn"] != "run":
        return "report" if state["turn"] == "refused" else "answer"
    return "paper" if state["task"].get("paper") else "dataset"


def unless_ended(following: str) -> Callable[[State], str]:
    """The following stage, or the report when this one ended the run."""
    return lambda state: "report" if state.get("outcome") else following


def after_develop(state: State) -> Literal["tune", "finalize", "report"]:
    """Code that works is tuned when trials were asked for."""
    if state.get("outcome"):
        return "report"
    return "tune" if state["task"]["trials"] > 0 else "finalize"


def after_tune(state: State) -> Literal["develop", "finalize", "report"]:
    """No usable trial is a failure like any other."""
    if state.get("outcome"):
        return "report"
    return "develop" if state.get("failure") else "finalize"


def after_finalize(state: State) -> Literal["develop", "report"]:
    """A final training that failed or grew too large goes to the debugger, else the run is over."""
    return "develop" if state.get("failure") and not state.get("outcome") else "report"


# Within the paper sub-graph; its end is the parent's to interpret.


def after_retrieve(state: State) -> list[Send] | End:
    """One part of the map for each chunk, with what it needs of the state."""
    if state.get("outcome"):
        return OVER
    paper = {name: state["paper"][name] for name in ("title", "cleaned_file", "num_chunks", "side_by_side")}
    shared = {"paper": paper} | {name: value for name, value in state.items() if name in SHARED}
    return [Send("summarize", {**shared, "chunk": chunk}) for chunk in state["paper"]["chunks"]]


# Within the sub-graph that develops the code.


def enter_develop(state: State) -> Literal["code", "debug"]:
    """Code is written first; what failed in tuning or at the end comes back to the debugger."""
    return "debug" if state.get("failure") else "code"


def after_code(state: State) -> Literal["review"] | End:
    """Whatever was written is reviewed."""
    return OVER if state.get("outcome") else "review"


def after_review(state: State) -> Literal["code", "execute"] | End:
    """Rejected code goes back to the coder with the reasons, as long as it may."""
    if state.get("outcome"):
        return OVER
    return "code" if state.get("feedback") else "execute"


def after_execute(state: State) -> Literal["debug"] | End:
    """A failure goes to the debugger."""
    return "debug" if state.get("failure") and not state.get("outcome") else OVER


def after_debug(state: State) -> Literal["review", "execute"] | End:
    """Corrected code is reviewed again; corrected hyperparameters run at once."""
    if state.get("outcome"):
        return OVER
    return "review" if state["tried"][-1]["correction"]["kind"] == "training_code" else "execute"
