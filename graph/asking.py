"""How a run waits for a person: a node of its own asks, so that nothing is worked twice when the answer comes."""

import asyncio
import time
from collections.abc import Callable
from types import ModuleType
from typing import Any

from langchain_core.messages import HumanMessage
from langgraph.errors import GraphInterrupt
from langgraph.runtime import Runtime
from langgraph.types import interrupt

from graph.context import Context
from graph.record import record_of
from graph.services import Services
from graph.stage import Stage, open_stage
from graph.state import Json, State, Update, elapsed, ending
from graph.visit import Node
from runtime.approval import Answer, Approval, Question, read_answer
from runtime.errors import InputError
from runtime.outcome import Outcome, StopCause
from tools.results.record import DecisionRecord

MOST_ASKS = 5
"""How often one question is put before answers that mean nothing end the run."""
Decide = Callable[[Stage, Question, Answer], Update]


def as_question(name: str, module: ModuleType, services: Services) -> Node:
    """A module with `ask(stage) -> Question` and `decide(stage, question, answer) -> Update` as a node.

    LangGraph runs the node from its start again when the answer comes, and `interrupt` then gives it. What `decide`
    refuses with an `InputError` is asked again, with the reason.
    """

    async def node(state: State, *, runtime: Runtime[Context]) -> Update:
        stage = open_stage(name, state, runtime, services)
        begun = time.monotonic()
        question: Question = await asyncio.to_thread(module.ask, stage)
        update, answer, words = await _decision(stage, question, module.decide)
        visit = {"name": name, "started": elapsed(state), "seconds": time.monotonic() - begun, "note": _note(answer)}
        await asyncio.to_thread(_announce_end, stage, visit)
        decisions = [_decision_record(question, answer)] if answer else []
        said = [HumanMessage(words)] if words and state.get("messages") else []
        return {**update, "stages": [visit], "decisions": decisions, "messages": said}

    node.__name__ = name
    return node


async def _decision(stage: Stage, question: Question, decide: Decide) -> tuple[Update, Answer | None, str]:
    """What follows from the answer, the answer, and how it was put; None and "" when there was no usable one."""
    reason = ""
    for _ in range(MOST_ASKS):
        asked = question.model_copy(update={"text": f"{reason} {question.text}".strip()})
        value = await _ask(stage, asked)
        try:
            answer = read_answer(question, value)
            words = value if isinstance(value, str) else _note(answer)
            if not answer.approve and not (question.kind == "code" and answer.comment):
                return _refused(question.kind, answer), answer, words
            return await asyncio.to_thread(decide, stage, question, answer), answer, words
        except InputError as error:
            reason = str(error)
    message = f"No usable answer was given in {MOST_ASKS} attempts. {reason}"
    return ending(Outcome.CANCELLED, message, StopCause.REFUSED), None, ""


async def _ask(stage: Stage, question: Question) -> Any:
    """The person's answer; until there is one, the run's record and its events say that it waits."""
    try:
        return interrupt(question.model_dump())
    except GraphInterrupt:
        await asyncio.to_thread(_announce, stage, question)
        raise


def _announce(stage: Stage, question: Question) -> None:
    stage.enter()
    record = record_of(stage.state, stage.ledger).model_copy(update={"waiting": question})
    stage.folder.save_record(record)
    stage.emit({"kind": "stage", "name": stage.name, "state": "start", "note": ""})
    stage.emit({**question.model_dump(exclude={"kind"}), "kind": "question", "about": question.kind})


def _announce_end(stage: Stage, visit: Json) -> None:
    stage.enter()
    stage.emit({"kind": "stage", "name": stage.name, "state": "start", "note": ""})
    seconds = round(visit["seconds"], 2)
    stage.emit({"kind": "stage", "name": stage.name, "state": "end", "note": visit["note"], "seconds": seconds})


def _refused(kind: Approval, answer: Answer) -> Update:
    reason = f": {answer.comment}" if answer.comment else "."
    what = {"dataset": "the dataset", "code": "the code", "budget": "more budget"}[kind]
    return ending(Outcome.CANCELLED, f"A person refused {what}{reason}", StopCause.REFUSED)


def _note(answer: Answer | None) -> str:
    if answer is None:
        return "no usable answer"
    given = answer.model_dump(exclude={"approve", "comment"}, exclude_none=True)
    said = [f"{name} {value}" for name, value in given.items()] + ([answer.comment] if answer.comment else [])
    return ("yes" if answer.approve else "no") + (f": {', '.join(said)}" if said else "")


def _decision_record(question: Question, answer: Answer) -> Json:
    """As it stands in `run.json`; the code that was asked about lies in the run's folder."""
    kept = {name: value for name, value in question.details.items() if name != "training_code"}
    record = DecisionRecord(question=question.model_copy(update={"details": kept}), answer=answer)
    return record.model_dump(mode="json")
