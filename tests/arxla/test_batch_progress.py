"""A batch's progress: plain lines, and a table that fits the terminal."""

import io

from rich.console import Console

from arxla.batch_progress import BatchProgress
from tools.results.batch import BatchEntry


def shown(progress: BatchProgress, height: int) -> list[str]:
    console = Console(file=io.StringIO(), width=60, height=height, force_terminal=True, color_system=None)
    progress._console = console
    console.print(progress._table())
    return console.file.getvalue().splitlines()  # type: ignore[attr-defined]


def test_papers_under_way_are_seen_on_a_low_terminal_and_the_rest_is_counted() -> None:
    progress = BatchProgress([BatchEntry(reference=f"paper-{n}") for n in range(40)], quiet=True)
    progress.show(0, {"kind": "stage", "name": "report", "state": "end"})
    progress.show(33, {"kind": "stage", "name": "tune", "state": "begin"})
    lines = shown(progress, height=10)
    assert lines[0].startswith("paper-33") and "tune" in lines[0]
    assert len(lines) == 9 and lines[-1].startswith("and 32 more")
    assert all(len(line) <= 60 for line in lines)


def test_a_sentence_about_the_batch_names_no_paper() -> None:
    file = io.StringIO()
    BatchProgress([BatchEntry(reference="paper")], file=file).say("stopping after Ctrl-C")
    assert file.getvalue() == "stopping after Ctrl-C\n"
