"""Turn a task form or a message of a chat into a checked task with a folder of its own, or answer it."""

from datetime import UTC, datetime

from agents.chat_text import LONGEST_PROSE, split_code
from agents.contracts import Intake, IntakeRequest
from agents.registry import check_models
from agents.run_names import mentioned_runs
from graph.chat import LONGEST, Kind, open_messages, read_message, run_spoken_of, say
from graph.nodes.answer import answered
from graph.stage import Stage
from graph.state import Json, Update
from graph.words import beginning
from runtime.errors import BudgetExhausted, InputError, ModelUnavailable, SourceUnavailable, UnusableAnswer
from runtime.models.usage import Ledger
from runtime.outcome import Outcome
from runtime.task import Target, Task
from tools.datasets import hub_access
from tools.datasets.catalogue import find_source
from tools.papers.sources import find_paper
from tools.results.folder import RunFolder, new_run_id
from tools.results.listing import find_run

NOTHING = "Nothing was asked: give a task with a dataset, or a message that says what to train."
TOO_LONG = (
    "That message has {:,} characters beside its code, and at most {:,} are read: put a program between two lines of "
    "```, and give a paper or data as the path of a file."
)
BY_RULE = "With ARXLA_FALLBACK_TO_EXPERT=true the rules understand what no model does."


def run(stage: Stage) -> Update:
    """A task, an answer, or the one question that is open; the state is that of this turn (`state.this_turn`)."""
    presets = stage.context.presets()
    if form := stage.state.get("task"):
        task = stage.services.settings.task(**{**presets, **form})
        check_models(task, stage.services.settings)
        return _started(stage, task, stage.state.get("run_id", ""))
    if not stage.state.get("messages"):
        raise InputError(NOTHING)
    try:
        return _turn(stage, presets)
    except InputError as fault:  # the user may put it right with the next message
        return {"messages": [say(str(fault), "question")], "note": "asked again"}
    except (ModelUnavailable, UnusableAnswer, BudgetExhausted, SourceUnavailable) as fault:
        hint = f" {BY_RULE}" if isinstance(fault, ModelUnavailable | UnusableAnswer) else ""
        return {"messages": [say(f"{fault} Nothing was started.{hint}", "failure")], "note": "failed"}


def _turn(stage: Stage, presets: Json) -> Update:
    """What follows from the user's latest message."""
    text, unread = read_message(stage.state["messages"][-1])
    if len(text) > LONGEST:
        long = f"That message has {len(text):,} characters, and at most {LONGEST:,} are read: give the path of a file."
        return {"messages": [say(long, "answer")], "note": "too long"}
    if not text.strip():
        return {"messages": [say(" ".join([NOTHING, *_not_read(unread)]), "answer")], "note": "nothing asked"}
    prose = split_code(text)[0]
    if len(prose) > LONGEST_PROSE:
        return {"messages": [say(TOO_LONG.format(len(prose), LONGEST_PROSE), "answer")], "note": "too long"}
    base = _last(stage, prose)
    intake = _intake(stage, presets)
    answer = intake.understand(base)
    if answer.lookup:
        return answered(stage, answer.lookup, intake, _target(stage, base, presets), answer.note)
    if answer.task is None:
        question = answer.question or "Which dataset should I train on?"
        told = [*_not_read(unread), answer.note, question]
        kind: Kind = "answer" if answer.closes else "question"
        return {"messages": [say(" ".join(part for part in told if part), kind)], "note": "asked a question"}
    task = stage.services.settings.task(**{**presets, **answer.task.model_dump(exclude_unset=True)})
    _check(stage, task)
    update = _started(stage, task, _unfinished(stage, base, task))
    told = [*_not_read(unread), answer.note, beginning(task, update["run_id"])]
    return update | {"messages": [say(" ".join(part for part in told if part), "start", update["run_id"])]}


def _started(stage: Stage, task: Task, run_id: str) -> Update:
    """The beginning of a run, with its folder."""
    now = datetime.now(UTC)
    run_id = run_id or new_run_id(task.subject, now)
    RunFolder.create(stage.services.results, run_id)
    return {
        "task": task.model_dump(mode="json"),
        "run_id": run_id,
        "dataset": task.dataset or "",
        "started": now.isoformat(timespec="seconds"),
        "note": f"{task.subject} for {task.target}, {task.model}",
    }


def _check(stage: Stage, task: Task) -> None:
    """Look for what the task names before a run begins. Raises `InputError`, or what says that it can't be reached."""
    settings = stage.services.settings
    check_models(task, settings)
    if task.dataset:
        find_source(task.dataset, settings.arxla_data_dir, hub_access(settings))
    if task.paper:
        find_paper(task.paper, settings)


def _intake(stage: Stage, presets: Json) -> Intake:
    """Who understands the chat: it has no budget of a run yet, and none of its files."""
    settings = stage.services.settings
    task = settings.task(dataset="unknown", **presets)
    return stage.services.agents(task, Ledger(None), emit=stage.emit, cancel=stage.cancel, deadline=None).intake


def _last(stage: Stage, text: str) -> IntakeRequest:
    """What is open, and the run that a change would be of: one that the message names, else the chat's last."""
    messages = open_messages(stage.state["messages"])
    named = mentioned_runs(text)
    spoken_of = run_spoken_of(stage.state["messages"], stage.state.get("last_run", ""))
    other = named[0] if len(named) == 1 else spoken_of if spoken_of != stage.state.get("last_run") else ""
    if other and (found := _record(stage, other)):
        return found.model_copy(update={"messages": messages})
    last = stage.state.get("last_task")
    return IntakeRequest(
        messages=messages,
        last_task=Task.model_validate(last) if last else None,
        last_run=stage.state.get("last_run", ""),
        last_size_kb=stage.state.get("last_size_kb"),
    )


def _record(stage: Stage, name: str) -> IntakeRequest | None:
    """The task of a run on disk; None when there is none of that name, which a lookup will say."""
    try:
        record = find_run(stage.services.results, name).load_record()
    except InputError:
        return None
    size = record.evidence.size.real_kb if record.evidence else None
    return IntakeRequest(messages=[], last_task=record.task, last_run=record.id, last_size_kb=size)


def _target(stage: Stage, base: IntakeRequest, presets: Json) -> Target:
    """What a program is reviewed for: XLA where the last words name it, else the last run's target."""
    said = " ".join(str(message.text) for message in stage.state["messages"][-3:] if message.type == "human")
    if "xla" in said.lower():
        return "xla"
    return base.last_task.target if base.last_task else stage.services.settings.task(dataset="any", **presets).target


def _unfinished(stage: Stage, base: IntakeRequest, task: Task) -> str:
    """The last run's id when the same is wanted again before it came to an end: it goes on in its own folder."""
    same = base.last_task is not None and task.model_dump(exclude={"goal"}) == base.last_task.model_dump(
        exclude={"goal"}
    )
    if not same or not base.last_run:
        return ""
    folder = stage.services.folder(base.last_run)
    if not folder.record.exists() or folder.worker() is not None:
        return ""
    record = folder.load_record()
    stopped = record.outcome is None or (record.outcome is Outcome.CANCELLED and record.cause is None)
    return base.last_run if stopped else ""


def _not_read(names: list[str]) -> list[str]:
    if not names:
        return []
    return [f"I can't read what is attached ({', '.join(names)}): give the path of a file instead."]
