"""Whole runs: every outcome is reached as it is promised, with a real box and scripted agents."""

import hashlib
import time
from pathlib import Path
from typing import Any

import pytest
from langchain_core.messages import HumanMessage

from agents.contracts import Correction, IntakeAnswer, ReviewAnswer, ReviewIssue
from runtime.errors import BudgetExhausted, ModelUnavailable, SandboxUnavailable, UnusableAnswer
from runtime.outcome import Outcome, StopCause
from runtime.search_space import parse_search_space
from tests.graph.scripts import CODE, SPACE, Script

pytestmark = pytest.mark.box

BROKEN = CODE.replace("nn.Linear(X_train.shape[1], width)", "nn.Linear(3, width)")
STEALING = CODE.replace(
    "    model.eval()", '    __import__("socket").create_connection(("10.0.0.1", 80))\n        model.eval()'
)


def fixed_code(code: str = CODE, why: str = "the input width was wrong") -> Correction:
    return Correction(kind="training_code", explanation=why, training_code=code)


async def test_a_run_that_works_ends_in_success_with_its_evidence_on_disk(run_graph: Any, tmp_path: Any) -> None:
    state, record, events = await run_graph(Script(coder=[CODE]), trials=3)
    assert record.outcome is Outcome.SUCCESS, record.message
    evidence = record.evidence
    assert evidence.project_ran
    assert evidence.test.score > evidence.baselines["majority class"]
    assert evidence.size.real_kb <= evidence.size_limit_kb
    folder = tmp_path / "results" / record.id
    for name, digest in evidence.hashes.items():
        assert hashlib.sha256((folder / name).read_bytes()).hexdigest() == digest
    assert (folder / "report.html").read_text().startswith("<!doctype html>")
    assert [visit["name"] for visit in state["stages"]] == [
        "intake", "dataset", "research", "code", "review", "execute", "tune", "finalize", "report",
    ]  # fmt: skip
    assert len(record.tuning.trials) == 3
    assert {event["kind"] for event in events} >= {"stage", "epoch", "trial"}


async def test_a_failure_goes_to_the_debugger_with_its_line_and_its_correction_is_reviewed(run_graph: Any) -> None:
    script = Script(coder=[BROKEN], debugger=[fixed_code()])
    state, record, _ = await run_graph(script)
    assert record.outcome is Outcome.SUCCESS
    request = next(asked for asked in script.asked if hasattr(asked, "tried"))
    assert request.failure.error.line is not None
    assert "shapes" in request.failure.error.message
    assert [visit["name"] for visit in state["stages"]][3:8] == ["code", "review", "execute", "debug", "review"]
    assert record.debugging[0].kind == "training_code"
    assert record.generated_by == "script, corrected by expert"


async def test_corrected_hyperparameters_run_without_another_review(run_graph: Any) -> None:
    fragile = CODE.replace(
        "    model = model.to(device)", '    assert width == 8, "width must be 8"\n    model.to(device)'
    )
    space = parse_search_space(SPACE | {"width": {"default": 8, "type": "Categorical", "categories": [8]}})
    correction = Correction(kind="bo_config", explanation="width 8", bo_config=space)
    state, record, _ = await run_graph(Script(coder=[fragile], debugger=[correction]))
    assert record.outcome is Outcome.SUCCESS
    assert record.hyperparameters["width"] == 8
    assert [visit["name"] for visit in state["stages"]][5:8] == ["execute", "debug", "execute"]


async def test_a_system_issue_stops_the_pipeline_with_its_cause(run_graph: Any) -> None:
    stop = Correction(kind="system_issue", explanation="no memory", cause=StopCause.OUT_OF_MEMORY)
    _, record, _ = await run_graph(Script(coder=[BROKEN], debugger=[stop]))
    assert (record.outcome, record.cause) == (Outcome.STOP_PIPELINE, StopCause.OUT_OF_MEMORY)
    assert record.evidence is None


async def test_the_same_correction_twice_ends_the_loop(run_graph: Any) -> None:
    script = Script(coder=[BROKEN], debugger=[fixed_code(BROKEN), fixed_code(BROKEN, "said in other words")])
    _, record, _ = await run_graph(script)
    assert (record.outcome, record.cause) == (Outcome.STOP_PIPELINE, StopCause.REPEATED_CORRECTION)


async def test_debug_chances_are_counted(run_graph: Any) -> None:
    other = BROKEN.replace("nn.Linear(3, width)", "nn.Linear(4, width)")
    script = Script(coder=[BROKEN], debugger=[fixed_code(other), fixed_code(BROKEN + "\n# again\n")])
    _, record, _ = await run_graph(script, debug_chances=2)
    assert record.outcome is Outcome.DEBUG_CHANCES_EXHAUSTED
    assert len(record.debugging) == 2


async def test_code_that_stays_blocked_is_rejected_and_never_run(run_graph: Any) -> None:
    state, record, _ = await run_graph(Script(coder=[STEALING, STEALING, STEALING]))
    assert record.outcome is Outcome.REVIEW_REJECTED
    assert "execute" not in {visit["name"] for visit in state["stages"]}


async def test_code_can_not_silence_its_reviewer(run_graph: Any) -> None:
    silenced = STEALING.replace("80))", "80))  # arxla: ignore")
    assert silenced != STEALING
    _, record, _ = await run_graph(Script(coder=[silenced] * 3))
    assert record.outcome is Outcome.REVIEW_REJECTED


async def test_rejected_code_goes_back_to_the_coder_with_the_reasons(run_graph: Any) -> None:
    script = Script(coder=[STEALING, CODE])
    _, record, _ = await run_graph(script)
    assert record.outcome is Outcome.SUCCESS
    rewrite = [asked for asked in script.asked if getattr(asked, "feedback", None)]
    assert "socket" in " ".join(rewrite[0].feedback)


async def test_the_model_reviewers_fix_is_taken_unless_it_makes_things_worse(run_graph: Any) -> None:
    issue = [ReviewIssue(severity="warning", message="use more steps")]
    better = CODE.replace("range(10)", "range(20)")
    answers = [ReviewAnswer(issues=issue, training_code=better), ReviewAnswer(issues=issue, training_code=STEALING)]
    _, record, _ = await run_graph(Script(coder=[CODE], reviewer=answers))
    assert record.outcome is Outcome.SUCCESS
    assert [review.changed_by_model for review in record.reviews] == [True, False]


async def test_a_model_over_the_limit_is_a_constraint_unmet(run_graph: Any) -> None:
    _, record, _ = await run_graph(Script(coder=[CODE]), size_limit_kb=0.5, debug_chances=0)
    assert record.outcome is Outcome.CONSTRAINT_UNMET
    assert record.evidence is None
    assert record.partial["what"].startswith("validation only")


@pytest.mark.parametrize(
    ("fault", "outcome"),
    [
        (ModelUnavailable("no key"), Outcome.MODEL_UNAVAILABLE),
        (UnusableAnswer("prose"), Outcome.MODEL_UNAVAILABLE),
        (BudgetExhausted("spent"), Outcome.BUDGET_EXHAUSTED),
        (SandboxUnavailable("no box"), Outcome.STOP_PIPELINE),
    ],
)
async def test_infrastructure_that_fails_is_a_typed_outcome(run_graph: Any, fault: Exception, outcome: Outcome) -> None:
    _, record, _ = await run_graph(Script(coder=[fault]))
    assert record.outcome is outcome
    assert str(fault) in record.message


async def test_a_bug_of_ours_crashes_loudly(run_graph: Any) -> None:
    with pytest.raises(KeyError):
        await run_graph(Script(coder=[KeyError("ours")]))


async def test_bad_input_is_one_sentence(run_graph: Any) -> None:
    _, record, _ = await run_graph(Script(), dataset="no-such-data")
    assert record.outcome is Outcome.INPUT_ERROR
    assert "no-such-data" in record.message


async def test_time_that_is_over_ends_the_run(run_graph: Any) -> None:
    _, record, _ = await run_graph(Script(coder=[CODE]), max_minutes=0.0001)
    assert record.outcome is Outcome.BUDGET_EXHAUSTED


async def test_time_that_is_over_ends_the_stage_that_runs(run_graph: Any) -> None:
    endless = CODE.replace("in range(10)", "in iter(int, 1)")
    started = time.monotonic()
    _, record, _ = await run_graph(Script(coder=[endless]), max_minutes=0.1, review_rounds=0)
    assert record.outcome is Outcome.BUDGET_EXHAUSTED
    assert time.monotonic() - started < 30


async def test_a_function_that_the_task_names_is_used_without_a_coder(run_graph: Any, tmp_path: Path) -> None:
    await run_graph(Script(coder=[CODE]))
    place = next((tmp_path / "functions").glob("*.json"))
    before = place.read_bytes()
    _, record, _ = await run_graph(Script(), function=str(place), dataset="iris")
    assert record.outcome is Outcome.SUCCESS, record.message
    assert record.generated_by == f"cached function {place.name}"
    assert place.read_bytes() == before


async def test_a_chat_asks_one_question_and_starts_when_it_knows_enough(run_graph: Any) -> None:
    script = Script(intake=[IntakeAnswer(question="Which dataset?")])
    state, record, _ = await run_graph(script, input={"messages": [HumanMessage("train something")]})
    assert state["messages"][-1].text == "Which dataset?"
    assert record is None


LYING = """
import torch
from torch import nn


class Net(nn.Module):
    def __init__(self, width, answers):
        super().__init__()
        self.head = nn.Linear(width, 3)
        self.answers, self.calls = [answers], 0

    def forward(self, x):
        self.calls += 1
        logits = self.head(x)
        return torch.cat([self.answers[0], logits[len(self.answers[0]):]]) if self.calls == 1 else logits


def train_model(X_train, y_train, X_val, y_val, device, **hyperparams):
    answers = nn.functional.one_hot(y_val, 3).float()
    model = Net(X_train.shape[1], answers[: 2 * int(hyperparams.get("width", 16))])  # arxla: ignore[TRN010]
    return model, {"train_losses": [0.0], "val_losses": [0.0], "val_acc": [1.0]}  # arxla: ignore[TRN020]
"""
"""Trains nothing, and answers the first time that it is asked with the validation labels."""


async def test_forged_predictions_never_become_a_success(run_graph: Any) -> None:
    _, record, _ = await run_graph(Script(coder=[LYING] * 3), trials=2, debug_chances=0)
    assert record.outcome in (Outcome.REVIEW_REJECTED, Outcome.DEBUG_CHANCES_EXHAUSTED), record.message
    assert record.evidence is None and record.message
