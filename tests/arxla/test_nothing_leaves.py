"""A run without a configured service opens no connection at all, whatever LangChain's own switches say."""

import os
import subprocess
import sys
from pathlib import Path

import pytest
from sink_server import SinkServer

AUDIT = """
import os, sys
def note(event, arguments):
    if event in ("socket.connect", "socket.getaddrinfo"):
        with open(os.environ["CONNECTIONS"], "a") as stream:
            stream.write(f"{event} {arguments[1:]}\\n")
sys.addaudithook(note)
"""
"""In each Python process of the run, the boxed ones too."""


@pytest.mark.box
def test_a_run_opens_no_connection(tmp_path: Path) -> None:
    (tmp_path / "sitecustomize.py").write_text(AUDIT)
    connections = tmp_path / "connections"
    with SinkServer() as sink:
        told = {
            "LANGSMITH_API_KEY": "lsv2_RECOGNISABLE",
            "LANGSMITH_ENDPOINT": sink.url,
            "LANGSMITH_TRACING": "false",
            "LANGSMITH_TRACING_V2": "true",
            "LANGCHAIN_TRACING_V2": "true",
            "LANGCHAIN_TRACING": "true",
            "CONNECTIONS": str(connections),
            "PYTHONPATH": str(tmp_path),
            "OMP_NUM_THREADS": "1",
        }
        # Services of the machine may be named in its environment; this run is told of none.
        own = {name: value for name, value in os.environ.items() if not name.startswith(("ARXLA_", "OPEN", "AWS_"))}
        command = [sys.executable, "-m", "arxla", "run", "--dataset", "wine", "--target", "cpu", "--trials", "0"]
        done = subprocess.run(
            [*command, "--json"],
            cwd=tmp_path,
            env={**own, **told},
            capture_output=True,
            text=True,
            timeout=280,
            check=False,
        )
        assert done.returncode == 0, done.stderr
        assert sink.requests == []
    assert not connections.exists(), connections.read_text()
    left = [path for path in tmp_path.rglob("*") if path.is_file() and b"RECOGNISABLE" in path.read_bytes()]
    assert left == []
