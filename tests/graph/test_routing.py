"""The table of where a run goes next."""

from collections.abc import Callable
from typing import Any

import pytest

from graph import routing
from graph.state import State

TUNED: State = {"task": {"trials": 3}}
UNTUNED: State = {"task": {"trials": 0}}
FAILED: State = {"failure": {"line": "ValueError"}}
OVER: State = {"outcome": "STOP_PIPELINE"}

TABLE: list[tuple[Callable[[State], Any], State, str]] = [
    (routing.after_intake, {"turn": "run", "task": {"dataset": "digits"}}, "dataset"),
    (routing.after_intake, {"turn": "run", "task": {"dataset": "digits", "paper": "a.pdf"}}, "retrieve"),
    (routing.after_intake, {"turn": "answer", "messages": []}, "answer"),
    (
        routing.after_intake,
        {"turn": "answer", "task": {"dataset": "digits"}, "started": "2026-11-20", **OVER},
        "answer",
    ),
    (routing.after_intake, {"turn": "refused", **OVER}, "report"),
    (routing.after_retrieve, OVER, "report"),
    (routing.unless_ended("code"), {}, "code"),
    (routing.unless_ended("code"), OVER, "report"),
    (routing.after_review, {"feedback": []}, "execute"),
    (routing.after_review, {"feedback": ["XLA001 line 3"]}, "code"),
    (routing.after_review, {**OVER, "feedback": ["XLA001"]}, "report"),
    (routing.after_execute, TUNED, "tune"),
    (routing.after_execute, UNTUNED, "finalize"),
    (routing.after_execute, {**TUNED, "failure": {}}, "tune"),
    (routing.after_execute, {**TUNED, **FAILED}, "debug"),
    (routing.after_execute, {**TUNED, **FAILED, **OVER}, "report"),
    (routing.after_debug, {"tried": [{"correction": {"kind": "training_code"}}]}, "review"),
    (routing.after_debug, {"tried": [{"correction": {"kind": "bo_config"}}]}, "execute"),
    (routing.after_debug, {"tried": [{"correction": {"kind": "system_issue"}}], **OVER}, "report"),
    (routing.after_tune, {}, "finalize"),
    (routing.after_tune, FAILED, "debug"),
    (routing.after_tune, OVER, "report"),
    (routing.after_finalize, {"outcome": "SUCCESS"}, "report"),
    (routing.after_finalize, FAILED, "debug"),
    (routing.after_finalize, {**FAILED, "outcome": "CONSTRAINT_UNMET"}, "report"),
]


@pytest.mark.parametrize(("route", "state", "expected"), TABLE)
def test_route(route: Callable[[State], Any], state: State, expected: str) -> None:
    assert route(state) == expected
