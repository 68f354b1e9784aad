"""What Studio reads: a form of a task, a form of an assistant's presets, and a chat."""

from typing import Any, get_args

import pytest

from graph.build import build_graph
from graph.build_research import build_research_graph
from graph.build_review import build_review_graph
from graph.context import Context
from graph.services import Services
from graph.state import State, fresh_run
from runtime.settings import load_settings
from runtime.task import Role, Task


@pytest.fixture(scope="module")
def services() -> Services:
    return Services(load_settings(env_file=None))


def test_each_preset_has_a_title_a_description_and_nodes_that_exist(services: Services) -> None:
    graph = build_graph(services)
    nodes = {*graph.nodes, *(name for _, part in graph.get_subgraphs() for name in part.nodes)}  # type: ignore[attr-defined]
    properties = graph.get_context_jsonschema()["properties"]
    for name, field in properties.items():
        assert field["title"] and field["description"] and field["type"], name
        assert field["langgraph_nodes"] and set(field["langgraph_nodes"]) <= nodes, name
    assert properties["trials"]["default"] == 10 and properties["trials"]["minimum"] == 0
    assert properties["goal"]["langgraph_type"] == "prompt"
    assert {f"{role}_model" for role in get_args(Role)} <= set(properties)


def test_the_input_is_a_chat_or_the_form_of_a_task(services: Services) -> None:
    properties = build_graph(services).get_input_jsonschema()["properties"]
    assert set(properties) == {"messages", "task", "run_id"}
    assert set(properties["task"]["properties"]) == set(Task.model_fields)
    for build in (build_research_graph, build_review_graph):
        assert "messages" in build(services).get_input_jsonschema()["properties"]


@pytest.mark.parametrize(
    ("given", "presets"),
    [
        ({}, {}),
        ({"goal": "", "coder_model": ""}, {}),
        ({"trials": 3, "coder_model": "openai:x"}, {"trials": 3, "models": {"coder": "openai:x"}}),
        ({"approve": ["code"]}, {"approve": ["code"]}),
    ],
)
def test_presets_are_what_was_set(given: dict[str, Any], presets: dict[str, Any]) -> None:
    assert Context(**given).presets() == presets
    assert Task.model_validate({"dataset": "wine", **presets})


def test_a_fresh_run_resets_every_key_by_its_kind() -> None:
    fresh, kinds = fresh_run(), State.__annotations__
    assert fresh["task"] == {} and fresh["run_id"] == "" and "messages" not in fresh
    assert set(fresh) <= set(kinds)
