"""`arxla brief` as a user meets it, with the expert."""

import json
import os
import re
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from rich.console import Console

from arxla.brief_view import print_brief
from tools.papers.brief import ArchitectureRow, Criterion, Hyperparameter, PaperBrief

PAPER = """# Prime Kernels for Time Series

## Abstract

We propose a block of 1-D convolutions for time series classification.

## 2 Method

The block consists of three convolutional layers. We use kernel sizes that are prime numbers from 1 to 89.
Every convolution is followed by batch normalization and ReLU.

## 3 Training

We train with Adam at a learning rate of 0.001 and a batch size of 16 for 100 epochs.
"""


def command(folder: Path, *arguments: str, **variables: str) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-m", "arxla", "brief", *arguments],
        cwd=folder,
        env={**os.environ, "PYTHONPATH": str(Path(__file__).parents[2]), "OMP_NUM_THREADS": "1", **variables},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )


def test_a_brief_is_printed_kept_and_written(tmp_path: Path) -> None:
    (tmp_path / "paper.md").write_text(PAPER)
    out, err = command(tmp_path, "paper.md", "--json", "--quiet", "--out", "brief.md").communicate(timeout=120)
    brief = PaperBrief.model_validate_json(out)
    assert brief.title == "Prime Kernels for Time Series" and brief.coverage == 1.0
    assert any(one.value == "0.001" for one in brief.hyperparameters) and brief.criteria
    assert "# Prime Kernels" in (tmp_path / "brief.md").read_text()
    kept = Path(re.search(r"kept in (\S+)", err)[1])  # type: ignore[index]
    assert json.loads(next((tmp_path / kept).glob("*_brief.json")).read_text())["title"] == brief.title
    assert not (tmp_path / "results").exists()


def test_bad_input_is_one_sentence_and_leaves_nothing(tmp_path: Path) -> None:
    (tmp_path / "empty.md").write_text("")
    for arguments in (["missing.pdf"], ["empty.md"], ["empty.md", "--out", "no/folder/x.md"], ["x", "--model", "nope"]):
        process = command(tmp_path, *arguments, "--quiet")
        out, err = process.communicate(timeout=120)
        assert process.returncode == 2 and out == "" and err.startswith("arxla: ") and err.count("\n") == 1, err
    assert sorted(path.name for path in tmp_path.iterdir() if path.name != "papers") == ["empty.md"]
    assert not list(tmp_path.glob("papers/briefs/*"))


def test_ctrl_c_ends_it_at_once(tmp_path: Path) -> None:
    (tmp_path / "paper.md").write_text(PAPER * 400)
    process = command(tmp_path, "paper.md", CHUNK_PROCESSING_DELAY="30", ARXLA_NUM_CHUNKS="5")
    end = time.monotonic() + 100
    while not list(tmp_path.glob("papers/briefs/*/paper-retrieval/chunks/*.json")):
        assert process.poll() is None and time.monotonic() < end, process.communicate()
        time.sleep(0.05)
    process.send_signal(signal.SIGINT)
    started = time.monotonic()
    _, err = process.communicate(timeout=30)
    assert process.returncode == 130 and "Interrupted" in err and "Traceback" not in err
    assert time.monotonic() - started < 10


BRIEF = PaperBrief(
    paper_id="p",
    title="A \x1b[31mtitle",
    method="It computes.\nIt trains.",
    architecture=[ArchitectureRow(component="conv", details="[bold]3 wide", chunk=1)],
    algorithm=["read"],
    equations=["y = $w$ x"],
    hyperparameters=[Hyperparameter(name="lr", value="0.1", chunk=2)],
    datasets=["UCR"],
    criteria=[Criterion(id="C1", text="uses\x07 conv", chunk=1, quotation="we use conv")],
    warnings=["one"],
)


@pytest.mark.parametrize("terminal", [True, False])
def test_a_brief_on_a_terminal_and_elsewhere_steers_nothing(terminal: bool, capsys: pytest.CaptureFixture[str]) -> None:
    console = Console(force_terminal=terminal, width=100, color_system=None, _environ={"TERM": "xterm"})
    print_brief(BRIEF, console)
    shown = capsys.readouterr().out
    assert "\x07" not in shown and "\x1b[31m" not in shown
    for said in ("It computes.", "conv", "[bold]3 wide", "lr", "UCR", "C1", "we use conv", "y = $w$ x", "one"):
        assert said in shown.replace("\\", "")  # which keeps markup from living in Markdown
