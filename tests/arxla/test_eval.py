# ruff: noqa: F401, F811 - fixtures of the harness tests
"""`arxla eval` as a user types it: checked before any work, compared, interrupted, and silent towards the network."""

import json
import os
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from langsmith_server import LangSmithServer
from openai_server import OpenAIServer
from scripted_server import Say
from typer.testing import CliRunner

from arxla.commands.eval import eval as command
from evals.contracts import CaseSkipped
from runtime.errors import InputError, ModelUnavailable
from tests.evals.conftest import Played, play, suite_file

Play = Callable[[Played], None]
Files = Callable[..., Path]
ROOT = Path(__file__).parents[2]
QUIET = (
    "LANGSMITH_API_KEY",
    "OPENAI_API_KEY",
    "LANGSMITH_TRACING",
    "ARXLA_MODEL",
    "OPENAI_MODEL",
    "BEDROCK_MODEL_ID",
    "ARXLA_REPLAY",
)


@pytest.fixture(autouse=True)
def _here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    for name in QUIET:
        monkeypatch.delenv(name, raising=False)


def invoke(*arguments: object) -> tuple[int, str]:
    import typer

    app = typer.Typer()
    app.command()(command)
    result = CliRunner().invoke(app, [str(one) for one in arguments], env={"COLUMNS": "160"})
    if result.exception and not isinstance(result.exception, SystemExit):
        raise result.exception
    return result.exit_code, result.output


def evaluations() -> list[Path]:
    return sorted(Path("evaluations").glob("*"))


def test_a_table_with_intervals_results_and_a_page(
    play: Play, suite_file: Files, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", "sk-nobody-is-asked")
    play(lambda case, seed, _model: {"right": float(case.id != "b"), "score": 0.5 + seed / 10, "kb": 12.0})
    code, said = invoke(suite_file(3), "--seeds", "0,1,2", "--model", "expert", "--model", "openai:m")
    assert code == 0, said
    (folder,) = evaluations()
    assert "18 of 18 trials" in said and "67 %" in said and "21–94 %" in said, said
    assert "openai:m" in said and str(folder / "report.html") in said
    results = json.loads((folder / "results.json").read_text())
    assert [one["model"] for one in results["summary"]] == ["expert", "openai:m"]
    assert results["summary"][0]["cases"]["b"]["right"]["mean"] == 0.0
    assert "<h2>Cases</h2>" in (folder / "report.html").read_text()


def test_json_leaves_stdout_to_machines(play: Play, suite_file: Files) -> None:
    play(lambda *_: {"right": 1.0})
    app = CliRunner()
    import typer

    one = typer.Typer()
    one.command()(command)
    result = app.invoke(one, [str(suite_file(1)), "--json"])
    assert json.loads(Path(result.stdout.strip()).read_text())["suite"] == "tiny"


BAD: dict[str, tuple[list[str], str]] = {
    "no suite": ([], "Name a suite: .*smoke"),
    "unknown suite": (["smok"], "did you mean smoke"),
    "unknown case": (["smoke", "--case", "x"], "has no case 'x'; there are wine"),
    "seeds": (["smoke", "--seeds", "a"], "whole numbers such as 0,1,2"),
    "negative": (["smoke", "--seeds=-1"], "whole numbers from 0"),
    "upload": (["smoke", "--upload"], "set LANGSMITH_API_KEY"),
    "regression": (["smoke", "--fail-on-regression"], "name it with --compare"),
    "compare": (["smoke", "--compare", "nowhere"], "nowhere is no evaluation"),
    "floor": (["smoke", "--fail-under", "success"], "success=0.9"),
    "floor that nothing is under": (["smoke", "--fail-under", "success=nan"], "success=0.9"),
    "floor's name": (["smoke", "--fail-under", "beauty=1"], "'beauty', which is not scored here"),
    "floor's way": (["smoke", "--fail-under", "usd=1"], "less is better"),
    "both": (["smoke", "--record", "a", "--replay", "b"], "either recorded or replayed"),
    "record": (["smoke", "--record", "a"], "nothing to record"),
    "replay": (["smoke", "--replay", "b"], "name the recorded --model"),
    "resume": (["smoke", "--resume", "x"], "takes no suite"),
    "resume what": (["--resume", "x"], "x is no evaluation"),
    "model": (["smoke", "--model", "gpt"], "write provider:model"),
    "key": (["smoke", "--model", "openai:gpt-5"], "OPENAI_API_KEY"),
}


@pytest.mark.parametrize("which", BAD)
def test_bad_input_is_refused_before_any_work(which: str) -> None:
    arguments, sentence = BAD[which]
    with pytest.raises((InputError, ModelUnavailable), match=sentence):
        invoke(*arguments)
    assert not evaluations()


def test_the_suites_are_listed() -> None:
    code, said = invoke("--list")
    assert code == 0 and all(name in said for name in ("smoke", "datasets", "papers", "debug", "review"))


def test_a_regression_fails_where_it_was_asked_to(play: Play, suite_file: Files) -> None:
    path = suite_file(3)
    play(lambda *_: {"right": 1.0})
    assert invoke(path)[0] == 0
    (earlier,) = evaluations()
    play(lambda case, *_: {"right": float(case.id != "c")})
    code, said = invoke(path, "--compare", earlier)
    assert code == 0 and "▼ worse" in said and "lost: c (seed 0)" in said
    code, said = invoke(path, "--compare", earlier, "--fail-on-regression")
    assert code == 1 and "right of expert fell from 1 to 0.6667" in said
    assert sum("▼ worse" in (folder / "report.html").read_text() for folder in evaluations()) == 2


def test_a_floor_fails_when_it_is_not_reached_or_never_scored(play: Play, suite_file: Files) -> None:
    play(lambda *_: {"right": 1.0})
    assert invoke(suite_file(2), "--fail-under", "right=1")[0] == 0
    code, said = invoke(suite_file(2), "--fail-under", "score=0.5")
    assert code == 1 and "score of expert was never scored" in said


def test_a_model_that_is_down_ends_with_what_was_done(play: Play, suite_file: Files) -> None:
    def down(case: Any, _seed: int, _model: str) -> dict[str, Any]:
        if case.id == "a":
            return {"right": 1.0}
        raise ModelUnavailable("no route")

    play(down)
    code, said = invoke(suite_file(9))
    assert code == 1 and "was given up" in said and "1 of 9 trials scored, 3 ended in errors" in said
    play(lambda *_: {"right": 1.0})
    code, said = invoke("--resume", evaluations()[0])
    assert code == 0 and "8 of 9 trials to run" in said and "9 of 9 trials scored" in said


def test_an_evaluation_that_scored_nothing_is_no_success(play: Play, suite_file: Files) -> None:
    def skip(*_: Any) -> dict[str, Any]:
        raise CaseSkipped("not here")

    play(skip)
    code, said = invoke(suite_file(2))
    assert code == 1 and "nothing of expert could be scored" in said and "2 skipped" in said


def test_an_alarm_is_shouted(play: Play, suite_file: Files) -> None:
    play(lambda *_: {"right": 0.0, "alarms": ["SUCCESS WITHOUT EVIDENCE: model.safetensors is gone"]})
    assert "SUCCESS WITHOUT EVIDENCE" in invoke(suite_file(1))[1]


def test_results_are_uploaded_when_asked(
    play: Play,
    suite_file: Files,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    play(lambda *_: {"right": 1.0})
    with LangSmithServer() as server:
        monkeypatch.setenv("LANGSMITH_API_KEY", "lsv2_key")
        monkeypatch.setenv("LANGSMITH_ENDPOINT", server.address)
        code, said = invoke(suite_file(2))
        assert code == 0 and not server.requests
        code, said = invoke(suite_file(2), "--upload")
    assert code == 0 and len(server.runs) == 2 and "LangSmith: dataset arxla tiny" in said


def test_answers_of_several_models_are_recorded_apart_and_replayed_without_a_server(tmp_path: Path) -> None:
    path = tmp_path / "one.yaml"
    path.write_text(
        "name: one\nkind: recommendation\ncases: [{id: a, given: {text: 'Handwritten digits, MNIST.'}, "
        "expected: {accept: [mnist]}}]"
    )
    with OpenAIServer(*[Say(f"no JSON {number}") for number in range(6)]) as server:
        names = [f"openai:{name}@{server.base_url}" for name in "ab"]
        code, said = invoke(path, "--model", names[0], "--model", names[1], "--record", "tape")
    assert code == 0, said
    kept = {file.parts[2]: file.read_text() for file in Path("tape").rglob("*.jsonl")}
    assert (
        sorted(kept) == ["openai-a", "openai-b"] and "no JSON 0" in kept["openai-a"] and "no JSON 3" in kept["openai-b"]
    )
    code, said = invoke(path, "--model", "openai:a", "--model", "openai:b", "--replay", "tape")
    assert code == 0 and "2 of 2 trials scored" not in said and said.count("1 with replayed answers") == 2, said
    code, said = invoke(path, "--model", "expert", "--model", "openai:a", "--replay", "tape")
    assert code == 0 and "expert: 1 of 1 trials scored\n" in said, said
    code, said = invoke(path, "--model", "openai:c", "--replay", "tape")
    assert "There is no recording tape" in said


GUARD = """
import os, sys
FILE = os.open(os.environ["GUARD"], os.O_CREAT | os.O_APPEND | os.O_WRONLY, 0o600)

def watch(event, arguments):
    if event == "socket.getaddrinfo" or event == "socket.connect" and isinstance(arguments[1], tuple):
        os.write(FILE, f"{event} {arguments}\\n".encode())

sys.addaudithook(watch)
"""
"""As `sitecustomize`: what any process of Python's asks of the network, by name or by address."""


@pytest.fixture
def listener() -> Iterator[tuple[str, list[Any]]]:
    """The address of somebody who counts connections."""
    heard: list[Any] = []
    with socket.create_server(("127.0.0.1", 0)) as server:

        def listen() -> None:
            while True:
                try:
                    connection, address = server.accept()
                except OSError:
                    return
                heard.append(address)
                connection.close()

        threading.Thread(target=listen, daemon=True).start()
        yield f"http://127.0.0.1:{server.getsockname()[1]}", heard
        server.shutdown(socket.SHUT_RDWR)


def started(*arguments: object, **variables: str) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-m", "arxla", "eval", *map(str, arguments)],
        env=os.environ | {"PYTHONPATH": str(ROOT), "OMP_NUM_THREADS": "1"} | variables,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )


@pytest.mark.box
def test_a_whole_run_is_scored_by_its_evidence_and_nothing_leaves_the_machine(
    listener: tuple[str, list[Any]], tmp_path: Path
) -> None:
    address, heard = listener
    proxies = dict.fromkeys(("HTTP_PROXY", "HTTPS_PROXY", "http_proxy", "https_proxy", "ALL_PROXY"), address)
    key = {"LANGSMITH_API_KEY": "lsv2_key", "LANGSMITH_ENDPOINT": address, "LANGSMITH_TRACING": "true"}
    legacy = {"LANGCHAIN_TRACING_V2": "true", "LANGCHAIN_API_KEY": "lsv2_key", "LANGCHAIN_ENDPOINT": address}
    (tmp_path / "sitecustomize.py").write_text(GUARD)
    suite = tmp_path / "one.yaml"
    suite.write_text(
        "name: one\nkind: dataset\ndefaults: {target: cpu, trials: 2, tuner: random, skip_literature_review: true}\n"
        "cases: [{id: iris, given: {dataset: iris}}]"
    )
    guarded = {"PYTHONPATH": f"{tmp_path}{os.pathsep}{ROOT}", "GUARD": str(tmp_path / "asked")}
    with started(suite, "--json", **proxies, **key, **legacy, **guarded) as process:
        out, errors = process.communicate(timeout=240)
    assert process.returncode == 0, errors
    assert (tmp_path / "asked").read_text() == "", "the guard was there, and nobody was asked for"
    results = json.loads((tmp_path / out.strip()).read_text())
    (trial,) = results["trials"]
    assert trial["scores"]["success"] == 1 and trial["scores"]["under_limit"] == 1, errors
    assert heard == []


@pytest.mark.box
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGKILL])
def test_an_interrupted_evaluation_can_be_resumed(number: signal.Signals, tmp_path: Path) -> None:
    path = tmp_path / "many.yaml"
    lines = ["name: many", "kind: recommendation", "cases:"]
    lines += [
        f"  - {{id: c{n}, given: {{text: We train on MNIST digits.}}, expected: {{accept: [mnist]}}}}"
        for n in range(4000)
    ]
    path.write_text("\n".join(lines))
    with started(path) as process:
        end = time.monotonic() + 120
        while not any(Path("evaluations").glob("*/trials.jsonl")):
            assert time.monotonic() < end and process.poll() is None
            time.sleep(0.05)
        os.kill(process.pid, number)
        out, errors = process.communicate(timeout=60)
    (folder,) = evaluations()
    done = len((folder / "trials.jsonl").read_text().splitlines())
    assert 0 < done < 4000
    if number == signal.SIGINT:
        assert process.returncode == 130 and f"arxla eval --resume {folder}" in errors, (out, errors)
