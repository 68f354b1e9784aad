"""Several runs in one thread: each starts with nothing of the last one but what the chat may refer to."""

from dataclasses import fields
from pathlib import Path
from typing import Any

import pytest
from langchain_core.messages import AIMessage, HumanMessage
from langgraph.checkpoint.memory import InMemorySaver
from langgraph.types import Overwrite

from agents.contracts import IntakeAnswer
from agents.registry import Agents
from graph.build import build_graph
from graph.services import Services
from graph.state import fresh_run, this_turn
from runtime.box.protocol import Sandbox
from runtime.outcome import Outcome
from runtime.settings import load_settings
from runtime.task import Task
from tests.graph.scripts import CODE, Script
from tools.results.folder import RunFolder

TASK = {
    "dataset": "wine", "target": "cpu", "trials": 0, "tuner": "random", "skip_literature_review": True,
    "use_cache": False, "size_limit_kb": 200.0,
}  # fmt: skip


def test_a_fresh_run_forgets_everything_but_the_chat() -> None:
    fresh = fresh_run()
    assert {"task", "run_id", "started", "stages"} <= set(fresh)
    assert not {"messages", "last_task", "last_run", "turn"} & set(fresh)
    assert fresh["stages"] == Overwrite([])
    assert (fresh["outcome"], fresh["data"], fresh["feedback"], fresh["rewrites"]) == ("", {}, [], 0)


@pytest.mark.parametrize(
    ("before", "given", "seen"),
    [
        ({}, {"task": {"dataset": "wine"}}, {"task": {"dataset": "wine"}}),
        ({"last_task": {"dataset": "wine"}}, {"task": {"dataset": "iris"}}, {"task": {"dataset": "iris"}}),
        ({"last_task": {"dataset": "wine"}}, {"messages": [HumanMessage("smaller")]}, {}),
        ({"last_task": {"dataset": "wine"}}, {"messages": [AIMessage("done")]}, {"task": {"dataset": "wine"}}),
        ({"last_run": "wine-1"}, {"run_id": "wine-2"}, {"run_id": "wine-2"}),
        ({"last_run": "wine-1"}, {}, {}),
    ],
)
def test_a_turn_holds_what_is_new(before: Any, given: Any, seen: Any) -> None:
    state = {"task": before.get("last_task"), "run_id": before.get("last_run"), "outcome": "SUCCESS", "stages": [1]}
    turn = this_turn({**state, **before, **given})
    kept = {name: value for name, value in {**before, **given}.items() if name in ("messages", "last_task", "last_run")}
    assert turn == {**kept, **seen}


@pytest.fixture
def services(tmp_path: Path, sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch) -> Any:
    monkeypatch.setenv("LANGGRAPH_STRICT_MSGPACK", "true")

    def make(script: Script) -> Services:
        return Services(
            load_settings(env_file=None, arxla_offline=True),
            results=tmp_path / "results",
            functions=tmp_path / "functions",
            reviews=tmp_path / "reviews",
            make_agents=lambda *_, **__: Agents(*[script] * len(fields(Agents))),
            open_sandbox=lambda *_: sandbox,
        )

    return make


async def test_use_a_smaller_one_is_a_run_of_its_own(services: Any) -> None:
    smaller = Task.model_validate({**TASK, "size_limit_kb": 64.0})
    script = Script(
        coder=[CODE, CODE], intake=[IntakeAnswer(task=smaller), IntakeAnswer(question="Which one do you mean?")]
    )
    made = services(script)
    graph = build_graph(made, InMemorySaver())
    config: Any = {"configurable": {"thread_id": "chat"}, "recursion_limit": 100}
    first = await graph.ainvoke({"task": TASK}, config)
    assert first["last_run"] == first["run_id"]
    assert first["last_size_kb"] > 0
    second = await graph.ainvoke({"messages": [HumanMessage("use a smaller one")]}, config)
    assert second["run_id"] != first["run_id"]
    assert [visit["name"] for visit in second["stages"]] == [visit["name"] for visit in first["stages"]]
    assert [message.type for message in second["messages"][:2]] == ["ai", "human"]
    assert second["messages"][-1].text.startswith("SUCCESS")
    for state, limit in ((first, 200.0), (second, 64.0)):
        record = RunFolder(made.results / state["run_id"]).load_record()
        assert record.outcome is Outcome.SUCCESS, record.message
        assert record.task.size_limit_kb == limit
        names = [
            event["name"] for event in RunFolder(made.results / record.id).read_events() if event["kind"] == "stage"
        ]
        assert names.count("report") == 2
    asked = await graph.ainvoke({"messages": [HumanMessage("and the other?")]}, config)
    assert asked["messages"][-1].text == "Which one do you mean?"
    assert (asked["turn"], asked["outcome"]) == ("answer", "SUCCESS")
    refused = await graph.ainvoke({"task": {"dataset": "wine", "trials": -1}}, config)
    assert (refused["turn"], refused["outcome"]) == ("refused", "INPUT_ERROR")
    assert RunFolder(made.results / second["run_id"]).load_record().outcome is Outcome.SUCCESS
