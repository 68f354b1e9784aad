"""A whole run, from its task to its record, as `arxla run` does it: what the kinds dataset and paper have in common."""

import asyncio
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from agents.registry import check_models
from evals.contracts import Case, CaseSkipped, Place, Runner
from graph.build import build_graph
from graph.services import Services
from runtime.errors import (
    ArxlaError,
    Cancelled,
    DiskFull,
    InputError,
    ModelUnavailable,
    SandboxUnavailable,
    SourceUnavailable,
)
from runtime.outcome import Outcome, StopCause
from runtime.settings import Settings
from runtime.task import Task
from tools.datasets import loadable
from tools.results.folder import RunFolder, new_run_id
from tools.results.record import RunRecord

EVALS = Path(__file__).parent.parent
LOOK_S = 0.2
FAULTS: dict[tuple[Outcome, StopCause | None], type[ArxlaError]] = {
    (Outcome.MODEL_UNAVAILABLE, None): ModelUnavailable,
    (Outcome.INPUT_ERROR, None): InputError,
    (Outcome.CANCELLED, None): Cancelled,
    (Outcome.STOP_PIPELINE, StopCause.NO_DISK): DiskFull,
    (Outcome.STOP_PIPELINE, StopCause.NO_SANDBOX): SandboxUnavailable,
    (Outcome.STOP_PIPELINE, StopCause.NO_DEVICE): SandboxUnavailable,
    (Outcome.STOP_PIPELINE, StopCause.SOURCE_UNAVAILABLE): SourceUnavailable,
}
"""Ends that say nothing of whoever wrote the code."""


@contextmanager
def opened(place: Place) -> Iterator[Runner]:
    """One sandbox for all trials; each has its own settings, agents, function cache and folder."""
    home = Services(place.settings, results=place.folder / "runs")

    def run(case: Case, seed: int, model: str) -> dict[str, Any]:
        settings = place.settings_for(case, seed, model)
        task = task_of(case, seed, model, settings)
        folder = RunFolder.create(home.results, new_run_id(case.id, datetime.now(UTC)))
        services = Services(
            settings, home.results, folder.path / "functions", folder.path / "reviews",
            open_sandbox=lambda _name, _device: home.sandbox(task),
        )  # fmt: skip
        try:
            record = asyncio.run(_drive(services, task, folder, place.cancel))
        finally:
            services.crew.close()  # the sandbox is everybody's
        fault = FAULTS.get((record.outcome or Outcome.CANCELLED, record.cause))
        if fault is not None:
            raise fault(record.message)
        return record.model_dump(mode="json") | {"folder": str(folder.path)}

    try:
        yield run
    finally:
        home.close()


def task_of(case: Case, seed: int, model: str, settings: Settings) -> Task:
    """What a case asks for: fields of a task, and in `needs` the datasets that a paper may lead to.

    The function cache is not read, so that no trial profits from another. Raises `CaseSkipped` when a dataset or the
    paper is not here, and `InputError`.
    """
    given = dict(case.given)
    if paper := given.get("paper"):
        given["paper"] = _paper(str(paper))
    needed = [*given.pop("needs", []), *([given["dataset"]] if given.get("dataset") else [])]
    for dataset in needed:
        if missing := loadable(str(dataset), settings):
            raise CaseSkipped(missing)
    task = settings.task(**{"use_cache": False, **given, "seed": seed, "model": model})
    check_models(task, settings)
    return task


def _paper(text: str) -> str:
    """A path here, or one of the papers that come with the harness; a reference to a service stays as it is."""
    for path in (Path(text), EVALS / text):
        if path.exists():
            return str(path)
    if text.startswith(("index:", "opensearch:")):
        return text
    raise CaseSkipped(f"There is no paper {text}.")


async def _drive(services: Services, task: Task, folder: RunFolder, cancel: threading.Event) -> RunRecord:
    """The record of a run, which ends soon after `cancel` is set. Raises `Cancelled` and `InputError`."""
    first = {"task": task.model_dump(mode="json"), "run_id": folder.id}
    graph = asyncio.ensure_future(build_graph(services).ainvoke(first, {"recursion_limit": 500}))  # type: ignore[call-overload]
    while not graph.done():
        await asyncio.wait({graph}, timeout=LOOK_S)
        if cancel.is_set():
            graph.cancel()
            await asyncio.wait({graph})
            raise Cancelled("The evaluation was interrupted.")
    end = graph.result()
    if not folder.record.exists():  # refused before there was a run
        raise InputError(str(end.get("message", "The run left no record.")))
    return folder.load_record()
