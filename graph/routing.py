"""Where a run goes next. Pure functions of the state; `tests/graph/test_routing.py` is their table."""

from collections.abc import Callable
from typing import Literal

from langgraph.types import Send

from graph.state import State
from runtime.approval import Approval
from runtime.outcome import Outcome

SHARED = ("run_id", "task", "started", "stages")
"""What a part of the map needs of the state beside its chunk."""
MOST_BUDGETS = 20
"""How often a run may be given more to spend."""
PAPER = ("retrieve", "summarize", "brief")
DEVELOP = ("code", "review", "execute", "debug")
"""Stages of the sub-graphs, which go on within when they had run out of budget."""
Over = Literal["approve_budget", "report"]
End = Literal["__end__"]
OVER: End = "__end__"
"""Out of the sub-graph."""


def asks(state: State, what: Approval) -> bool:
    """Whether a person wants to be asked."""
    return what in state["task"].get("approve", [])


def over(state: State) -> Over:
    """A run that ends is reported, unless a person may give it more to spend."""
    times = sum(one["question"]["kind"] == "budget" for one in state.get("decisions", []))
    spent = state.get("outcome") == Outcome.BUDGET_EXHAUSTED
    return "approve_budget" if spent and asks(state, "budget") and times < MOST_BUDGETS else "report"


def to_dataset(state: State) -> Literal["approve_dataset", "dataset"]:
    """A person may be asked before anything is loaded."""
    return "approve_dataset" if asks(state, "dataset") else "dataset"


def after_intake(state: State) -> Literal["paper", "approve_dataset", "dataset", "report", "answer"]:
    """A task starts the work; without one the user has been answered, and a refused one is reported."""
    if state["turn"] != "run":
        return "report" if state["turn"] == "refused" else "answer"
    return "paper" if state["task"].get("paper") else to_dataset(state)


def unless_ended(following: str) -> Callable[[State], str]:
    """The following stage, unless this one ended the run."""
    return lambda state: over(state) if state.get("outcome") else following


def after_recommend(state: State) -> Literal["approve_dataset", "dataset"] | Over:
    """The recommended dataset is loaded, once a person has agreed who wanted to be asked."""
    return over(state) if state.get("outcome") else to_dataset(state)


def after_develop(state: State) -> Literal["tune", "finalize"] | Over:
    """Code that works is tuned when trials were asked for."""
    if state.get("outcome"):
        return over(state)
    return "tune" if state["task"]["trials"] > 0 else "finalize"


def after_tune(state: State) -> Literal["develop", "finalize"] | Over:
    """No usable trial is a failure like any other."""
    if state.get("outcome"):
        return over(state)
    return "develop" if state.get("failure") else "finalize"


def after_finalize(state: State) -> Literal["develop"] | Over:
    """A final training that failed or grew too large goes to the debugger, else the run is over."""
    return "develop" if state.get("failure") and not state.get("outcome") else over(state)


def after_budget(state: State) -> str:
    """Back to the stage that had run out, within the sub-graph that it is in."""
    if state.get("outcome"):
        return "report"
    stage = state["resume_at"]
    return "paper" if stage in PAPER else "develop" if stage in DEVELOP else stage


# Within the paper sub-graph; its end is the parent's to interpret.


def enter_paper(state: State) -> list[Send] | Literal["retrieve"]:
    """The paper is found first; a map that had run out of budget goes on."""
    return chunks(state) if state.get("resume_at") in ("summarize", "brief") else "retrieve"


def after_retrieve(state: State) -> list[Send] | End:
    """The map over the chunks."""
    return OVER if state.get("outcome") else chunks(state)


def chunks(state: State) -> list[Send]:
    """One part of the map for each chunk, with what it needs of the state."""
    paper = {name: state["paper"][name] for name in ("title", "cleaned_file", "num_chunks", "side_by_side")}
    shared = {"paper": paper} | {name: value for name, value in state.items() if name in SHARED}
    return [Send("summarize", {**shared, "chunk": chunk}) for chunk in state["paper"]["chunks"]]


# Within the sub-graph that develops the code.


def enter_develop(state: State) -> str:
    """Code is written first; what failed in tuning or at the end comes back to the debugger."""
    if (stage := state.get("resume_at")) in DEVELOP:
        return str(stage)
    return "debug" if state.get("failure") else "code"


def after_code(state: State) -> Literal["review"] | End:
    """Whatever was written is reviewed."""
    return OVER if state.get("outcome") else "review"


def after_review(state: State) -> Literal["code", "approve_code", "execute"] | End:
    """Rejected code goes back to the coder with the reasons, as long as it may; a person may be asked next."""
    if state.get("outcome"):
        return OVER
    if state.get("feedback"):
        return "code"
    return "approve_code" if asks(state, "code") and not _has_run(state) else "execute"


def _has_run(state: State) -> bool:
    """Whether a person has let the code of this run into the box before."""
    decisions = state.get("decisions", [])
    return any(one["question"]["kind"] == "code" and one["answer"]["approve"] for one in decisions)


def after_approval(state: State) -> Literal["code", "execute"] | End:
    """Refused code goes back to the coder with the comment."""
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


# Within the graphs that answer without a run.


def or_reply(following: str) -> Callable[[State], str]:
    """The following stage, or the reply when this one said why there is nothing more to do."""
    return lambda state: "reply" if state.get("outcome") else following


def after_ask(state: State) -> Literal["profile", "search", "reply"]:
    """Data is looked at before the literature on it."""
    if state.get("outcome"):
        return "reply"
    return "profile" if state.get("dataset") else "search"
