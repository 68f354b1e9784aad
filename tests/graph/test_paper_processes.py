"""Paper runs in processes of their own: killed in the middle of the map, and with a text of 18 million characters."""

import json
import os
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).parents[2]


def child(folder: Path, paper: Path, *options: str) -> tuple[int, dict[str, Any]]:
    done = subprocess.run(
        [sys.executable, "-m", "tests.graph.paper_child", str(folder), str(paper), *options],
        cwd=folder,
        env={**os.environ, "PYTHONPATH": str(ROOT), "OMP_NUM_THREADS": "1", "LANGGRAPH_STRICT_MSGPACK": "true"},
        capture_output=True,
        text=True,
        timeout=200,
        check=False,
    )
    assert done.returncode in (0, -signal.SIGKILL), done.stderr
    return done.returncode, json.loads(done.stdout) if done.returncode == 0 else {}


def write_paper(path: Path, characters: int, section: int = 900) -> Path:
    """Sections of about `section` characters, every sentence another one."""
    with path.open("w") as file:
        file.write("# A Long Paper\n\n")
        written, number = 0, 0
        while written < characters:
            number += 1
            text = f"## {number} Section {number}\n\n"
            while len(text) < section:
                text += f"Section {number} sets the width of block {number * 31 + len(text)} to {len(text)} units. "
            written += file.write(text + "\n\n")
    return path


def test_chunks_that_were_read_before_kill_9_are_not_read_again(tmp_path: Path) -> None:
    paper = write_paper(tmp_path / "long.md", 20_000)
    code, _ = child(tmp_path, paper, "--kill-at", "15", "--workers", "1")
    assert code == -signal.SIGKILL
    on_disk = len(list((tmp_path / "results").glob("*/paper-retrieval/chunks/*.json")))
    assert on_disk == 14
    code, found = child(tmp_path, paper, "--workers", "1")
    assert code == 0 and found["message"].endswith("the end of this test"), found
    of = len(found["read"])
    assert found["read"] == list(range(1, of + 1)) and of > 20
    # The checkpoint may be some chunks behind; the disk is not.
    assert sorted(found["asked"]) == list(range(15, of + 1))
    assert found["stages"] == ["intake", "retrieve", "summarize", "brief", "report"]


@pytest.mark.timeout(300)
def test_eighteen_million_characters_take_little_memory(tmp_path: Path) -> None:
    paper = write_paper(tmp_path / "very-long.md", 18_000_000, section=9_000)
    code, found = child(tmp_path, paper, "--chunk-characters", "60000", "--workers", "32")
    assert code == 0 and len(found["read"]) >= 300
    assert found["extra_mb"] < 500, found["extra_mb"]
    print(f"18 M characters: {found['extra_mb']} MB beyond the imports")
