"""What the research stage asks, keeps and passes on."""

from pathlib import Path
from typing import Any

import pytest

from agents.contracts import LiteratureReview
from graph.context import Context
from graph.nodes import research
from graph.services import Services
from graph.stage import Halt, Stage
from runtime.data_profile import DataProfile, PreparedData
from runtime.settings import load_settings
from runtime.task import Task
from tests.graph.scripts import Script
from tools.papers.brief import PaperBrief

REVIEW = LiteratureReview(query="q", review_text="t", recommended_approaches=["a CNN"], source="search results")
PROFILE = DataProfile(dataset_name="ecg", shape=(50, 1, 140), sample_count=50, feature_count=140, num_classes=5)
DATA = PreparedData(
    folder="data", profile=PROFILE, train_count=30, val_count=10, test_count=10, normalizer="none", content_hash="0"
)


class Cast:
    def __init__(self, script: Script) -> None:
        self.researcher = script


@pytest.fixture
def visit(tmp_path: Path) -> Any:
    def make(script: Script, reviews: Path | None = None, brief: PaperBrief | None = None, **task: Any) -> Any:
        settings = load_settings(env_file=None, dataset_name="My ECG", arxla_offline=True)
        folders = {"results": tmp_path / "results", "reviews": reviews or tmp_path / "reviews"}
        services = Services(settings, **folders, make_agents=lambda *_, **__: Cast(script))  # type: ignore[arg-type]
        state: dict[str, Any] = {"task": Task(dataset="ecg.npz", **task).model_dump(), "run_id": "run-1"}
        state |= {"data": DATA.model_dump(mode="json"), "brief": brief.model_dump() if brief else {}}
        events: list[dict[str, Any]] = []
        stage = Stage("research", state, Context(), services, events.append, Halt(None))  # type: ignore[arg-type]
        return research.run(stage), events

    return make


def test_the_request_holds_all_that_is_known_and_the_review_is_kept(visit: Any, tmp_path: Path) -> None:
    script = Script(researcher=[REVIEW])
    brief = PaperBrief(paper_id="p", title="Omni-Scale", method="m")
    update, _ = visit(script, brief=brief, goal="tiny")
    asked = script.asked[0]
    assert (asked.profile, asked.brief, asked.goal, asked.dataset_name) == (PROFILE, brief, "tiny", "My ECG")
    kept = tmp_path / "reviews" / "literature_review_run-1.json"
    assert LiteratureReview.model_validate_json(kept.read_text()) == REVIEW
    assert update["literature"] == REVIEW.model_dump() and update["note"] == "1 approach, search results"


def test_a_switched_off_review_asks_nobody(visit: Any, tmp_path: Path) -> None:
    update, _ = visit(Script(), skip_literature_review=True)
    assert update["skipped"] == ["literature review: switched off by the task"] and "literature" not in update
    assert not (tmp_path / "reviews").exists()


def test_a_place_that_can_not_be_written_costs_no_run(visit: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: Any, **__: Any) -> None:
        raise PermissionError(13, "no")

    monkeypatch.setattr(Path, "mkdir", refuse)
    update, events = visit(Script(researcher=[REVIEW]), reviews=Path("/nowhere"))
    assert update["literature"]["recommended_approaches"] == ["a CNN"]
    assert events[0]["kind"] == "warning" and "kept in run.json alone" in events[0]["text"]
