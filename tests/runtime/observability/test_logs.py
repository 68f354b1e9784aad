"""The log: JSON lines with run and stage, without secrets, beside whatever else logs."""

import contextvars
import json
import logging
import shutil
import sys
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from runtime.errors import InputError
from runtime.observability.logs import EVENTS, HANDLER, LOGGER, LONGEST_TEXT, log_as, log_event, open_log
from runtime.settings import load_settings

SECRET = "RECOGNISABLE plain words"


@pytest.fixture
def log(tmp_path: Path) -> Iterator[Path]:
    path = tmp_path / "log.jsonl"
    hooks = threading.excepthook
    hook = sys.excepthook
    open_log(load_settings(env_file=None, arxla_log=path, openai_api_key=SECRET))
    yield path
    for logger in (logging.getLogger(), EVENTS):
        for handler in [handler for handler in logger.handlers if handler.name == HANDLER]:
            logger.removeHandler(handler)
            handler.close()
    sys.excepthook, threading.excepthook, EVENTS.propagate = hook, hooks, True


def lines(path: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in path.read_text().splitlines()]


def test_an_event_is_a_line_with_its_run(log: Path) -> None:
    log_event("wine-1", {"kind": "stage", "name": "code", "state": "start", "note": ""})
    log_event(None, {"kind": "warning", "text": f"no é: {SECRET}"})
    stage, warning = lines(log)
    assert (stage["run_id"], stage["level"], stage["message"]) == ("wine-1", "info", "stage code start")
    assert stage["details"] == {"name": "code", "state": "start", "note": ""}
    assert (warning["level"], warning["message"], warning["run_id"]) == ("warning", "no é: ********", None)
    assert stage["time"].endswith("+00:00")


def test_an_exception_is_told_without_secrets(log: Path) -> None:
    try:
        raise ValueError(f"the header was Bearer abcdefgh12345 and {SECRET}")
    except ValueError:
        logging.getLogger("somebody.else").exception("it broke with %s", SECRET, extra={"url": "http://me:word@host"})
    (line,) = lines(log)
    assert line["message"] == "it broke with ********" and line["url"] == "http://********@host"
    assert "ValueError: the header was Bearer ******** and ********" in line["exception"]
    assert "RECOGNISABLE" not in log.read_text()


def test_a_threads_lines_name_run_and_stage(log: Path) -> None:
    context = contextvars.copy_context()
    context.run(log_as, "wine-1", "tune")
    thread = threading.Thread(target=context.run, args=(LOGGER.info, "hello"))
    thread.start()
    thread.join()
    LOGGER.info("outside")
    inside, outside = lines(log)
    assert (inside["run_id"], inside["stage"]) == ("wine-1", "tune")
    assert "stage" not in outside


def test_an_uncaught_exception_of_a_thread_is_logged(log: Path, capsys: pytest.CaptureFixture[str]) -> None:
    def fail() -> None:
        raise RuntimeError("a bug")

    thread = threading.Thread(target=fail, name="worker")
    args = threading.ExceptHookArgs((RuntimeError, RuntimeError("a bug"), None, thread))
    threading.excepthook(args)
    (line,) = lines(log)
    assert (line["level"], line["message"]) == ("critical", "uncaught exception in thread worker")
    assert "RuntimeError: a bug" in line["exception"] and "a bug" in capsys.readouterr().err


def test_structured_messages_keep_their_fields(log: Path) -> None:
    logging.getLogger("server").warning({"event": "queue is full", "level": "warning", "waiting": 3})
    (line,) = lines(log)
    assert (line["message"], line["waiting"], line["logger"]) == ("queue is full", 3, "server")


def test_events_stay_off_other_handlers(log: Path) -> None:
    heard: list[logging.LogRecord] = []
    console = logging.Handler()
    console.emit = heard.append  # type: ignore[method-assign]
    logging.getLogger().addHandler(console)
    log_event("wine-1", {"kind": "epoch", "epoch": 1, "epochs": 2})
    logging.getLogger().removeHandler(console)
    assert lines(log)[0]["message"] == "epoch 1" and not heard


def test_a_log_that_was_moved_away_is_begun_anew(log: Path) -> None:
    LOGGER.info("one")
    log.rename(log.with_suffix(".old"))
    LOGGER.info("two")
    assert [line["message"] for line in lines(log)] == ["two"]


def test_a_place_that_cannot_be_written_is_named(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"ARXLA_LOG=.*missing.* can't be written: No such file or directory"):
        open_log(load_settings(env_file=None, arxla_log=tmp_path / "missing" / "log"))


@pytest.fixture
def told() -> list[str]:
    return []


def test_a_full_disk_is_told_once_and_fails_nothing(
    log: Path, told: list[str], capfd: pytest.CaptureFixture[str]
) -> None:
    open_log(load_settings(env_file=None, arxla_log="/dev/full"), told.append)
    for number in range(3):
        LOGGER.info("line %d", number)
    open_log(load_settings(env_file=None, arxla_log=log))
    assert told == ["The log /dev/full is incomplete, a line could not be written: No space left on device."]
    assert capfd.readouterr() == ("", "")


@pytest.mark.usefixtures("log")
def test_a_folder_that_goes_away_is_told_once_and_fails_nothing(tmp_path: Path, told: list[str]) -> None:
    place = tmp_path / "gone" / "log"
    place.parent.mkdir()
    open_log(load_settings(env_file=None, arxla_log=place), told.append)
    LOGGER.info("one")
    shutil.rmtree(place.parent)
    LOGGER.info("two")
    LOGGER.info("three")
    place.parent.mkdir()
    LOGGER.info("four")
    assert [line["message"] for line in lines(place)] == ["four"]
    assert len(told) == 1 and "No such file or directory" in told[0]


def test_every_line_is_strict_json(log: Path) -> None:
    details = {("a", 1): float("nan"), "many": {1}, "lines": "a\u2028b \ud800"}
    LOGGER.info("an epoch", extra={"details": details})
    (text,) = log.read_text().splitlines()
    line = json.loads(text, parse_constant=pytest.fail)
    assert line["details"] == {"('a', 1)": None, "many": "{1}", "lines": "a\u2028b \ud800"}


def test_a_secret_on_the_edge_of_the_longest_text_is_no_half_secret(log: Path) -> None:
    LOGGER.info("x" * (LONGEST_TEXT - 5) + SECRET)
    assert "RECOG" not in log.read_text()
