"""A whole graph with scripted agents, a real box and real small data."""

from collections.abc import Callable, Iterator
from dataclasses import fields
from pathlib import Path
from typing import Any

import pytest
from bedrock_server import BedrockServer
from openai_server import OpenAIServer
from scripted_server import Line, ScriptedServer

from agents.registry import Agents
from graph.build import build_graph
from graph.services import Services
from runtime.box.protocol import Sandbox
from runtime.box.registry import open_sandbox
from runtime.settings import ROLE_VARIABLES, TASK_VARIABLES, Settings, load_settings
from tests.graph.scripts import Script
from tools.results.folder import RunFolder
from tools.results.record import RunRecord

SECRETS = {
    "openai_api_key": "sk-RECOGNISABLE-openai",
    "arxla_model_api_key": "RECOGNISABLE plain words",
    "aws_access_key_id": "RECOGNISABLEID",
    "aws_secret_access_key": "RECOGNISABLE/secret",
    "aws_session_token": "RECOGNISABLE/token",
}
SERVERS: dict[str, type[ScriptedServer]] = {
    "openai": OpenAIServer,
    "openai_responses": OpenAIServer,
    "bedrock_converse": BedrockServer,
}
Run = Callable[..., Any]


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


@pytest.fixture
def run(tmp_path: Path, sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch) -> Run:
    """`await run([line, …], provider=…, **task)` gives the record, the server and the run's folder."""
    for name in [*TASK_VARIABLES, *ROLE_VARIABLES, *(name.upper() for name in Settings.model_fields)]:
        monkeypatch.delenv(name, raising=False)
    for name, secret in SECRETS.items():
        monkeypatch.setenv(name.upper(), secret)
    monkeypatch.setenv("AWS_REGION", "us-east-1")

    async def go(script: list[Line], provider: str = "openai", **task: Any) -> tuple[RunRecord, ScriptedServer, Path]:
        quick: dict[str, Any] = {
            "arxla_model_wait_s": 0.01,
            "arxla_model_max_wait_s": 0.02,
            "arxla_model_timeout_s": 5.0,
        }
        quick |= {"arxla_offline": True}
        folders = {name: tmp_path / name for name in ("results", "functions", "reviews")}
        services = Services(load_settings(env_file=None, **quick), **folders, open_sandbox=lambda *_: sandbox)
        with SERVERS[provider](*script) as server:
            model = f"{provider}:m@{server.base_url}"  # type: ignore[attr-defined]
            given = {"dataset": "wine", "target": "cpu", "trials": 0, "skip_literature_review": True, "model": model}
            state = await build_graph(services).ainvoke({"task": {**given, **task}})
        folder = RunFolder(services.results / state["run_id"])
        return folder.load_record(), server, folder.path

    return go
