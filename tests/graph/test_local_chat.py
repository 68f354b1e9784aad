"""A chat whose intake is a real small model, when one is served: clumsy or not, it ends honestly."""

import os
from pathlib import Path
from typing import Any

import pytest
from langchain_core.messages import HumanMessage
from langgraph.checkpoint.memory import InMemorySaver

from agents.figures import unsupported
from graph.build import build_graph
from graph.chat import kind_of
from graph.services import Services
from runtime.settings import load_settings
from tools.results.answers import look_up
from tools.results.folder import RunFolder

ADDRESS = os.environ.get("ARXLA_LOCAL_MODEL_URL", "")
RECORD = (
    '{"id": "wine-20261120T111502-bbbb", "task": {"dataset": "wine"}, "started": "2026-11-20T11:15:02+00:00", '
    '"outcome": "STOP_PIPELINE", "cause": "out_of_memory", "message": "14.2 GB were asked for, 8 GB are there", '
    '"seconds": 93}'
)
pytestmark = [
    pytest.mark.service,
    pytest.mark.timeout(600),
    pytest.mark.skipif(not ADDRESS, reason="ARXLA_LOCAL_MODEL_URL names no OpenAI-compatible server"),
]


async def test_a_real_models_answers_hold_no_figure_of_its_own(tmp_path: Path) -> None:
    bounds = {"arxla_model_timeout_s": 120.0, "arxla_model_attempts": 1, "arxla_offline": True}
    settings = load_settings({"models": {"intake": f"openai:local@{ADDRESS}"}}, env_file=None, **bounds)
    folders = {name: tmp_path / name for name in ("results", "functions", "reviews")}
    services = Services(settings, **folders)
    folder = RunFolder.create(folders["results"], "wine-20261120T111502-bbbb")
    folder.record.write_text(RECORD)
    graph = build_graph(services, InMemorySaver())
    config: Any = {"configurable": {"thread_id": "chat"}}
    try:
        for text in ("Why did run 1 stop?", "How long did run 1 take?"):
            state = await graph.ainvoke({"messages": [HumanMessage(text)]}, config)
            answer = state["messages"][-1]
            assert state["turn"] == "answer" and kind_of(answer) in ("answer", "question", "failure")
            print(f"{text} -> {kind_of(answer)}: {answer.text}")
            if kind_of(answer) == "answer" and answer.additional_kwargs.get("arxla_run"):
                kinds = ("why", "run", "cost", "trials", "code", "review")
                facts = "\n".join(look_up(kind, folders["results"], ["1"]).text for kind in kinds)
                told = answer.text.split("(From the records as they are.")[0]
                assert unsupported(told, facts) == []
    finally:
        services.close()
