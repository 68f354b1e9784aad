"""One run: its page while it goes on and after, and what can be done with it."""

from collections.abc import Mapping
from typing import Any

import anyio.to_thread
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from arxla.web.backend import Conversation
from arxla.web.files import folder_rows
from arxla.web.parallel import parallel_plot
from arxla.web.site import base_path, site_of
from arxla.web.story import event_lines
from runtime.approval import LIMITS, Answer, Question, read_answer
from runtime.errors import ArxlaError, InputError
from runtime.outcome import Outcome, StopCause
from tools.report.facts import page_facts
from tools.results.folder import RunFolder
from tools.results.record import RunRecord

PIPELINE = ("intake", "dataset", "research", "code", "review", "execute", "tune", "finalize", "report")
PAPER_PIPELINE = ("intake", "retrieve", "summarize", "brief", "recommend")
MOST_EVENTS = 400
"""Lines of the log that the page itself shows."""


def show_run(request: Request) -> Response:
    """GET /runs/{run_id}; a number stands for its run."""
    site = site_of(request)
    name = request.path_params["run_id"]
    if name.isdecimal() and (run := next((one for one in site.index.runs() if one.number == int(name)), None)):
        return RedirectResponse(f"{base_path(request)}/runs/{run.id}", 307)
    folder = site.folder(name)
    record = folder.load_record()
    worker = folder.worker()
    events = list(folder.read_events())
    facts = page_facts(folder, record)
    return site.render(
        request,
        "run.html.j2",
        **facts | {"files_at": f"{base_path(request)}/runs/{folder.id}/files/"},
        folder=folder,
        live=goes_on(record) or worker is not None,
        worker=worker,
        pipeline=stages_of(record),
        stage_notes={stage.name: stage.note for stage in record.stages},
        parallel=parallel_plot(record.tuning) if record.tuning else None,
        log=event_lines(events)[-MOST_EVENTS:],
        project=folder.project.is_dir() and any(folder_rows(folder, "project")),
        question=record.waiting,
        can_cancel=bool(record.thread_id) and record.outcome is None and not record.waiting,
        can_resume=bool(record.thread_id and record.stages)
        and worker is None
        and not record.waiting
        and interrupted(record),
        command=terminal_command(folder, record, worker),
    )


def interrupted(record: RunRecord) -> bool:
    """Whether the run can go on: a person's refusal is its end."""
    return record.outcome in (None, Outcome.CANCELLED) and record.cause is not StopCause.REFUSED


def goes_on(record: RunRecord) -> bool:
    """Whether there is more to come, as far as the record knows."""
    return record.outcome is None


def stages_of(record: RunRecord) -> list[str]:
    """The stages that a run of this kind passes, in their order."""
    names = [*PAPER_PIPELINE, *PIPELINE[1:]] if record.task.paper else list(PIPELINE)
    visited = [stage.name for stage in record.stages]
    if "debug" in visited:
        names.insert(names.index("execute") + 1, "debug")
    asked = record.task.approve
    for kind, after in (("dataset", "intake" if "recommend" not in names else "recommend"), ("code", "review")):
        if kind in asked:
            names.insert(names.index(after) + 1, f"approve_{kind}")
    return names


def terminal_command(folder: RunFolder, record: RunRecord, worker: int | None) -> str:
    """What to type for a run that was started from a terminal and has stopped; empty for the others."""
    if record.thread_id or worker is not None or not interrupted(record):
        return ""
    return f"arxla resume {folder.id}" + (" --answer yes" if record.waiting else "")


async def cancel_run(request: Request) -> Response:
    """POST /runs/{run_id}/cancel."""
    record = await _record(request)
    if not (await _thread_at(request, record)).turn:
        raise InputError(f"Nothing works on run {record.id} now, so there is nothing to cancel.")
    await site_of(request).backend.cancel(record.thread_id)
    return _back(request)


async def resume_run(request: Request) -> Response:
    """POST /runs/{run_id}/resume; the record says that it goes on before it does, or its page would show an end."""
    folder = site_of(request).folder(request.path_params["run_id"])
    record = await anyio.to_thread.run_sync(folder.load_record)
    if not interrupted(record):
        raise InputError(f"Run {record.id} has ended, so it can't go on; start it anew.")
    await _thread_at(request, record)
    going_on = record.model_copy(update={"outcome": None, "cause": None, "message": ""})
    await anyio.to_thread.run_sync(folder.save_record, going_on)
    try:
        await site_of(request).backend.resume(record.thread_id)
    except ArxlaError:
        await anyio.to_thread.run_sync(folder.save_record, record)
        raise
    return _back(request)


async def answer_run(request: Request) -> Response:
    """POST /runs/{run_id}/answer: the form below a question."""
    record = await _record(request)
    if record.waiting is None:
        raise InputError("This run waits for no answer any more.")
    await _thread_at(request, record)
    form = await request.form(max_files=0, max_fields=20)
    await site_of(request).backend.answer(record.thread_id, answer_of(record.waiting, form))
    return _back(request)


def answer_of(question: Question, form: Mapping[str, Any]) -> Answer:
    """What the form below a question says; raises `InputError` for what is no answer to it."""
    choice = str(form.get("choice", ""))
    if choice not in question.choices:
        raise InputError(f"Answer with one of {', '.join(question.choices)}.")
    fields: dict[str, Any] = {"approve": choice != "no", "comment": str(form.get("comment", "")).strip()}
    if choice not in ("yes", "no"):
        fields["dataset"] = choice
    limits = {name: text for name in LIMITS if (text := str(form.get(name, "")).strip())}
    return read_answer(question, fields | (limits if question.kind == "budget" else {}))


async def _record(request: Request) -> RunRecord:
    folder = site_of(request).folder(request.path_params["run_id"])
    return await anyio.to_thread.run_sync(folder.load_record)


async def _thread_at(request: Request, record: RunRecord) -> Conversation:
    """The run's thread, which a chat may have taken to something else since: what is sent then is another run's.

    Raises `InputError` with how the run goes on.
    """
    if not record.thread_id:
        raise InputError(
            f"Run {record.id} was started from a terminal; stop it there, or use `arxla resume {record.id}`."
        )
    chat = await site_of(request).backend.conversation(record.thread_id)
    if not chat.unfinished or chat.run_id not in ("", record.id):
        raise InputError(f"The chat of this run has gone on to something else; say `go on with {record.id}` there.")
    return chat


def _back(request: Request) -> Response:
    return RedirectResponse(f"{base_path(request)}/runs/{request.path_params['run_id']}", 303)
