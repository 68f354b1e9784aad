"""The graphs that answer without a run: a literature review, a code review, and a paper's brief."""

from pathlib import Path
from typing import Any

import pytest
from langchain_core.messages import HumanMessage

from graph.build_brief import build_brief_graph
from graph.build_research import build_research_graph
from graph.build_review import build_review_graph
from graph.services import Services
from runtime.settings import load_settings
from tests.graph.test_paper_runs import paper

SLOW = """import torch
import torch_xla.core.xla_model as xm


def train_model(X_train, y_train, X_val, y_val, device, **hyperparams):
    model = torch.nn.Linear(X_train.shape[1], 3).cuda()
    return model, {"train_losses": [], "val_losses": [], "val_acc": []}
"""


@pytest.fixture
def services(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Services:
    monkeypatch.setenv("LANGGRAPH_STRICT_MSGPACK", "true")
    settings = load_settings(env_file=None, arxla_offline=True, arxla_papers_dir=tmp_path / "papers")
    return Services(settings, results=tmp_path / "results")


async def asked(graph: Any, **given: Any) -> tuple[dict[str, Any], list[str]]:
    state, stages = {}, []
    async for mode, part in graph.astream(given, stream_mode=["values", "custom"]):
        if mode == "values":
            state = part
        elif part["kind"] == "stage" and part["state"] == "end":
            stages.append(part["name"])
    return state, stages


async def test_a_question_is_reviewed(services: Services) -> None:
    graph = build_research_graph(services)
    state, stages = await asked(graph, messages=[HumanMessage("what suits ECG signals?")])
    assert "convolutional" in state["messages"][-1].text
    assert state["literature"]["query"] == "what suits ECG signals?"
    assert stages == ["ask", "search", "reply"]
    assert not services.results.exists()


async def test_a_dataset_is_profiled_for_its_review(services: Services) -> None:
    graph = build_research_graph(services)
    for given in ({"dataset": "wine"}, {"messages": [HumanMessage("wine")]}):
        state, stages = await asked(graph, **given)
        assert "178 samples" in state["messages"][-1].text
        assert state["profile"]["num_classes"] == 3
        assert stages == ["ask", "profile", "search", "reply"]


@pytest.mark.parametrize(
    ("given", "said"),
    [({"question": " "}, "Ask a question"), ({"dataset": "a.pdf"}, "is a paper"), ({"dataset": "no_such"}, "no_such")],
)
async def test_what_can_not_be_reviewed_is_one_sentence(services: Services, given: Any, said: str) -> None:
    state, _ = await asked(build_research_graph(services), **given)
    assert state["outcome"] == "INPUT_ERROR"
    assert said in state["messages"][-1].text


async def test_code_is_reviewed_and_mended(services: Services) -> None:
    graph = build_review_graph(services)
    for given in ({"code": SLOW}, {"messages": [HumanMessage(f"Is this clean?\n\n```python\n{SLOW}```")]}):
        state, _ = await asked(graph, **given)
        assert any(".cuda()" in one["message"] for one in state["findings"])
        assert ".cuda()" not in state["fixed"] and state["applied"]
        assert "line 6" in state["messages"][-1].text


async def test_the_target_counts_and_no_code_is_asked_for(services: Services) -> None:
    graph = build_review_graph(services)
    state, _ = await asked(graph, code=SLOW, target="cuda")
    assert not any(".cuda()" in one["message"] for one in state["findings"])
    for given in ({"messages": [HumanMessage("is my code clean?")]}, {"code": SLOW, "target": "abacus"}):
        state, _ = await asked(graph, **given)
        assert state["outcome"] == "INPUT_ERROR"


async def test_a_brief_is_a_message_too(services: Services, tmp_path: Path) -> None:
    graph = build_brief_graph(services)
    state, stages = await asked(graph, task={"paper": paper(tmp_path)})
    assert stages == ["intake", "retrieve", "summarize", "brief", "reply"]
    assert state["brief"]["title"] == "Blocks of Many Widths"
    assert "Blocks of Many Widths" in state["messages"][-1].text
    state, _ = await asked(graph, task={"paper": "nowhere.pdf"})
    assert "nowhere.pdf" in state["messages"][-1].text
