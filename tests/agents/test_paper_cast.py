"""Who reads papers: the model that the task names for it, or the expert in its place."""

import json
from collections.abc import Callable
from typing import Any

import pytest
from openai_server import OpenAIServer
from scripted_server import Fail, Say

from agents.contracts import BriefRequest, ChunkRequest
from agents.registry import Agents, make_agents
from runtime.errors import ModelUnavailable, UnusableAnswer
from runtime.models.usage import Ledger
from runtime.task import Task

TEXT = "We train with Adam at a learning rate of 0.001 and a batch size of 16 for all datasets. " * 3
REQUEST = ChunkRequest(paper_title="T", section="Training", number=2, of=3, text=TEXT)
ANSWER = json.dumps(
    {
        "summary": "The network is trained with Adam at a small learning rate.",
        "hyperparameters": [{"name": "lr", "value": "0.001", "quotation": "at a learning rate of 0.001 and a batch"}],
    }
)


def agents(settings: Callable[..., Any], server: OpenAIServer, events: list[Any], **task: Any) -> Agents:
    cheap = {"model": "expert", "models": {"chunk": f"openai:cheap@{server.base_url}"}}
    whole = Task(**{"paper": "p.pdf", **cheap, **task})
    return make_agents(whole, settings(arxla_model_attempts=1), Ledger(), emit=events.append)


def test_a_cheaper_model_may_read_the_chunks(settings: Callable[..., Any]) -> None:
    with OpenAIServer(Say("Sorry?"), Say(f"```json\n{ANSWER}\n```")) as server:
        cast = agents(settings, server, [])
        summary = cast.chunk_reader.read(REQUEST)
        brief = cast.summarizer.brief(BriefRequest(paper_id="p", title="T", summaries=[summary]))
        asked_again = server.requests[1].body["messages"]
    assert summary.generated_by == cast.chunk_reader.author == "openai:cheap" and summary.chunk == 2
    assert "could not be used" in asked_again[-1]["content"]
    assert brief.generated_by == cast.summarizer.author == "expert (rule-based)"


def test_a_model_that_is_down_or_says_nothing_is_a_typed_failure(settings: Callable[..., Any]) -> None:
    with OpenAIServer(Fail(401, "invalid_api_key"), Say("no"), Say("no"), Say("no")) as server:
        reader = agents(settings, server, []).chunk_reader
        with pytest.raises(ModelUnavailable) as refused:
            reader.read(REQUEST)
        assert refused.value.lasting
        with pytest.raises(UnusableAnswer):
            reader.read(REQUEST)


def test_the_expert_in_place_of_a_model_signs_as_such_and_is_not_taken_for_it(settings: Callable[..., Any]) -> None:
    events: list[Any] = []
    with OpenAIServer(Fail(401, "invalid_api_key"), Fail(401, "invalid_api_key")) as server:
        name = f"openai:m@{server.base_url}"
        cast = agents(settings, server, events, model=name, models={}, fallback_to_expert=True)
        summary = cast.chunk_reader.read(REQUEST)
        brief = cast.summarizer.brief(BriefRequest(paper_id="p", title="T", summaries=[summary]))
    assert summary.generated_by == brief.generated_by == "expert (rule-based), in place of openai:m"
    assert summary.generated_by != cast.chunk_reader.author and cast.chunk_reader.version
    assert [event["agent"] for event in events if event["kind"] == "warning"] == ["chunk", "summarizer"]


def test_the_expert_reads_where_a_model_has_no_key(settings: Callable[..., Any]) -> None:
    task = Task(paper="p.pdf", model="openai:gpt-5", fallback_to_expert=True)
    reader = make_agents(task, settings(), Ledger()).chunk_reader
    expert = make_agents(Task(paper="p.pdf"), settings(), Ledger()).chunk_reader
    assert (reader.chunk_characters, reader.side_by_side) == (expert.chunk_characters, expert.side_by_side)
    assert reader.read(REQUEST).generated_by.startswith("expert (rule-based), in place of")


def test_the_expert_reads_without_any_model(settings: Callable[..., Any]) -> None:
    reader = make_agents(Task(paper="p.pdf"), settings(), Ledger()).chunk_reader
    assert reader.read(REQUEST).generated_by == reader.author and reader.chunk_characters > 1_000
    assert reader.version == "" and reader.side_by_side is None
