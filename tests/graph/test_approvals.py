"""A person is asked before a dataset is loaded, before code runs, and for more to spend."""

from collections.abc import Callable, Sequence
from dataclasses import fields
from pathlib import Path
from typing import Any

import pytest
from langgraph.checkpoint.memory import InMemorySaver
from langgraph.types import Command

from agents.contracts import CodeRequest
from agents.registry import Agents
from graph.build import build_graph
from graph.services import Services
from runtime.approval import Question
from runtime.box.protocol import Sandbox
from runtime.errors import BudgetExhausted
from runtime.outcome import Outcome, StopCause
from runtime.settings import load_settings
from tests.graph.scripts import CODE, Script
from tests.graph.test_paper_runs import paper
from tools.results.folder import RunFolder
from tools.results.record import RunRecord

OTHER = CODE.replace("nn.ReLU()", "nn.Tanh()")
TASK = {
    "dataset": "wine", "target": "cpu", "trials": 0, "tuner": "random", "skip_literature_review": True,
    "use_cache": False,
}  # fmt: skip


class Run:
    """One run in a thread of its own; each call goes on until it waits or ends."""

    def __init__(self, script: Script, folder: Path, sandbox: Sandbox) -> None:
        self.script = script
        self.services = Services(
            load_settings(env_file=None, arxla_offline=True, arxla_papers_dir=folder / "papers"),
            results=folder / "results",
            functions=folder / "functions",
            reviews=folder / "reviews",
            make_agents=lambda *_, **__: Agents(*[script] * len(fields(Agents))),
            open_sandbox=lambda *_: sandbox,
        )
        self.graph = build_graph(self.services, InMemorySaver())
        self.config: Any = {"configurable": {"thread_id": "t"}, "recursion_limit": 100}
        self.state: dict[str, Any] = {}
        self.events: list[dict[str, Any]] = []

    async def start(self, messages: Sequence[str] = (), **task: Any) -> Question | None:
        return await self._go({"task": TASK | task, "messages": list(messages)})

    async def say(self, content: Any) -> Question | None:
        return await self._go({"messages": [{"role": "user", "content": content}]})

    async def answer(self, value: Any) -> Question | None:
        return await self._go(Command(resume=value))

    async def _go(self, given: Any) -> Question | None:
        self.events = []
        async for mode, chunk in self.graph.astream(given, self.config, stream_mode=["values", "custom"]):
            if mode == "values":
                self.state = chunk
            else:
                self.events.append(chunk)
        found = self.state.get("__interrupt__")
        return Question.model_validate(found[0].value) if found else None

    @property
    def record(self) -> RunRecord:
        return RunFolder(self.services.results / self.state["run_id"]).load_record()

    @property
    def visited(self) -> list[str]:
        return [visit["name"] for visit in self.state["stages"]]


@pytest.fixture
def begin(tmp_path: Path, sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch) -> Callable[..., Run]:
    monkeypatch.setenv("LANGGRAPH_STRICT_MSGPACK", "true")
    return lambda script: Run(script, tmp_path, sandbox)


async def test_a_dataset_is_approved_before_anything_is_loaded(begin: Callable[..., Run]) -> None:
    run = begin(Script(coder=[CODE]))
    question = await run.start(approve=["dataset"])
    assert question and question.kind == "dataset" and question.details["name"] == "wine"
    assert "178 wines" in question.details["facts"]
    assert run.record.waiting == question
    assert run.record.outcome is None
    assert not list((run.services.results / run.record.id / "data").iterdir())
    told = next(event for event in run.events if event["kind"] == "question")
    assert (told["about"], told["text"]) == ("dataset", question.text)
    assert await run.answer("yes") is None
    assert run.record.outcome is Outcome.SUCCESS, run.record.message
    assert run.record.waiting is None
    decision = run.record.decisions[0]
    assert (decision.question.kind, decision.answer.approve) == ("dataset", True)
    assert run.visited[:3] == ["intake", "approve_dataset", "dataset"]


async def test_another_dataset_may_be_named_and_one_that_is_not_there_is_asked_again(begin: Callable[..., Run]) -> None:
    run = begin(Script(coder=[CODE]))
    await run.start(approve=["dataset"])
    again = await run.answer("nowhere.csv")
    assert again and "nowhere.csv" in again.text
    again = await run.answer("what do you mean?")
    assert again and "is no answer" in again.text
    assert await run.answer({"dataset": "iris"}) is None
    assert run.record.outcome is Outcome.SUCCESS, run.record.message
    assert run.record.dataset == "iris"
    assert run.record.profile and run.record.profile.num_classes == 3
    assert [one.answer.dataset for one in run.record.decisions] == ["iris"]


async def test_the_alternatives_to_a_papers_dataset_are_named(begin: Callable[..., Run], tmp_path: Path) -> None:
    run = begin(Script())
    question = await run.start(approve=["dataset"], paper=paper(tmp_path), dataset=None)
    assert question and question.details["name"] == "synthetic"
    assert len(question.details["others"]) == len(question.choices) - 2 > 3
    assert await run.answer(False) is None
    assert (run.record.outcome, run.record.cause) == (Outcome.CANCELLED, StopCause.REFUSED)
    assert run.visited[-2:] == ["approve_dataset", "report"]


async def test_a_message_to_a_waiting_run_is_its_answer(begin: Callable[..., Run]) -> None:
    run = begin(Script(coder=[CODE]))
    assert (await run.start(approve=["dataset"], messages=["a form with words"])) is not None
    again = await run.say("which datasets are there?")
    assert again and again.text.startswith("'which datasets are there?' is no answer: say yes")
    assert await run.say([{"type": "text", "text": "yes"}]) is None
    assert run.record.outcome is Outcome.SUCCESS, run.record.message
    assert run.visited[:3] == ["intake", "approve_dataset", "dataset"]
    assert [one.content for one in run.state["messages"] if one.type == "human"] == ["a form with words", "yes"]


async def test_a_message_about_waiting_code_reaches_the_coder(begin: Callable[..., Run]) -> None:
    run = begin(Script(coder=[CODE, OTHER]))
    await run.start(approve=["code"], messages=["a form with words"])
    question = await run.say("no, use tanh")
    assert question and "Tanh" in question.details["training_code"]
    assert await run.say("yes") is None
    assert [one.content for one in run.state["messages"] if one.type == "human"][1:] == ["no, use tanh", "yes"]


async def test_a_form_to_a_waiting_run_starts_another(begin: Callable[..., Run]) -> None:
    run = begin(Script(coder=[CODE]))
    await run.start(approve=["dataset"])
    first = run.record.id
    assert await run.start(dataset="iris") is None
    assert run.record.id != first and run.record.outcome is Outcome.SUCCESS


async def test_nonsense_is_asked_again_within_bounds(begin: Callable[..., Run]) -> None:
    run = begin(Script())
    await run.start(approve=["dataset"])
    asked = 1
    while await run.answer("??? ???"):
        asked += 1
    assert asked == 5
    assert run.record.outcome is Outcome.CANCELLED
    assert "No usable answer" in run.record.message


async def test_code_is_approved_before_its_first_run(begin: Callable[..., Run]) -> None:
    run = begin(Script(coder=[CODE]))
    question = await run.start(approve=["code"])
    assert question and question.kind == "code"
    assert "def train_model" in question.details["training_code"]
    assert (question.details["model_name"], question.details["author"]) == ("scripted", "script")
    assert "execute" not in run.visited
    assert await run.answer(True) is None
    assert run.record.outcome is Outcome.SUCCESS, run.record.message
    assert "training_code" not in run.record.decisions[0].question.details
    assert run.visited[4:7] == ["review", "approve_code", "execute"]


async def test_refused_code_goes_back_to_the_coder_with_the_comment(begin: Callable[..., Run]) -> None:
    run = begin(Script(coder=[CODE, OTHER]))
    await run.start(approve=["code"])
    question = await run.answer("no, use tanh")
    assert question and "Tanh" in question.details["training_code"]
    rewrite = [asked for asked in run.script.asked if isinstance(asked, CodeRequest)][-1]
    assert "use tanh" in rewrite.feedback[0]
    assert await run.answer("yes") is None
    assert run.record.outcome is Outcome.SUCCESS, run.record.message
    assert [one.answer.approve for one in run.record.decisions] == [False, True]


async def test_code_is_refused_for_good(begin: Callable[..., Run]) -> None:
    run = begin(Script(coder=[CODE]))
    await run.start(approve=["code"])
    assert await run.answer("no") is None
    assert (run.record.outcome, run.record.cause) == (Outcome.CANCELLED, StopCause.REFUSED)
    assert "execute" not in run.visited


async def test_code_is_rewritten_within_bounds(begin: Callable[..., Run]) -> None:
    run = begin(Script(coder=[CODE] * 3))
    await run.start(approve=["code"])
    assert await run.answer("make it smaller")
    assert await run.answer("make it smaller")
    assert await run.answer("make it smaller") is None
    assert run.record.outcome is Outcome.CANCELLED
    assert "3 times" in run.record.message


async def test_more_budget_lets_the_stage_that_ran_out_go_on(begin: Callable[..., Run]) -> None:
    spent = BudgetExhausted("The next model call may cost $2: raise --max-usd.")
    run = begin(Script(coder=[spent, CODE]))
    question = await run.start(approve=["budget"], max_usd=1.0, max_minutes=60.0)
    assert question and question.kind == "budget"
    assert question.details["limits"] == {"max_usd": 1.0, "max_minutes": 60.0}
    assert question.details["proposed"] == {"max_usd": 2.0}
    before = sum(visit["seconds"] for visit in run.state["stages"])
    assert before > 0
    assert await run.answer('{"max_usd": 3}') is None
    assert run.record.outcome is Outcome.SUCCESS, run.record.message
    assert run.record.task.max_usd == 3.0
    assert run.record.seconds > before
    assert run.visited[2:6] == ["research", "code", "approve_budget", "code"]


async def test_time_may_be_added_in_the_middle_of_a_training(begin: Callable[..., Run]) -> None:
    run = begin(Script(coder=[CODE.replace("in range(10)", "in range(400)")]))
    question = await run.start(approve=["budget"], max_minutes=0.04, review_rounds=0)
    asked = 0
    while question:
        asked += 1
        question = await run.answer(f"{2 * question.details['limits']['max_minutes'] + 1} minutes")
    assert asked == 1
    assert run.record.outcome is Outcome.SUCCESS, run.record.message


async def test_no_more_budget_ends_the_run(begin: Callable[..., Run]) -> None:
    run = begin(Script(coder=[BudgetExhausted("spent: raise --max-usd.")]))
    await run.start(approve=["budget"], max_usd=1.0)
    assert await run.answer("no, that is enough") is None
    assert (run.record.outcome, run.record.cause) == (Outcome.CANCELLED, StopCause.REFUSED)
    assert "that is enough" in run.record.message


async def test_more_budget_in_the_map_reads_no_chunk_twice(begin: Callable[..., Run], tmp_path: Path) -> None:
    run = begin(Script(chunks={3: [BudgetExhausted("spent: raise --max-tokens.")]}, coder=[CODE]))
    question = await run.start(approve=["budget"], max_tokens=10, paper=paper(tmp_path))
    assert question and question.details["proposed"] == {"max_tokens": 20}
    read = len(list((run.services.results / run.record.id / "paper-retrieval" / "chunks").glob("*.json")))
    before = len(run.script.asked)
    assert await run.answer("yes") is None
    assert run.record.outcome is Outcome.SUCCESS, run.record.message
    numbers = [line.chunk_number for line in run.record.chunks]
    assert numbers == list(range(1, len(numbers) + 1))
    again = [one for one in run.script.asked[before:] if hasattr(one, "number")]
    assert len(again) == len(numbers) - read


async def test_the_events_say_how_it_ended(begin: Callable[..., Run]) -> None:
    run = begin(Script(coder=[CODE]))
    await run.start()
    told = next(event for event in run.events if event["kind"] == "outcome")
    assert (told["outcome"], told["message"]) == ("SUCCESS", run.record.message)
