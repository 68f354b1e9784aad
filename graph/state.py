"""What the graph remembers: plain JSON, that is ids, paths and small values."""

from operator import add
from typing import Annotated, Any, Literal, cast, get_origin, get_type_hints

from langchain_core.messages import AnyMessage
from langgraph.graph.message import add_messages
from langgraph.types import Overwrite
from pydantic import WithJsonSchema
from typing_extensions import TypedDict

from runtime.job import ExecutionResult
from runtime.outcome import Outcome, StopCause
from runtime.task import Task

Json = dict[str, Any]
Update = dict[str, Any]


def add_visits(before: list[Json], after: list[Json]) -> list[Json]:
    """Visits of one stage side by side are parts of a map: they become one, from the first start to the last end."""
    visits = list(before)
    for visit in after:
        if visits and visits[-1]["name"] == visit["name"]:
            visits[-1] = _spanning(visits[-1], visit)
        else:
            visits.append(visit)
    return visits


def _spanning(one: Json, other: Json) -> Json:
    start = min(one["started"], other["started"])
    end = max(visit["started"] + visit["seconds"] for visit in (one, other))
    return {**other, "started": start, "seconds": end - start}


class Input(TypedDict, total=False):
    """A chat, or a task as a form; a task wins."""

    messages: Annotated[list[AnyMessage], add_messages]
    task: Annotated[Json, WithJsonSchema(Task.model_json_schema())]
    """The fields of `runtime.task.Task`, in checkpoints as plain JSON."""
    run_id: str
    """The name of the run's folder; by default one is made from the subject and the time."""


class State(Input, total=False):
    """Checkpointed after every stage. Lists with a reducer grow by what a stage returns."""

    turn: Literal["run", "answer", "refused"]
    """What became of the latest input: a run, an answer without one, or a refusal of the input."""
    last_task: Json
    """The task of the thread's last run, the one that goes on included; "use a smaller one" changes it."""
    last_run: str
    """Its id."""
    last_size_kb: float | None
    """What its model measured; None until it has one."""
    thread_id: str
    """Of the server's thread; empty for a run that has its checkpoints to itself."""
    started: str
    paper: Json
    """The paper (`tools.papers.paper.Paper`), its text files, what cleaning removed, and the plan of its chunks."""
    brief: Json
    """PaperBrief."""
    brief_file: str
    """Relative to the run's folder; beside it lies the same for people, in .md."""
    recommendation: Json
    """Which dataset was chosen and why (`tools.recommend.recommendation.Recommendation`)."""
    dataset: str
    """The dataset that this run trains on: the task's, or the recommended one."""
    data: Json
    """PreparedData."""
    literature: Json
    function_file: str
    """The current training function, in the seed's JSON format."""
    function: Json
    """What a reader wants to know of it: model_name, generated_by, confidence, reasons."""
    feedback: list[str]
    """Why the coder is asked again; empty when it is not."""
    hyperparameters: Json
    """What runs next."""
    execution: Json
    """Summary of the last real run: validation, size, curves, xla, device."""
    acceleration: Json
    """AccelerationRecord, when the task asked for it."""
    failure: Json
    """The last failure: stage, line (of text), result (ExecutionResult), hyperparameters, xla; empty without one."""
    tuning: Json
    """TuningRecord."""
    criteria: list[Json]
    """The reviewer's latest verdict on each criterion of the brief."""
    accepted: Json
    """The reviewed function that met most of the paper's criteria so far: function_file, function, hyperparameters and
    criteria; what a rewrite that turns out worse is exchanged for."""
    candidates: list[Json]
    """What became of each candidate program, when several were asked for."""
    evidence: Json
    outcome: str
    cause: str
    message: str
    rewrites: int
    """How often the reviewer sent code back."""
    chunks: Annotated[list[Json], add]
    """ChunkResult, one a chunk, in the order of the text."""
    chunk: Json
    """Its chunk (`tools.papers.chunks.Chunk`), sent to each part of the map and to nobody else."""
    stopped: Annotated[list[Json], add]
    """Why a part of the map ended the run (what `ending` gives); the first one counts."""
    stages: Annotated[list[Json], add_visits]
    reviews: Annotated[list[Json], add]
    debugging: Annotated[list[Json], add]
    tried: Annotated[list[Json], add]
    decisions: Annotated[list[Json], add]
    """What a person was asked and answered (`tools.results.record.DecisionRecord`)."""
    resume_at: str
    """The stage that had spent the run's budget, to be visited again; empty once it was."""
    repairs: Annotated[list[str], add]
    warnings: Annotated[list[str], add]
    skipped: Annotated[list[str], add]


def _grows(kind: Any) -> bool:
    """Whether a key has a reducer: LangGraph takes the last annotation, where it is a function."""
    return get_origin(kind) is Annotated and callable(kind.__metadata__[-1])


GROWING = frozenset(name for name, kind in get_type_hints(State, include_extras=True).items() if _grows(kind))
"""The keys whose updates a reducer adds to what is there."""
OF_THE_THREAD = ("messages", "turn", "last_task", "last_run", "last_size_kb")
"""What outlives a run."""


def fresh_run() -> Update:
    """What makes a thread forget its last run, so that another can start in it; the chat stays."""
    kinds = {name: kind for name, kind in get_type_hints(State).items() if name not in OF_THE_THREAD}
    # A string, a number, a list or an object without content; past the reducer of a key that has one.
    return {name: Overwrite([]) if name in GROWING else (get_origin(kind) or kind)() for name, kind in kinds.items()}


def this_turn(state: State) -> State:
    """What intake starts from: the chat, what is remembered of the last run, and what this input brought.

    A task or a run's id that the last run had is no new one. Where the user has spoken last, only another task than
    the last run's is a form; a run's report speaks last otherwise.
    """
    turn = cast("State", {name: value for name, value in state.items() if name in OF_THE_THREAD})
    task, messages = state.get("task"), state.get("messages", [])
    spoken = bool(messages) and messages[-1].type == "human"
    if task and not (spoken and task == state.get("last_task")):
        turn["task"] = task
    if state.get("run_id") and state["run_id"] != state.get("last_run"):
        turn["run_id"] = state["run_id"]
    return turn


def elapsed(state: State) -> float:
    """Seconds of work so far; the time in which a run waits for a person or lies still does not count."""
    return float(sum(visit["seconds"] for visit in state.get("stages", [])))


def ending(outcome: Outcome, message: str, cause: StopCause | None = None) -> Update:
    """The end of a run as plain text: checkpoints hold no enums."""
    return {"outcome": outcome.value, "cause": cause.value if cause else "", "message": message}


def failure(where: str, line: str, result: ExecutionResult, hyperparameters: Json, xla: Json | None = None) -> Json:
    """A failure as the debugger gets it: the stage, one line of text, the boxed job's end, and what it ran with."""
    return {
        "stage": where,
        "line": line,
        "result": result.model_dump(mode="json"),
        "hyperparameters": hyperparameters,
        "xla": xla or {},
    }
