"""What ends a paper's run other than its own text: a source or a model that is gone, a full disk, an interruption."""

import asyncio
import time
from dataclasses import fields
from pathlib import Path
from typing import Any

import pytest

from agents.registry import Agents
from graph.build import build_graph
from graph.nodes import retrieve
from graph.services import Services
from runtime.errors import InputError, ModelUnavailable, SourceUnavailable, UnusableAnswer
from runtime.outcome import Outcome, StopCause
from runtime.settings import load_settings
from tests.graph.scripts import Script
from tests.graph.test_paper_runs import paper
from tools.report.wording import next_step
from tools.results.folder import RunFolder

pytestmark = pytest.mark.box


async def test_a_source_that_is_down_is_named_with_what_to_do(run_graph: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    def find_paper(*_: object) -> None:
        raise SourceUnavailable("OpenSearch could not be reached.")

    monkeypatch.setattr(retrieve, "find_paper", find_paper)
    _, record, _ = await run_graph(Script(), paper="opensearch:abc")
    assert (record.outcome, record.cause) == (Outcome.STOP_PIPELINE, StopCause.SOURCE_UNAVAILABLE)
    assert "OpenSearch" in record.message and "arxla doctor" in next_step(record)


def services_with(script: Script, folder: Path) -> Services:
    return Services(
        load_settings(env_file=None, arxla_papers_dir=folder / "papers", arxla_parallel_chunks=1),
        results=folder / "results",
        make_agents=lambda *_, **__: Agents(*[script] * len(fields(Agents))),
    )


async def test_an_interrupted_map_is_begun_anew_and_its_pause_costs_no_time(tmp_path: Path) -> None:
    slow = dict.fromkeys(range(1, 100), lambda _request: time.sleep(0.2))
    script = Script(chunks=slow)
    services = services_with(script, tmp_path)
    run_id = RunFolder.create(tmp_path / "results", "the-run").id
    given: Any = {"task": {"paper": paper(tmp_path, 20), "dataset": "wine"}, "run_id": run_id}
    work = asyncio.ensure_future(build_graph(services).ainvoke(given))
    while not script.asked:
        await asyncio.sleep(0.02)
    work.cancel()
    await asyncio.wait([work])
    assert services.crew.close_map(run_id) is None
    script.chunks = {1: [KeyError("ours")]}
    with pytest.raises(KeyError):
        await build_graph(services).ainvoke(given)
    assert services.crew.close_map(run_id) is None


@pytest.mark.parametrize("sections", [1, 24])
async def test_a_model_that_refuses_for_good_is_not_asked_for_every_chunk(
    run_graph: Any, tmp_path: Path, sections: int
) -> None:
    refused = {number: [ModelUnavailable("the quota is used up", lasting=True)] for number in range(1, 100)}
    script, settings = Script(chunks=refused), {"arxla_parallel_chunks": 1}
    _, record, _ = await run_graph(script, paper=paper(tmp_path, sections), settings=settings)
    assert record.outcome is Outcome.MODEL_UNAVAILABLE and "the quota is used up" in record.message
    assert len(script.asked) <= 3


async def test_a_single_refusal_is_one_lost_chunk(run_graph: Any, tmp_path: Path) -> None:
    refused = {number: [ModelUnavailable("refused", lasting=True)] for number in (2, 3, 5, 6)}
    script = Script(chunks=refused, summarizer=[UnusableAnswer("the end of this test")])
    _, record, _ = await run_graph(script, paper=paper(tmp_path, 24), settings={"arxla_parallel_chunks": 1})
    assert record.message.endswith("the end of this test")
    assert [line.chunk_number for line in record.chunks if not line.success] == [2, 3, 5, 6]


async def test_a_client_may_name_a_run_but_no_place(tmp_path: Path) -> None:
    script = Script(summarizer=[UnusableAnswer("the end of this test")])
    graph = build_graph(services_with(script, tmp_path))
    given: Any = {"task": {"paper": paper(tmp_path), "dataset": "wine"}}
    for name in ("../outside", "/tmp/outside", "..", ".server", "a/b"):
        with pytest.raises(InputError, match="can't name a run"):
            await graph.ainvoke({**given, "run_id": name})
    assert {path.name for path in tmp_path.iterdir()} == {"a paper.md"}
    state = await graph.ainvoke({**given, "run_id": "mine"})
    assert state["message"].endswith("the end of this test")
    assert (tmp_path / "results" / "mine" / "events.jsonl").is_file()
