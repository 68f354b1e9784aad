"""A chat with the graph: runs one after another, what is asked between them, and what can't be done."""

import base64
from collections.abc import Callable
from dataclasses import fields
from pathlib import Path
from typing import Any

import pytest
from langchain_core.messages import AIMessage, AnyMessage, HumanMessage
from langgraph.checkpoint.memory import InMemorySaver

from agents.contracts import IntakeAnswer, Lookup
from agents.expert import ExpertIntake
from agents.registry import Agents
from graph.build import build_graph
from graph.chat import kind_of, open_messages, read_message, run_spoken_of, say
from graph.services import Services
from runtime.box.protocol import Sandbox
from runtime.errors import ModelUnavailable
from runtime.outcome import Outcome
from runtime.settings import load_settings
from tests.graph.scripts import CODE, SPACE, Script
from tools.results.folder import RunFolder

PROGRAM = "```python\nimport torch\nmodel = torch.nn.Linear(2, 2).cuda()\n```"


class Talk:
    """A thread of the graph and what was said in it."""

    def __init__(self, services: Services) -> None:
        self.services = services
        self.graph = build_graph(services, InMemorySaver())
        self.config: Any = {"configurable": {"thread_id": "chat"}, "recursion_limit": 100}
        self.events: list[dict[str, Any]] = []

    async def say(self, content: Any) -> list[AnyMessage]:
        """The messages that follow a message of the user's."""
        given = {"messages": [HumanMessage(content)]}
        before = len((await self.graph.aget_state(self.config)).values.get("messages", []))
        async for event in self.graph.astream(given, self.config, stream_mode="custom"):
            self.events.append(event)
        messages: list[AnyMessage] = (await self.graph.aget_state(self.config)).values["messages"]
        return messages[before + 1 :]

    async def state(self) -> dict[str, Any]:
        values: dict[str, Any] = (await self.graph.aget_state(self.config)).values
        return values


@pytest.fixture
def talk(tmp_path: Path, sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch) -> Callable[..., Talk]:
    """`talk(script)`: the expert understands and the script plays the others; `talk(script, script)`: it does both."""
    monkeypatch.setenv("LANGGRAPH_STRICT_MSGPACK", "true")
    monkeypatch.chdir(tmp_path)

    def make(script: Script, intake: Any = None) -> Talk:
        cast = {field.name: script for field in fields(Agents)} | {"intake": intake or ExpertIntake()}
        folders = {name: tmp_path / name for name in ("results", "functions", "reviews")}
        made = Services(
            load_settings(env_file=None, arxla_offline=True), **folders,
            make_agents=lambda *_, **__: Agents(**cast), open_sandbox=lambda *_: sandbox,
        )  # fmt: skip
        return Talk(made)

    return make


@pytest.mark.box
async def test_a_run_its_why_a_smaller_one_and_their_comparison(talk: Callable[..., Talk]) -> None:
    wide = SPACE | {"width": {"default": 64, "type": "Categorical", "categories": [8, 64]}}
    narrow = SPACE | {"width": {"default": 8, "type": "Categorical", "categories": [8, 64]}}
    chat = talk(Script(coder=[(CODE, wide), (CODE, narrow)]))
    asked = await chat.say("a model for these wines under 64 KB, no tuning, skip the literature, on cpu")
    assert [kind_of(one) for one in asked] == ["question"] and "Which dataset?" in asked[0].text
    ran = await chat.say("wine")
    assert [kind_of(one) for one in ran] == ["start", *["progress"] * 3, ""]
    assert "I train a model on wine for cpu: no tuning, at most 64.0 KB" in ran[0].text
    assert "The data is ready: 178 rows of 3 classes" in ran[1].text
    assert [event["text"] for event in chat.events if event["kind"] == "message"] == [one.text for one in ran[1:-1]]
    first = await chat.state()
    record = RunFolder(chat.services.results / first["run_id"]).load_record()
    assert record.evidence is not None and f"{record.evidence.test.score:.4f}" in ran[-1].text

    why = await chat.say("why?")
    assert first["run_id"] in why[0].text and kind_of(why[0]) == "answer"
    assert (await chat.state())["outcome"] == "SUCCESS", "an answer changes nothing of the run"

    smaller = await chat.say("use a smaller one")
    half = int(5 * record.evidence.size.real_kb) / 10
    assert f"half of that, {half:g} KB" in smaller[0].text
    second = RunFolder(chat.services.results / (await chat.state())["run_id"]).load_record()
    assert second.id != record.id and second.task.size_limit_kb == half
    assert (second.task.dataset, second.task.trials, second.task.target) == ("wine", 0, "cpu")

    compared = await chat.say("compare the last two runs")
    assert "| | run 1 | run 2 |" in compared[0].text and record.id in compared[0].text
    spoken = await chat.say("show run 1")
    again = await chat.say("what did it cost?")
    assert "Run 1 (" in spoken[0].text and "Run 1 (" in again[0].text, "it is what was spoken of last"


@pytest.mark.box
async def test_a_question_of_a_run_is_answered_by_the_next_words(talk: Callable[..., Talk]) -> None:
    chat = talk(Script(coder=[CODE, CODE]))
    await chat.say("wine on cpu, no tuning, skip the literature review, ask me before the code runs")
    waiting = await chat.graph.aget_state(chat.config)
    assert waiting.interrupts[0].value["kind"] == "code"
    await chat.say("what does it do?")
    asked = (await chat.graph.aget_state(chat.config)).interrupts[0].value["text"]
    assert asked.startswith("'what does it do?' is no answer") and "May scripted by script run" in asked
    ran = await chat.say("yes, go ahead")
    assert ran[-1].text.startswith("SUCCESS")
    record = RunFolder(chat.services.results / (await chat.state())["run_id"]).load_record()
    assert record.decisions[0].answer.approve and record.waiting is None
    assert len(list(chat.services.results.glob("*/run.json"))) == 1


async def test_a_slip_of_the_pen_is_put_right(talk: Callable[..., Talk], tmp_path: Path) -> None:
    (tmp_path / "heartbeats.csv").write_text("a,b\n1,2\n")
    chat = talk(Script())
    answer = await chat.say("train on hartbeats.csv under 20 KB")
    assert "did you mean heartbeats.csv?" in answer[0].text and kind_of(answer[0]) == "question"
    answer = await chat.say("reproduce papers/missing.md on wine")
    assert "missing.md" in answer[0].text
    assert not list(chat.services.results.glob("*")), "nothing was begun"


@pytest.mark.parametrize(
    ("content", "answer"),
    [
        (f"is this XLA-clean?\n{PROGRAM}", "For the target xla: Found"),
        ("why did run 7 stop?", "There are no runs in"),
        ("which datasets are there?", "- digits: 1,797"),
        ("help", "compare run 3 and 5"),
        ("   ", "Nothing was asked"),
        ("x" * 200_001, "has 200,001 characters"),
        ("lorem ipsum " * 8_000, "has 95,999 characters beside its code"),
        ("show my runs and then train on wine", "say the other wish in a message of its own"),
        ([{"type": "text", "text": "which datasets "}, {"type": "text", "text": "are there?"}], "- digits: 1,797"),
        (
            [{"type": "text", "text": "hello"}, {"type": "image", "base64": "AAAA", "mime_type": "image/png"}],
            "can't read",
        ),
        ("train on wine with nobody:gpt", "nobody"),
    ],
)
async def test_what_needs_no_run_is_answered(talk: Callable[..., Talk], content: Any, answer: str) -> None:
    chat = talk(Script())
    said = await chat.say(content)
    assert len(said) == 1 and answer in said[0].text
    assert (await chat.state())["turn"] == "answer" and "task" not in await chat.state()


async def test_a_model_that_is_down_is_one_sentence_and_the_chat_goes_on(talk: Callable[..., Talk]) -> None:
    script = Script(intake=[ModelUnavailable("No key."), IntakeAnswer(lookup=Lookup(kind="help"))])
    chat = talk(script, script)
    assert (await chat.say("train on wine"))[0].text.startswith("No key. Nothing was started.")
    assert "You can say" in (await chat.say("help"))[0].text
    assert script.asked[-1].messages == [("human", "train on wine"), ("human", "help")]


async def test_a_model_words_answers_about_runs_only(talk: Callable[..., Talk]) -> None:
    runs = [IntakeAnswer(lookup=Lookup(kind="why", runs=["1"])), IntakeAnswer(lookup=Lookup(kind="runs"))]
    script = Script(intake=runs, teller=["It ran out of memory."])
    chat = talk(script, script)
    folder = RunFolder.create(chat.services.results, "wine-20261120T111502-bbbb")
    task = {"dataset": "wine"}
    folder.record.write_text(
        f'{{"id": "{folder.id}", "task": {{"dataset": "{task["dataset"]}"}}, "started": "2026-11-20T11:15:02+00:00", '
        '"outcome": "STOP_PIPELINE", "message": "no memory"}'
    )
    told = (await chat.say("why did run 1 stop?"))[0].text
    assert told == f"It ran out of memory.\n\n(From the record of {folder.id}.)"
    assert "no memory" in script.asked[-1].facts
    assert "1 run, newest first" in (await chat.say("runs"))[0].text


async def test_a_run_that_is_named_is_the_one_that_changes(talk: Callable[..., Talk]) -> None:
    script = Script(intake=[IntakeAnswer(question="?")])
    chat = talk(script, script)
    folder = RunFolder.create(chat.services.results, "iris-20261120T111502-bbbb")
    folder.record.write_text(
        f'{{"id": "{folder.id}", "task": {{"dataset": "iris", "trials": 7}}, "started": "2026-11-20T11:15:02+00:00", '
        f'"outcome": "{Outcome.STOP_PIPELINE}"}}'
    )
    await chat.say("run 1 again, smaller")
    assert (script.asked[0].last_task.trials, script.asked[0].last_run) == (7, folder.id)


def test_what_is_open_in_a_chat() -> None:
    chat: list[AnyMessage] = [
        HumanMessage("train on wine"), say("started", "start"), say("ready", "progress"), AIMessage("SUCCESS"),
        HumanMessage("a model under 9 KB"), say("Which dataset?", "question"),
        HumanMessage("which are there?"), say("digits", "answer"), HumanMessage("digits"),
    ]  # fmt: skip
    assert open_messages(chat) == [("human", "a model under 9 KB"), ("ai", "Which dataset?"), ("human", "digits")]


def test_it_is_what_was_spoken_of_since_the_last_run() -> None:
    chat: list[AnyMessage] = [say("about 3", "answer", "run-3"), AIMessage("SUCCESS")]
    assert run_spoken_of(chat, "run-9") == "run-9"
    assert run_spoken_of([*chat, say("about 3", "answer", "run-3"), say("a list", "answer")], "run-9") == "run-3"


@pytest.mark.parametrize(
    ("block", "text", "unread"),
    [
        ({"type": "text-plain", "text": "x = 1", "mime_type": "text/plain"}, "look\n````\nx = 1\n````", []),
        (
            {"type": "file", "base64": base64.b64encode(b"x = 1").decode(), "mime_type": "text/x-python"},
            "look\n````\nx = 1\n````",
            [],
        ),
        (
            {"type": "file", "file": {"filename": "a.py", "file_data": "data:text/plain;base64,eCA9IDE="}},
            "look\n````\nx = 1\n````",
            [],
        ),
        ({"type": "file", "mime_type": "application/pdf", "metadata": {"filename": "a.pdf"}}, "look", ["a.pdf"]),
        ({"type": "file", "base64": "///", "mime_type": "text/plain", "metadata": {"name": "b"}}, "look", ["b"]),
        ({"type": "image_url", "image_url": {"url": "data:,"}}, "look", ["a block of type image_url"]),
    ],
)
def test_attachments_are_read_as_code_or_named(block: dict[str, Any], text: str, unread: list[str]) -> None:
    assert read_message(HumanMessage([{"type": "text", "text": "look"}, block])) == (text, unread)
