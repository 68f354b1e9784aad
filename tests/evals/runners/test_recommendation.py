"""The recommendation suite: phrases of the table, papers where they are."""

import threading
from pathlib import Path

import pytest

from evals.contracts import CaseSkipped, Place
from evals.runners.recommendation import opened
from evals.scorers import recommendation as scorers
from evals.suites import load_suite
from runtime.settings import load_settings


def test_phrases_are_decided_and_absent_papers_skipped(tmp_path: Path) -> None:
    suite = load_suite("recommendation")
    assert sum("papers" in case.tags for case in suite.cases) == 8
    held_out = next(case for case in suite.cases if "held out" in case.tags)
    paper = next(case for case in suite.cases if "papers" in case.tags)
    with opened(Place(load_settings(env_file=None), tmp_path, threading.Event())) as run:
        output = run(held_out, 0, "expert")
        with pytest.raises(CaseSkipped, match="name the folder of the papers"):
            run(paper, 0, "expert")
        (tmp_path / paper.given["file"]).write_text("We train on Penn Treebank and WikiText-2.")
        text = paper.model_copy(update={"given": {"file": "beit.txt", "papers": str(tmp_path)}})
        (tmp_path / "beit.txt").write_text("# A\n\n## Abstract\n\nWe classify CIFAR-100.\n")
        assert run(text, 0, "expert")["recommended"] == "cifar100"
    assert scorers.right(held_out, output) == scorers.right_held_out(held_out, output) == 1.0
    assert scorers.right_by_patterns(held_out, output) in (0.0, 1.0)
