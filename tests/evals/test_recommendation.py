"""The labelled table of the dataset recommendation."""

import json

from evals.recommendation import TABLE, Case, cases, decide, report
from tools.recommend.recommendation import AVAILABLE


def test_the_table_is_answered_well_and_absent_papers_are_named(tmp_path):
    table = json.loads(TABLE.read_text(encoding="utf-8"))
    found = list(cases(table, None, tmp_path))
    results = [decide(one) for one in found if isinstance(one, Case)]
    assert len(results) == len(table["phrases"]) >= 40
    assert sum(one.right(1) for one in results) >= 0.9 * len(results)
    skipped = [one for one in found if isinstance(one, str)]
    assert len(skipped) == 8
    assert "give the folder" in skipped[0]
    lines = list(report(results, details=True))
    assert lines[2].startswith("papers") and "none" in lines[2]


def test_labels_name_what_can_be_had():
    table = json.loads(TABLE.read_text(encoding="utf-8"))
    kinds = {f"synthetic:{kind}" for kind in ("sequence", "tabular", "regression", "image", "tokens")}
    for line in (*table["phrases"], *table["papers"]):
        assert set(line["accept"]) <= {*AVAILABLE, *kinds}
