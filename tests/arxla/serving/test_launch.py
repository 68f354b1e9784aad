"""Starting a server: where it listens, what it warns of, and one sentence for what can't work."""

import json
import os
import signal
import socket
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from arxla.cli import app
from arxla.serving import launch
from runtime.errors import InputError
from runtime.settings import load_settings

ROOT = Path(__file__).parents[3]


def test_langgraph_json_says_what_arxla_serve_does() -> None:
    written: dict[str, Any] = json.loads((ROOT / "langgraph.json").read_text())
    assert {name: written[name] for name in launch.CONFIG} == launch.CONFIG
    assert written["env"].items() >= launch.QUIET.items()


def test_the_usual_port_gives_way_to_a_free_one_but_a_wish_is_a_wish(monkeypatch: pytest.MonkeyPatch) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        monkeypatch.setattr(launch, "USUAL_PORT", port)
        assert launch.free_port("127.0.0.1", None) not in (0, port)
        with pytest.raises(InputError, match=f"Can't listen on 127.0.0.1:{port}"):
            launch.free_port("127.0.0.1", port)
    assert launch.free_port("127.0.0.1", port) == port
    with pytest.raises(InputError, match="Can't listen on 203"):
        launch.free_port("203.0.113.7", None)


def test_idle_connections_outlive_those_of_clients(monkeypatch: pytest.MonkeyPatch) -> None:
    from httpx._config import DEFAULT_LIMITS

    given: dict[str, Any] = {}
    monkeypatch.setattr("langgraph_api.cli.run_server", lambda *_, **options: given.update(options))
    launch._run(load_settings(env_file=None), "127.0.0.1", 1, 1, ui=False, verbose=True)
    assert given["timeout_keep_alive"] > 10 * (DEFAULT_LIMITS.keepalive_expiry or 0)


@pytest.mark.parametrize(
    ("host", "local"), [("127.0.0.1", True), ("::1", True), ("localhost", True), ("0.0.0.0", False)]
)
def test_hosts_that_others_reach_are_told_apart(host: str, local: bool) -> None:
    assert launch.is_local(host) is local


def test_other_hosts_without_a_token_are_warned_of(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    ends: list[int] = []
    monkeypatch.setattr(launch, "_run", lambda *_: None)
    monkeypatch.setattr(launch, "_announce", lambda *_: None)
    monkeypatch.setattr(launch.os, "_exit", ends.append)
    for token, warned in ("", True), ("a token", False):
        serve = ["serve", "--host", "0.0.0.0", "--detached", "--out", str(tmp_path)]
        ended = CliRunner().invoke(app, serve, env={"ARXLA_SERVER_TOKEN": token})
        assert ("ARXLA_SERVER_TOKEN" in ended.stderr) is warned
    assert ends == [0, 0]


def test_a_server_ends_with_the_process_that_started_it(monkeypatch: pytest.MonkeyPatch) -> None:
    sent: list[tuple[int, int]] = []
    monkeypatch.setattr(launch.os, "kill", lambda *it: sent.append(it))
    launch._end_with_parent(parent=-1)
    assert sent == [(os.getpid(), signal.SIGTERM)]


def test_a_missing_extra_and_a_bad_address_are_one_sentence(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.chdir(tmp_path)
    bad = CliRunner().invoke(app, ["serve"], env={"ARXLA_DATABASE_URL": "postgresql://127.0.0.1:1/none"})
    assert isinstance(bad.exception, InputError) and "ARXLA_DATABASE_URL" in str(bad.exception)
    monkeypatch.setattr(launch, "find_spec", lambda _: None)
    missing = CliRunner().invoke(app, ["serve"])
    assert isinstance(missing.exception, InputError) and 'pip install "arxla[server]"' in str(missing.exception)


def test_langgraph_dockerfile_makes_an_image_with_what_the_server_needs(tmp_path: Path) -> None:
    command = [Path(sys.executable).parent / "langgraph", "dockerfile", str(tmp_path / "Dockerfile")]
    quiet = {"LANGGRAPH_CLI_NO_ANALYTICS": "1", "PATH": "/usr/bin:/bin", "HOME": str(tmp_path)}
    subprocess.run(command, cwd=ROOT, check=True, capture_output=True, timeout=60, env=quiet)
    text = (tmp_path / "Dockerfile").read_text()
    assert "arxla.serving.graphs:arxla" in text and "arxla.serving.auth:auth" in text
    assert "langgraph-checkpoint-postgres" in text and "psycopg" in text
