"""A literature review for its own sake: what is asked, the data's profile, the review, the words."""

import time
from functools import partial
from pathlib import Path
from typing import cast

from langchain_core.messages import AIMessage

from agents.contracts import LiteratureReview, ResearchRequest
from agents.registry import check_models
from graph.stage import Stage
from graph.state import Json, Update
from runtime.data_profile import DataProfile
from runtime.errors import InputError
from runtime.models.usage import Ledger
from runtime.task import Task
from tools.datasets.preview import names_data, preview
from tools.search import search_tools

PAPERS = (".pdf", ".tex")
NOTHING = "Ask a question, or name a dataset: what suits heartbeats recorded at 360 Hz?"


def ask(stage: Stage) -> Update:
    """The question or the dataset of this turn, checked; a message that names data is about that data."""
    given = cast("Json", stage.state)
    messages = stage.state.get("messages", [])
    spoken = str(messages[-1].text).strip() if messages and messages[-1].type == "human" else ""
    named = (given.get("question", "").strip(), given.get("dataset", "").strip())
    question, dataset = (spoken, "") if spoken else named
    if question and not dataset and names_data(question):
        question, dataset = "", question
    if not question and not dataset:
        raise InputError(NOTHING)
    if Path(dataset).suffix.lower() in PAPERS:
        raise InputError(f"{dataset} is a paper: the graph `brief` reads it; here, ask a question.")
    settings = stage.services.settings
    task = settings.task(dataset=dataset or question, **stage.context.presets())
    check_models(task, settings)
    about = {"question": question, "dataset": dataset, "task": task.model_dump(mode="json")}
    return about | {"profile": {}, "literature": {}, "outcome": "", "message": "", "note": dataset or question}


def profile(stage: Stage) -> Update:
    """The kind and shape of the data, of which nothing is kept."""
    found = preview(cast("Json", stage.state)["dataset"], stage.task, stage.services.settings, stage.emit)
    return {"profile": found.model_dump(mode="json"), "note": f"{found.dataset_name} {found.shape}"}


def search(stage: Stage) -> Update:
    """What was found; the expert may search the web here too, since whoever asks for a review wants a search."""
    state, task, settings = cast("Json", stage.state), stage.task, stage.services.settings
    known = state.get("profile")
    request = ResearchRequest(
        question=state["question"],
        profile=DataProfile.model_validate(known) if known else None,
        goal=state.get("goal", "") or task.goal,
        dataset_name=settings.dataset_name,
    )
    agents = stage.services.agents(
        task,
        Ledger(None),
        emit=stage.emit,
        cancel=stage.cancel,
        deadline=_deadline(task),
        search=partial(search_tools, settings),
    )
    found = agents.researcher.research(request)
    return {"literature": found.model_dump(), "note": found.source}


def reply(stage: Stage) -> Update:
    """The review in words, or why there is none."""
    if stage.state.get("outcome"):
        return {"messages": [AIMessage(f"{stage.state['outcome']}: {stage.state['message']}")]}
    return {"messages": [AIMessage(in_words(LiteratureReview.model_validate(stage.state["literature"])))]}


def in_words(review: LiteratureReview) -> str:
    """A review as Markdown, its papers with their addresses."""
    steps = [f"{number}. {text}" for number, text in enumerate(review.recommended_approaches, 1)]
    papers = [_paper(paper) for paper in review.recent_papers]
    parts = [
        review.review_text,
        _listed("Findings", [f"- {text}" for text in review.key_findings]),
        _listed("Recommended, best first", steps),
        _listed("Papers", papers),
        f"Source: {review.source}; confidence {review.confidence:.0%}.",
    ]
    return "\n\n".join(part for part in parts if part)


def _paper(paper: dict[str, str]) -> str:
    place = ", ".join(paper[name] for name in ("venue", "year") if paper.get(name))
    text = f"{paper.get('authors', '')}: " if paper.get("authors") else ""
    return (
        f"- {text}{paper.get('title', '')}" + (f" ({place})" if place else "") + (f" {paper.get('url', '')}").rstrip()
    )


def _listed(name: str, lines: list[str]) -> str:
    return "\n".join([f"**{name}**", "", *lines]) if lines else ""


def _deadline(task: Task) -> float | None:
    return time.monotonic() + 60 * task.max_minutes if task.max_minutes else None
