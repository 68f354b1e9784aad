"""Traces go to LangSmith when the settings say so, without secrets, and nowhere otherwise."""

import socket
import subprocess
import sys
import textwrap
from collections.abc import Iterator

import langsmith
import pytest
from openai_server import OpenAIServer
from scripted_server import Fail, Say
from sink_server import SinkServer

from runtime.errors import ModelUnavailable
from runtime.models.calls import ModelCalls
from runtime.models.usage import Budget, Ledger
from runtime.observability.tracing import decide_tracing
from runtime.settings import load_settings

KEY = "lsv2_RECOGNISABLE_key"
ODD = "RECOGNISABLE plain words"


@pytest.fixture(autouse=True)
def _off_again() -> Iterator[None]:
    yield
    langsmith.configure(enabled=False, client=None, project_name=None)


def test_langchains_own_switches_send_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    with SinkServer() as sink, OpenAIServer(Say("hello")) as server:
        for name in ("LANGSMITH_TRACING_V2", "LANGCHAIN_TRACING_V2", "LANGCHAIN_TRACING"):
            monkeypatch.setenv(name, "true")
        monkeypatch.setenv("LANGSMITH_ENDPOINT", sink.url)
        monkeypatch.setenv("LANGSMITH_API_KEY", KEY)
        monkeypatch.setenv("LANGSMITH_TRACING", "false")
        settings = load_settings(env_file=None)
        assert decide_tracing(settings) is None
        assert _ask(settings, server) == "hello"
        assert sink.requests == []


def test_tracing_without_a_key_sends_nothing() -> None:
    with SinkServer() as sink, OpenAIServer(Say("hello")) as server:
        settings = load_settings(env_file=None, langsmith_tracing=True, langsmith_endpoint=sink.url)
        assert decide_tracing(settings) is None
        assert _ask(settings, server) == "hello"
        assert sink.requests == []


def test_traces_arrive_without_secrets() -> None:
    with SinkServer() as sink, OpenAIServer(Say(f"the answer is {ODD}"), Fail(401, message=f"bad key {ODD}")) as server:
        settings = load_settings(
            env_file=None,
            langsmith_tracing=True,
            langsmith_api_key=KEY,
            langsmith_endpoint=sink.url,
            langsmith_project="a-project",
            openai_api_key="sk-RECOGNISABLE-openai",
            arxla_model_api_key=ODD,
        )
        client = decide_tracing(settings)
        assert client is not None
        assert _ask(settings, server, f"my key is sk-RECOGNISABLE-openai and {ODD}") == f"the answer is {ODD}"
        with pytest.raises(ModelUnavailable):
            _ask(settings, server)
        client.flush(10)
        sent = sink.bodies()
        assert b"my key is ******** and ********" in sent
        assert b"the answer is ********" in sent
        assert b"a-project" in sent
        assert b"RECOGNISABLE" not in sent
        assert {headers.get("x-api-key") for path, headers, _ in sink.requests if "runs" in path} == {KEY}


def test_a_server_that_refuses_traces_is_named_and_nothing_fails(capfd: pytest.CaptureFixture[str]) -> None:
    told: list[str] = []
    with SinkServer(status=403) as sink, OpenAIServer(Say("hello")) as server:
        settings = load_settings(
            env_file=None, langsmith_tracing=True, langsmith_api_key=KEY, langsmith_endpoint=sink.url
        )
        client = decide_tracing(settings, told.append)
        assert client is not None
        assert _ask(settings, server) == "hello"
        client.flush(10)
    assert told and told[0].startswith("LangSmith did not take the traces of this run: ")
    assert KEY not in told[0]
    assert capfd.readouterr().err == ""


def test_a_silent_langsmith_holds_nothing_up() -> None:
    body = """
        import sys, langsmith
        from runtime.observability import observers, tracing
        from runtime.settings import load_settings
        tracing.FLUSH_S = 0.3
        watching = observers.Observers(load_settings(
            env_file=None, langsmith_tracing=True, langsmith_api_key="lsv2_key", langsmith_endpoint=sys.argv[1]))
        langsmith.traceable(lambda: 1)()
        watching.close()
    """
    with socket.create_server(("127.0.0.1", 0)) as server:  # takes connections and says nothing
        address = f"http://127.0.0.1:{server.getsockname()[1]}"
        command = [sys.executable, "-c", textwrap.dedent(body), address]
        ended = subprocess.run(command, capture_output=True, text=True, timeout=30)
    assert ended.returncode == 0
    assert ended.stderr == "arxla: LangSmith did not take the traces of this run: it was silent for 0.3 s.\n"


def _ask(settings, server: OpenAIServer, text: str = "hello?") -> str:  # type: ignore[no-untyped-def]
    calls = ModelCalls({"coder": f"openai:m@{server.base_url}"}, settings, Ledger(None), Budget())
    return calls.ask("coder", "You answer.", text, str)
