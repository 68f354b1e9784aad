"""Casts a task's roles: a language model, the expert, or a language model with the expert behind it."""

import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from importlib import import_module
from pathlib import Path
from typing import Any, get_args

from agents.contracts import ChunkReader, Coder, Debugger, Intake, Researcher, Reviewer, Summarizer
from agents.fallback import Fallback
from runtime.errors import InputError, ModelUnavailable
from runtime.events import Emit, ignore_events
from runtime.models.names import EXPERT
from runtime.models.usage import Budget, Ledger
from runtime.settings import Settings
from runtime.task import Role, Task
from tools.search import SearchTool, own_tools, search_tools

CAST = {
    "chunk": ("agents.chunk_reader:ModelChunkReader", "ExpertChunkReader", "FallbackChunkReader"),
    "summarizer": ("agents.summarizer:ModelSummarizer", "ExpertSummarizer", "FallbackSummarizer"),
    "researcher": ("agents.researcher:ModelResearcher", "ExpertResearcher", "FallbackResearcher"),
    "coder": ("agents.coder:ModelCoder", "ExpertCoder", "FallbackCoder"),
    "reviewer": ("agents.reviewer:ModelReviewer", "ExpertReviewer", "FallbackReviewer"),
    "debugger": ("agents.debugger:ModelDebugger", "ExpertDebugger", "FallbackDebugger"),
    "intake": ("agents.intake:ModelIntake", "ExpertIntake", "FallbackIntake"),
}
"""For each role: who plays it with a model, in `agents.expert`, and in `agents.fallback`; imported when cast."""


@dataclass(frozen=True)
class Agents:
    """Who plays each role of a run."""

    researcher: Researcher
    coder: Coder
    reviewer: Reviewer
    debugger: Debugger
    intake: Intake
    chunk_reader: ChunkReader
    summarizer: Summarizer


Search = Callable[[], Sequence[SearchTool]]
FIELDS = {"chunk": "chunk_reader"}
"""Where a role's player is not called by the role's name."""


def make_agents(
    task: Task,
    settings: Settings,
    ledger: Ledger,
    *,
    emit: Emit = ignore_events,
    cancel: threading.Event | None = None,
    deadline: float | None = None,
    search: Search | None = None,
) -> Agents:
    """Cast every role of a task; `deadline` is on `time.monotonic`'s clock.

    `search` gives the researcher's search tools: by default everything that the settings allow for a model, and what
    never leaves the user's machines for the expert, which is asked in runs that nobody expects to use the network.
    Raises `InputError` for a model's name. Nothing is asked or connected, and LangChain is not imported before a role
    that names a model is played; `check_models` tells early what would fail.
    """
    names = {role: task.model_for(role) for role in get_args(Role) if role in CAST}
    models = {role: name for role, name in names.items() if name != EXPERT}
    if not models:
        return Agents(**{FIELDS.get(role, role): _expert(role, settings, search) for role in names})
    from runtime.models.recorded import open_calls

    budget = Budget(task.max_usd, task.max_tokens, task.paper_seconds)
    bounds = {"emit": emit, "cancel": cancel, "deadline": deadline}
    calls = open_calls(models, settings, ledger, budget, subject=task.subject, **bounds)
    players: dict[str, Any] = {}
    for role, name in names.items():
        player = _expert(role, settings, search) if name == EXPERT else _model(role, calls, settings, search)
        if name != EXPERT and task.fallback_to_expert:
            fallback = Fallback(role, calls.model(role), emit)
            player = _load(f"agents.fallback:{CAST[role][2]}")(fallback, player, _expert(role, settings, search))
        players[FIELDS.get(role, role)] = player
    return Agents(**players)


def check_models(task: Task, settings: Settings) -> None:
    """Check the name, the key and the price of every model that a task names; nothing is asked.

    Raises `InputError`, and `ModelUnavailable` unless the task may fall back to the expert.
    """
    names = {*(task.model_for(role) for role in get_args(Role)), *task.candidate_models} - {EXPERT}
    if settings.arxla_replay is not None:
        check_replay(task, settings, names)
        return
    if not names:
        if settings.arxla_record is not None:
            raise InputError("The expert asks no language model, so there is nothing to record: name one with --model.")
        return
    from runtime.models.check import check_model

    for name in sorted(names):
        try:
            check_model(name, settings, budget=Budget(task.max_usd, task.max_tokens))
        except ModelUnavailable:
            if not task.fallback_to_expert:
                raise


def check_replay(task: Task, settings: Settings, names: set[str]) -> None:
    """Check that there is something to replay, and somebody to replay it for. Raises `InputError`."""
    from runtime.models.recording import Recording, recording_file

    if settings.arxla_record is not None:
        raise InputError("Model answers are either recorded or replayed: give one of --record and --replay.")
    recording = Recording(recording_file(settings.arxla_replay or Path(), task.subject))
    if not names:
        known = ", ".join(sorted(set(recording.models.values())))
        raise InputError(
            f"The expert asks no language model, so nothing is replayed: name the recorded --model ({known})."
        )


def _expert(role: str, settings: Settings, search: Search | None) -> Any:
    player = _load(f"agents.expert:{CAST[role][1]}")
    return player(search or partial(own_tools, settings)) if role == "researcher" else player()


def _model(role: str, calls: Any, settings: Settings, search: Search | None) -> Any:
    player = _load(CAST[role][0])
    if role != "researcher":
        return player(calls)
    if settings.arxla_replay is not None:  # which leaves this machine alone
        settings = settings.model_copy(update={"arxla_offline": True})
    return player(calls, search or partial(search_tools, settings), web=not settings.arxla_offline)


def _load(place: str) -> Any:
    module, _, name = place.partition(":")
    return getattr(import_module(module), name)
