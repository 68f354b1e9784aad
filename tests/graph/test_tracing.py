"""A traced run: its nodes arrive at LangSmith, its key nowhere, and a run without tracing sends nothing."""

from collections.abc import Iterator
from typing import Any

import langsmith
import pytest
from sink_server import SinkServer

from tests.graph.scripts import Script

pytestmark = pytest.mark.box
KEY = "lsv2_RECOGNISABLE_key"
SHORT = {"target_column": "no such column"}
"""Ends the run where its data is prepared."""


@pytest.fixture(autouse=True)
def _off_again() -> Iterator[None]:
    yield
    langsmith.configure(enabled=False, client=None, project_name=None)


async def test_a_runs_stages_are_traced(run_graph: Any) -> None:
    with SinkServer() as sink:
        told = {"langsmith_tracing": True, "langsmith_api_key": KEY, "langsmith_endpoint": sink.url}
        state, _, events = await run_graph(Script(), goal=f"a model for {KEY}", settings=told, **SHORT)
        langsmith.run_trees.get_cached_client().flush(10)
        sent = sink.bodies()
    assert state["outcome"] == "INPUT_ERROR"
    assert all(f'"name":"{stage}"'.encode() in sent for stage in ("intake", "dataset", "report"))
    assert b"a model for ********" in sent and b"RECOGNISABLE" not in sent
    assert not [event for event in events if event["kind"] == "warning"]


async def test_a_key_that_is_missing_is_a_warning(run_graph: Any) -> None:
    _, _, events = await run_graph(Script(), settings={"langsmith_tracing": True}, **SHORT)
    texts = [event["text"] for event in events if event["kind"] == "warning"]
    assert texts == ["LANGSMITH_TRACING is on and LANGSMITH_API_KEY is not set: no traces are sent."]
    assert all(event["time"].endswith("+00:00") for event in events)
