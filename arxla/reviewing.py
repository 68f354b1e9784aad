"""One literature review in the foreground: the data's profile, the searches, what is printed and where it is kept."""

import re
import sys
import time
from contextlib import closing
from functools import partial
from pathlib import Path
from typing import Any

import typer
from rich.console import Console

from agents.contracts import LiteratureReview, ResearchRequest
from agents.registry import check_models, make_agents
from arxla.progress import Progress
from arxla.review_view import print_review
from runtime.data_profile import DataProfile
from runtime.errors import InputError
from runtime.events import Emit, Event
from runtime.models.usage import Ledger
from runtime.observability.observers import Observers
from runtime.settings import Settings, load_settings
from runtime.task import Task
from tools.datasets.preview import names_data, preview
from tools.results.writing import json_bytes, write_new
from tools.search import search_tools

FOLDER = Path("literature_reviews")
PAPERS = (".pdf", ".tex")
LONGEST_NAME = 40


def show_review(options: dict[str, Any], subject: str | None, out: Path | None, json: bool, quiet: bool) -> None:
    """Make a review, keep it and print it; `options` are fields of `Task` and of `Settings`. Exits with 1 when the
    model's answer could not be used."""
    if subject and "dataset" not in options and names_data(subject):
        options, subject = options | {"dataset": subject}, None
    if not (subject or "").strip() and "dataset" not in options:
        raise InputError('Ask a question, or name a dataset: `arxla research "what suits ECG signals?"`.')
    if Path(options.get("dataset", "")).suffix.lower() in PAPERS:
        raise InputError(f"{options['dataset']} is a paper: `arxla brief` reads it; here, ask a question.")
    settings = load_settings(options)
    dataset = options.get("dataset")
    task = settings.task(dataset=dataset or subject)
    check_models(task, settings)
    folder = _folder(out)
    with closing(Observers(settings)) as observers, Progress(quiet=quiet, file=sys.stderr) as progress:

        def show(event: Event) -> None:
            observers.see(None, event)
            progress.show(event)

        profile = _profile(dataset, task, settings, show) if dataset else None
        request = ResearchRequest(
            question=subject or "", profile=profile, goal=task.goal, dataset_name=settings.dataset_name
        )
        review = _review(request, task, settings, show)
    place = write_new(folder, _name(review), ".json", json_bytes(review))
    if json:
        print(review.model_dump_json(indent=1))
    else:
        print_review(review, Console())
    print(f"kept in {place}", file=sys.stderr)
    if review.source.startswith("none: "):
        raise typer.Exit(1)


def _profile(dataset: str, task: Task, settings: Settings, emit: Emit) -> DataProfile:
    """Of a sample of the data."""
    emit({"kind": "stage", "name": "dataset", "state": "start", "note": ""})
    profile = preview(dataset, task, settings, emit)
    emit({"kind": "stage", "name": "dataset", "state": "end", "note": f"{profile.shape}"})
    return profile


def _review(request: ResearchRequest, task: Task, settings: Settings, emit: Emit) -> LiteratureReview:
    deadline = time.monotonic() + 60 * task.max_minutes if task.max_minutes else None
    # Who asks for a review wants a search, so the expert may use the web here too.
    search = partial(search_tools, settings)
    agents = make_agents(task, settings, Ledger(), emit=emit, deadline=deadline, search=search)
    emit({"kind": "stage", "name": "research", "state": "start", "note": ""})
    review = agents.researcher.research(request)
    emit({"kind": "stage", "name": "research", "state": "end", "note": review.source})
    return review


def _folder(out: Path | None) -> Path:
    """Made before anything is asked, so that no review is lost for want of a place."""
    folder = (out or FOLDER).expanduser()
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise InputError(f"{folder} can't be made ({error.strerror}); name another folder with --out.") from error
    return folder


def _name(review: LiteratureReview) -> str:
    words = re.sub(r"[^A-Za-z0-9]+", "_", review.query).strip("_")[:LONGEST_NAME].strip("_")
    return f"literature_review_{words or 'review'}_{review.timestamp}"
