"""A whole graph with scripted agents, a real box and real small data."""

from collections.abc import Iterator
from dataclasses import fields
from pathlib import Path
from typing import Any

import pytest

from agents.registry import Agents
from graph.build import build_graph
from graph.services import Services
from runtime.box.protocol import Sandbox
from runtime.box.registry import open_sandbox
from runtime.settings import load_settings
from tests.graph.scripts import Script
from tools.results.folder import RunFolder
from tools.results.record import RunRecord


@pytest.fixture(scope="session")
def sandbox() -> Iterator[Sandbox]:
    opened = open_sandbox("auto")
    yield opened
    opened.close()


@pytest.fixture
def run_graph(tmp_path: Path, sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch) -> Any:
    """`await run_graph(script, **task)` gives the final state, the record on disk and the events."""
    monkeypatch.setenv("LANGGRAPH_STRICT_MSGPACK", "true")

    async def run(script: Script, **task: Any) -> tuple[dict[str, Any], RunRecord | None, list[dict[str, Any]]]:
        places = {"arxla_papers_dir": tmp_path / "papers", "arxla_offline": True}
        services = Services(
            load_settings(env_file=None, **{**places, **task.pop("settings", {})}),
            results=tmp_path / "results",
            functions=tmp_path / "functions",
            reviews=tmp_path / "reviews",
            make_agents=lambda *_, **__: Agents(*[script] * len(fields(Agents))),
            open_sandbox=lambda *_: sandbox,
        )
        graph = build_graph(services)
        given = task.pop("input", None) or {
            "task": {
                "dataset": "wine",
                "target": "cpu",
                "trials": 0,
                "tuner": "random",
                "skip_literature_review": True,
                "use_cache": False,
            }
            | task
        }
        state: dict[str, Any] = {}
        events = []
        async for mode, chunk in graph.astream(given, stream_mode=["values", "custom"]):
            if mode == "values":
                state = chunk
            else:
                events.append(chunk)
        folder = RunFolder(services.results / state["run_id"]) if state.get("run_id") else None
        return state, folder.load_record() if folder and folder.record.exists() else None, events

    return run
