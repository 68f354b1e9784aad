"""`arxla research` from the outside: output, exit codes, the file it keeps."""

import json
import signal
import subprocess
import sys
import time
from io import StringIO
from pathlib import Path

import pytest
import typer
from openai_server import OpenAIServer
from rich.console import Console
from scripted_server import Say
from typer.testing import CliRunner

from agents.contracts import LiteratureReview
from arxla.commands.research import research
from arxla.review_view import print_review
from runtime.errors import InputError, ModelUnavailable
from runtime.settings import ROLE_VARIABLES, TASK_VARIABLES, Settings


@pytest.fixture(autouse=True)
def _alone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in [*TASK_VARIABLES, *ROLE_VARIABLES, *(name.upper() for name in Settings.model_fields)]:
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("ARXLA_OFFLINE", "true")
    monkeypatch.setenv("ARXLA_MODEL_WAIT_S", "0.01")
    monkeypatch.chdir(tmp_path)


@pytest.fixture
def app() -> typer.Typer:
    made = typer.Typer()
    made.command("research")(research)
    return made


def run(app: typer.Typer, *args: str) -> tuple[int, str, BaseException | None]:
    result = CliRunner().invoke(app, list(args))
    return result.exit_code, result.stdout, result.exception


def kept() -> list[LiteratureReview]:
    return [
        LiteratureReview.model_validate_json(path.read_text()) for path in sorted(Path().glob("literature_reviews/*"))
    ]


def test_a_question_alone_is_reviewed_by_the_expert(app: typer.Typer) -> None:
    code, out, _ = run(app, "what suits ECG signals?")
    assert code == 0 and "1-D convolutional network" in out and "a search of index found nothing" in out
    assert kept()[0].query == "what suits ECG signals?" and kept()[0].searches


def test_a_dataset_is_profiled_and_its_name_may_stand_for_the_question(app: typer.Typer) -> None:
    for arguments in (["wine"], ["--dataset", "wine"], ["which network?", "--dataset", "wine", "--goal", "tiny"]):
        code, out, _ = run(app, *arguments, "--json", "--quiet")
        review = json.loads(out)
        assert code == 0 and "178 samples" in review["review_text"] and "wine tabular" in " ".join(review["searches"])
    assert len(kept()) == 3 and not list(Path().glob("results*"))


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ([], "Ask a question"),
        (["  "], "Ask a question"),
        (["--dataset", "no_such_data"], "no_such_data"),
        (["q", "--dataset", "digits", "--target-column", "x"], "column"),
        (["q", "--model", "gpt-5"], "provider:model"),
        (["q", "--max-minutes", "-1"], "max"),
        (["q", "--out", "a_file"], "a_file"),
        (["q", "--out", "a_file/below"], "another folder"),
        (["q", "--out", "/proc/nope"], "another folder"),
        (["paper.pdf"], "is a paper"),
        (["q" * 5000, "--out", "a_file"], "a_file"),
    ],
)
def test_bad_input_is_one_sentence(app: typer.Typer, arguments: list[str], words: str) -> None:
    Path("a_file").write_text("x")
    Path("paper.pdf").write_bytes(b"%PDF-1.7")
    _, _, error = run(app, *arguments)
    assert isinstance(error, InputError) and words in str(error) and kept() == []


def test_a_models_review_is_kept_or_its_failure_said(app: typer.Typer) -> None:
    answer = {"review_text": "CNNs work [1].", "recommended_approaches": ["a CNN"], "confidence": 0.9}
    with OpenAIServer(Say(json.dumps(answer)), *[Say("?")] * 3) as server:
        model = f"openai:m@{server.base_url}"
        code, out, _ = run(app, "ECG?", "--model", model, "--out", "mine")
        assert code == 0 and "own knowledge of openai:m" in out and "1 citation dropped" in out and "CNNs work." in out
        assert len(list(Path("mine").iterdir())) == 1
        code, out, _ = run(app, "ECG?", "--model", model)
        assert code == 1 and "no usable answer" in out and kept()[0].source.startswith("none: ")
    _, _, error = run(app, "ECG?", "--model", "openai:m@http://127.0.0.1:9/v1", "--max-minutes", "0.05")
    assert error is not None and not isinstance(error, InputError | KeyError)
    _, _, error = run(app, "ECG?", "--model", "openai:gpt-5")
    assert isinstance(error, ModelUnavailable) and "OPENAI_API_KEY" in str(error)


def test_hostile_words_can_not_steer_a_terminal() -> None:
    text = "\x1b[2Jgone\x07 [bold]x[/bold]\u202e"
    paper = {"number": text, "title": text, "authors": text, "url": text, "year": text, "relevance": text}
    review = LiteratureReview(
        query=text, review_text=f"{text}\n\n{text}", key_findings=[text], recommended_approaches=[text],
        recent_papers=[paper], source=text, searches=[text], dropped_citations=2,
    )  # fmt: skip
    for terminal in (False, True):
        shown = StringIO()
        print_review(review, Console(file=shown, force_terminal=terminal, no_color=True, width=60))
        assert "\x07" not in shown.getvalue() and "\x1b[2J" not in shown.getvalue() and "\u202e" not in shown.getvalue()
        assert "[bold]x[/bold]" in shown.getvalue() and "2 citations dropped" in shown.getvalue()


def test_ctrl_c_is_clean() -> None:
    with OpenAIServer(Say("{}", pace_s=20.0), streams=False) as server:
        command = [sys.executable, "-m", "arxla", "research", "ECG?", "--model", f"openai:m@{server.base_url}"]
        child = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        deadline = time.monotonic() + 60
        while not server.requests and time.monotonic() < deadline and child.poll() is None:
            time.sleep(0.05)
        child.send_signal(signal.SIGINT)
        out, err = child.communicate(timeout=20)
    assert child.returncode == 130 and "Traceback" not in err and out == "" and kept() == []
