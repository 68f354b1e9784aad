"""Answers are kept and come again: by agent and order, without a server, with nothing secret in the file."""

import json
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
from openai_server import OpenAIServer
from scripted_server import Fail, Say

from runtime.errors import InputError, ModelUnavailable, RecordingOver, UnusableAnswer
from runtime.models.calls import ModelCalls, Unreadable
from runtime.models.recorded import open_calls
from runtime.models.recording import Recording, recording_file
from runtime.models.tools import Tool
from runtime.models.usage import Budget, Ledger

Settings = Callable[..., Any]
KEY = "sk-secret-123456"


def record(settings: Settings, folder: Path, server: OpenAIServer, ledger: Ledger | None = None) -> ModelCalls:
    made = settings(openai_api_key=KEY, arxla_record=folder)
    models = {"coder": f"openai:m@{server.base_url}", "chunk": f"openai:small@{server.base_url}"}
    return open_calls(models, made, ledger or Ledger(), Budget(), subject="digits")


def replay(settings: Settings, folder: Path, ledger: Ledger | None = None, **bounds: Any) -> ModelCalls:
    models = {"coder": "openai:another", "chunk": "openai:another"}
    return open_calls(
        models, settings(arxla_replay=folder), ledger or Ledger(), Budget(max_usd=0.0), subject="digits", **bounds
    )


def shouting(text: str) -> str:
    if not text.isupper():
        raise Unreadable("shout")
    return text


def test_a_reworded_request_gets_the_recorded_answer_and_costs_nothing(settings: Settings, tmp_path: Path) -> None:
    with OpenAIServer(Say("first"), Say("second")) as server:
        calls = record(settings, tmp_path, server)
        assert [calls.ask("coder", "s", "one", str), calls.ask("coder", "s", "two", str)] == ["first", "second"]
    ledger, events = Ledger(), list[dict[str, Any]]()
    again = replay(settings, tmp_path, ledger, emit=events.append)
    assert [again.ask("coder", "S!", "eins", str), again.ask("coder", "S!", "zwei", str)] == ["first", "second"]
    line = ledger.as_records()[0]
    assert line["model"] == "openai:m (replayed)" and again.model("coder") == "openai:m (replayed)"
    assert (line["calls"], line["input_tokens"], line["usd"], line["seconds"]) == (2, 200, 0.0, 0.0)
    assert ledger.replayed and [event["kind"] for event in events] == ["model_call", "model_call"]
    with pytest.raises(RecordingOver, match=r"holds 2 answers of the coder and none is left.*record it anew"):
        again.ask("coder", "s", "three", str)


def test_continuations_and_re_asks_belong_to_their_ask(settings: Settings, tmp_path: Path) -> None:
    script = Say("quiet"), Say("LOUD AND ", finish="length"), Say("LONG"), Say("NEXT")
    with OpenAIServer(*script) as server:
        calls = record(settings, tmp_path, server)
        calls.ask("coder", "s", "u", shouting), calls.ask("coder", "s", "u", shouting)
    again = replay(settings, tmp_path)
    # A reader that has become more lenient takes the first reply; what that ask took besides is not the next one's.
    assert again.ask("coder", "s", "u", str) == "quiet"
    assert again.ask("coder", "s", "u", shouting) == "NEXT"
    assert replay(settings, tmp_path).ask("coder", "s", "u", shouting) == "LOUD AND LONG"


def test_asks_side_by_side_are_told_apart_by_their_keys(settings: Settings, tmp_path: Path) -> None:
    with OpenAIServer(*[Say(f"answer {n}") for n in range(8)]) as server:
        calls = record(settings, tmp_path, server)
        with ThreadPoolExecutor(4) as pool:
            first = list(pool.map(lambda n: calls.ask("chunk", "s", f"{n}", str, key=f"chunk {n}"), range(8)))
    again = replay(settings, tmp_path)
    order = [5, 2, 7, 0, 1, 6, 3, 4]
    assert [again.ask("chunk", "s", "u", str, key=f"chunk {n}") for n in order] == [first[n] for n in order]


def test_a_failure_comes_again_as_it_was(settings: Settings, tmp_path: Path) -> None:
    with OpenAIServer(Fail(401, "invalid_api_key"), *[Say("quiet")] * 3) as server:
        calls = record(settings, tmp_path, server)
        with pytest.raises(ModelUnavailable):
            calls.ask("coder", "s", "u", str)
        with pytest.raises(UnusableAnswer):
            calls.ask("coder", "s", "u", shouting)
    again = replay(settings, tmp_path)
    with pytest.raises(ModelUnavailable) as raised:
        again.ask("coder", "s", "u", str)
    assert raised.value.lasting
    with pytest.raises(UnusableAnswer):
        again.ask("coder", "s", "u", shouting)


def test_tools_are_called_again_with_the_recorded_arguments(settings: Settings, tmp_path: Path) -> None:
    asked: list[Any] = []
    tool = Tool("look", "Looks.", {"properties": {"at": {"type": "string"}}}, lambda given: asked.append(given) or "x")
    with OpenAIServer(Say("", calls=(("look", '{"at": "it"}'),)), Say("seen")) as server:
        value = record(settings, tmp_path, server).ask_with_tools("coder", "s", "u", [tool], str, rounds=2).value
    assert value == "seen" == replay(settings, tmp_path).ask_with_tools("coder", "s", "u", [tool], str, rounds=2).value
    assert asked == [{"at": "it"}] * 2


def test_what_was_asked_about_a_model_is_kept_too(settings: Settings, tmp_path: Path) -> None:
    with OpenAIServer(Say("hi"), models=[{"id": "m", "max_model_len": 5000}]) as server:
        calls = record(settings, tmp_path, server)
        facts = calls.window("coder"), calls.is_local("coder"), calls.searches_the_web("coder")
        calls.ask("coder", "s", "u", str)
    again = replay(settings, tmp_path)
    assert (again.window("coder"), again.is_local("coder"), again.searches_the_web("coder")) == facts
    with pytest.raises(RecordingOver, match="chunk"):
        again.window("chunk")


def test_no_secret_is_kept_and_lines_can_be_read_by_people(settings: Settings, tmp_path: Path) -> None:
    with OpenAIServer(Say(f"the key is {KEY} → é")) as server:
        record(settings, tmp_path, server).ask("coder", "s", "u", str)
    text = (tmp_path / "digits.jsonl").read_text()
    assert KEY not in text and "→ é" in text and "the key is ********" in text
    assert json.loads(text)["agent"] == "coder"


def test_the_run_that_was_recorded_last_is_the_one_that_is_replayed(settings: Settings, tmp_path: Path) -> None:
    with OpenAIServer(Say("old 1"), Say("old 2"), Say("new 1")) as server:
        first, second = Ledger(), Ledger()
        calls = record(settings, tmp_path, server, first)
        calls.ask("coder", "s", "u", str), calls.ask("coder", "s", "u", str)
        record(settings, tmp_path, server, second).ask("coder", "s", "u", str)
    again = replay(settings, tmp_path)
    assert again.ask("coder", "s", "u", str) == "new 1"
    with pytest.raises(RecordingOver):
        again.ask("coder", "s", "u", str)


def test_a_resumed_replay_goes_on_where_it_was(settings: Settings, tmp_path: Path) -> None:
    with OpenAIServer(Say("first"), Say("second")) as server:
        calls = record(settings, tmp_path / "kept", server)
        calls.ask("coder", "s", "u", str), calls.ask("coder", "s", "u", str)
    account = tmp_path / "run-1" / "metrics" / "usage.json"
    assert replay(settings, tmp_path / "kept", Ledger(account)).ask("coder", "s", "u", str) == "first"
    assert replay(settings, tmp_path / "kept", Ledger(account)).ask("coder", "s", "u", str) == "second"


@pytest.mark.parametrize("text", ['{"agent": "coder"', '{"agent": 3}', "[]", '"x"'])
def test_a_damaged_recording_is_named_with_its_line(tmp_path: Path, text: str) -> None:
    path = tmp_path / "digits.jsonl"
    path.write_text(f"\n{text}\n")
    with pytest.raises(InputError, match=r"digits\.jsonl is damaged in line 2"):
        Recording(path)
    with pytest.raises(InputError, match="no recording"):
        Recording(tmp_path / "none.jsonl")


def test_a_line_that_a_kill_tore_spoils_nothing(settings: Settings, tmp_path: Path) -> None:
    path = tmp_path / "digits.jsonl"
    path.write_text('{"run": "killed", "agent": "coder", "mod')
    assert Recording(path).asks == []
    with OpenAIServer(Say("line\u2028separator \x85")) as server:
        record(settings, tmp_path, server).ask("coder", "s", "u", str)
    assert replay(settings, tmp_path).ask("coder", "s", "u", str) == "line\u2028separator \x85"
    path.write_text(path.read_text().rstrip("\n"))
    assert len(Recording(path).asks) == 1


def test_a_moved_folder_keeps_the_name_of_its_recording(tmp_path: Path) -> None:
    for place in ("here", "there"):
        (tmp_path / place / "paper").mkdir(parents=True)
        (tmp_path / place / "paper" / "main.tex").touch()
    names = {recording_file(tmp_path, str(tmp_path / place / "paper" / "main.tex")).name for place in ("here", "there")}
    assert names == {"paper-main.tex.jsonl"}
    assert recording_file(tmp_path, "digits").name == "digits.jsonl"
    assert recording_file(tmp_path, "../../etc/passwd" * 20).parent == tmp_path
