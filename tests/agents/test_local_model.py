"""A real small model, when one is served: whatever it answers ends typed and in time."""

import os
import time
from collections.abc import Callable
from typing import Any

import pytest

from agents.contracts import CodeRequest, IntakeRequest
from agents.registry import make_agents
from runtime.data_profile import DataProfile
from runtime.errors import BudgetExhausted, ModelUnavailable, UnusableAnswer
from runtime.models.check import check_model
from runtime.models.usage import Ledger
from runtime.task import Task

ADDRESS = os.environ.get("ARXLA_LOCAL_MODEL_URL", "")
MINUTES = 4.0

pytestmark = [
    pytest.mark.service,
    pytest.mark.skipif(not ADDRESS, reason="ARXLA_LOCAL_MODEL_URL names no OpenAI-compatible server"),
]


def test_a_real_model_is_reachable_and_understands_a_chat(settings: Callable[..., Any]) -> None:
    name = f"openai:local@{ADDRESS}"
    patient = settings(arxla_model_timeout_s=60)
    assert (check_model(name, patient, ping=True).seconds or 0) > 0
    intake = make_agents(Task(dataset="digits", model=name), patient, Ledger()).intake
    answer = intake.understand(IntakeRequest(messages=[("human", "train a tiny model on the digits dataset")]))
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
