"""A kind of suite whose runner and scorers are made up, so that the harness alone is tried."""

import sys
from collections.abc import Callable
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from evals.contracts import Case

Played = Callable[[Case, int, str], dict[str, Any]]


def right(_case: Case, output: dict[str, Any]) -> float | None:
    return output.get("right")


def score(_case: Case, output: dict[str, Any]) -> float | None:
    return output.get("score")


def model_kb(_case: Case, output: dict[str, Any]) -> float | None:
    return output.get("kb")


@pytest.fixture
def play(monkeypatch: pytest.MonkeyPatch) -> Callable[[Played], None]:
    """Let a function be the runner of the kind literature."""

    def take_over(run: Played) -> None:
        runner, scorers = ModuleType("runner"), ModuleType("scorers")
        runner.run = run  # type: ignore[attr-defined]
        scorers.SCORERS = (right, score, model_kb)  # type: ignore[attr-defined]
        scorers.alarms = lambda _case, output: output.get("alarms", [])  # type: ignore[attr-defined]
        monkeypatch.setitem(sys.modules, "evals.runners.literature", runner)
        monkeypatch.setitem(sys.modules, "evals.scorers.literature", scorers)

    return take_over


@pytest.fixture
def suite_file(tmp_path: Path) -> Callable[..., Path]:
    """A suite of that kind with cases a, b, c …"""

    def write(cases: int = 2, name: str = "tiny", **more: Any) -> Path:
        lines = [f"name: {name}", "kind: literature", *(f"{key}: {value}" for key, value in more.items()), "cases:"]
        lines += [f"  - id: {chr(ord('a') + number)}" for number in range(cases)]
        path = tmp_path / f"{name}.yaml"
        path.write_text("\n".join(lines))
        return path

    return write
