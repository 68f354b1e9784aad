"""A real small model, when one is served: whatever it answers ends typed and in time."""

import os
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from agents.contracts import CodeRequest, IntakeRequest
from agents.registry import make_agents
from graph.build import build_graph
from graph.services import Services
from runtime.data_profile import DataProfile
from runtime.errors import BudgetExhausted, ModelUnavailable, UnusableAnswer
from runtime.models.check import check_model
from runtime.models.usage import Ledger
from runtime.outcome import Outcome
from runtime.task import Task
from tools.results.folder import RunFolder

ADDRESS = os.environ.get("ARXLA_LOCAL_MODEL_URL", "")
MINUTES = 2.5

pytestmark = [
    pytest.mark.service,
    pytest.mark.skipif(not ADDRESS, reason="ARXLA_LOCAL_MODEL_URL names no OpenAI-compatible server"),
]


def test_a_real_model_is_reachable_and_understands_a_chat(settings: Callable[..., Any]) -> None:
    name = f"openai:local@{ADDRESS}"
    patient = settings(arxla_model_timeout_s=150)
    assert (check_model(name, patient, ping=True).seconds or 0) > 0
    deadline = time.monotonic() + 0.5 * MINUTES * 60
    intake = make_agents(Task(dataset="digits", model=name), patient, Ledger(), deadline=deadline).intake
    try:
        answer = intake.understand(IntakeRequest(messages=[("human", "train a tiny model on the digits dataset")]))
    except (ModelUnavailable, UnusableAnswer, BudgetExhausted) as error:
        assert str(error)  # A clumsy model or a busy machine may end it, with a reason.
        return
    assert answer.question or (answer.task and answer.task.dataset)


@pytest.mark.timeout(600)
def test_a_real_models_code_is_read_or_refused_in_time(settings: Callable[..., Any], profile: DataProfile) -> None:
    ledger, started = Ledger(), time.monotonic()
    task = Task(dataset="digits", model=f"openai:local@{ADDRESS}")
    agents = make_agents(task, settings(arxla_model_timeout_s=150), ledger, deadline=started + MINUTES * 60)
    try:
        function = agents.coder.write(CodeRequest(profile=profile, goal="a small model for digits"))
        assert "def train_model" in function.training_code and "lr" in function.bo_config
    except (ModelUnavailable, UnusableAnswer, BudgetExhausted) as error:
        assert "\n" not in str(error).partition(":")[0]
    assert time.monotonic() - started < MINUTES * 60 + 5 and ledger.tokens > 0


@pytest.mark.box
@pytest.mark.timeout(420)
async def test_a_whole_run_with_a_real_model_ends_typed_in_time(tmp_path: Path, settings: Callable[..., Any]) -> None:
    folders = {name: tmp_path / name for name in ("results", "functions", "reviews")}
    services = Services(settings(arxla_model_timeout_s=150), **folders)
    task = {
        "dataset": "wine", "target": "cpu", "trials": 0, "skip_literature_review": True, "review_rounds": 1,
        "debug_chances": 1, "max_minutes": MINUTES, "model": f"openai:local@{ADDRESS}",
    }  # fmt: skip
    started = time.monotonic()
    try:
        state = await build_graph(services).ainvoke({"task": task})
    finally:
        services.close()
    assert time.monotonic() - started < MINUTES * 60 + 60
    record = RunFolder(services.results / state["run_id"]).load_record()
    assert record.outcome is not None and record.message
    assert (record.outcome is Outcome.SUCCESS) == (record.evidence is not None)
    assert sum(line.input_tokens for line in record.usage) > 0
    print(f"{record.outcome}: {record.message}", [(line.agent, line.calls, line.seconds) for line in record.usage])
