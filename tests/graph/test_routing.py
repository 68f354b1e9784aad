"""The table of where a run goes next."""

from collections.abc import Callable
from typing import Any

import pytest
from langgraph.graph import END

from graph import routing
from graph.state import State

TUNED: State = {"task": {"trials": 3}}
UNTUNED: State = {"task": {"trials": 0}}
FAILED: State = {"failure": {"line": "ValueError"}}
OVER: State = {"outcome": "STOP_PIPELINE", "task": {"approve": ["budget"]}}
SPENT: State = {"outcome": "BUDGET_EXHAUSTED"}
ASKED = {"approve": ["dataset", "code", "budget"]}
GIVEN = {"question": {"kind": "budget"}, "answer": {"approve": True}}
LET_RUN = {"question": {"kind": "code"}, "answer": {"approve": True}}
REFUSED = {"question": {"kind": "code"}, "answer": {"approve": False}}

TABLE: list[tuple[Callable[[State], Any], State, str]] = [
    (routing.after_intake, {"turn": "run", "task": {"dataset": "digits"}}, "dataset"),
    (routing.after_intake, {"turn": "run", "task": {"dataset": "digits", "paper": "a.pdf"}}, "paper"),
    (routing.after_intake, {"turn": "answer", "messages": []}, "answer"),
    (
        routing.after_intake,
        {"turn": "answer", "task": {"dataset": "digits"}, "started": "2026-11-20", **OVER},
        "answer",
    ),
    (routing.after_intake, {"turn": "refused", **OVER}, "report"),
    (routing.after_intake, {"turn": "run", "task": {"dataset": "digits", **ASKED}}, "approve_dataset"),
    (routing.enter_paper, {}, "retrieve"),
    (routing.enter_paper, {"resume_at": "retrieve"}, "retrieve"),
    (routing.after_retrieve, OVER, END),
    (routing.after_recommend, {"task": {}}, "dataset"),
    (routing.after_recommend, {"task": ASKED}, "approve_dataset"),
    (routing.after_recommend, {"task": ASKED, **SPENT}, "approve_budget"),
    (routing.unless_ended("recommend"), {}, "recommend"),
    (routing.unless_ended("recommend"), OVER, "report"),
    (routing.unless_ended("recommend"), {**SPENT, "task": {}}, "report"),
    (routing.unless_ended("recommend"), {**SPENT, "task": ASKED}, "approve_budget"),
    (routing.unless_ended("recommend"), {**SPENT, "task": ASKED, "decisions": [GIVEN] * 20}, "report"),
    (routing.after_budget, {**SPENT, "resume_at": ""}, "report"),
    (routing.after_budget, {"resume_at": "brief"}, "paper"),
    (routing.after_budget, {"resume_at": "debug"}, "develop"),
    (routing.after_budget, {"resume_at": "tune"}, "tune"),
    (routing.enter_develop, {"resume_at": "review"}, "review"),
    (routing.enter_develop, {"resume_at": "tune", **FAILED}, "debug"),
    (routing.enter_develop, {}, "code"),
    (routing.enter_develop, {"failure": {}}, "code"),
    (routing.enter_develop, FAILED, "debug"),
    (routing.after_code, {}, "review"),
    (routing.after_code, OVER, END),
    (routing.after_review, {"task": {}, "feedback": []}, "execute"),
    (routing.after_review, {"task": ASKED, "feedback": []}, "approve_code"),
    (routing.after_review, {"task": ASKED, "feedback": [], "decisions": [REFUSED]}, "approve_code"),
    (routing.after_review, {"task": ASKED, "feedback": [], "decisions": [LET_RUN]}, "execute"),
    (routing.after_approval, {"feedback": []}, "execute"),
    (routing.after_approval, {"feedback": ["use tanh"]}, "code"),
    (routing.after_approval, OVER, END),
    (routing.after_review, {"feedback": ["XLA001 line 3"]}, "code"),
    (routing.after_review, {**OVER, "feedback": ["XLA001"]}, END),
    (routing.after_execute, {}, END),
    (routing.after_execute, FAILED, "debug"),
    (routing.after_execute, {**FAILED, **OVER}, END),
    (routing.after_debug, {"tried": [{"correction": {"kind": "training_code"}}]}, "review"),
    (routing.after_debug, {"tried": [{"correction": {"kind": "bo_config"}}]}, "execute"),
    (routing.after_debug, {"tried": [{"correction": {"kind": "system_issue"}}], **OVER}, END),
    (routing.after_develop, TUNED, "tune"),
    (routing.after_develop, UNTUNED, "finalize"),
    (routing.after_develop, {**TUNED, **OVER}, "report"),
    (routing.after_tune, {}, "finalize"),
    (routing.after_tune, FAILED, "develop"),
    (routing.after_tune, OVER, "report"),
    (routing.after_tune, {**TUNED, **SPENT}, "report"),
    (routing.after_finalize, {"outcome": "SUCCESS", "task": ASKED}, "report"),
    (routing.after_finalize, FAILED, "develop"),
    (routing.after_finalize, {**FAILED, **OVER}, "report"),
]


@pytest.mark.parametrize(("route", "state", "expected"), TABLE)
def test_route(route: Callable[[State], Any], state: State, expected: str) -> None:
    assert route(state) == expected
