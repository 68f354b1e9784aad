"""JSON, SARIF, text and the generated reference."""

import json

import pytest

from runtime.errors import InputError
from tools.review import render, review_code, summary, to_json, to_sarif
from tools.review.examples import scaffold
from tools.review.reference import explain, listing
from tools.review.rules import RULES

SOURCE = scaffold("end", "return model, metrics").replace("            torch_xla.sync()\n", "")


def test_text_shows_place_line_caret_reason_and_help() -> None:
    found = review_code(SOURCE)
    text = render(found, SOURCE, "a.py")
    line = SOURCE.splitlines().index("            optimizer.step()") + 1
    assert f"a.py:{line}:13: XLA001 error: `optimizer.step`" in text
    assert f"{line} |             optimizer.step()\n" in text
    assert " |             ^^^^^^^^^^^^^^^^\n" in text
    assert "= why: " in text and "--fix" in text and summary(found) == "Found 1 error; 1 can be mended with --fix."
    assert render([], "") == "" and summary([]) == "No findings."


def test_json_carries_every_field() -> None:
    (item,) = json.loads(to_json(review_code(SOURCE), "a.py"))
    assert item["file"] == "a.py" and item["rule"] == "XLA001" and item["severity"] == "error" and item["fixable"]


def test_sarif_is_a_log_of_one_run() -> None:
    log = json.loads(to_sarif(review_code(SOURCE), "a.py"))
    (run,) = log["runs"]
    (result,) = run["results"]
    assert log["version"] == "2.1.0"
    assert run["tool"]["driver"]["rules"][result["ruleIndex"]]["id"] == result["ruleId"] == "XLA001"
    region = result["locations"][0]["physicalLocation"]["region"]
    assert region["startLine"] >= 1 and region["endColumn"] > region["startColumn"]


def test_every_rule_is_listed_and_explained() -> None:
    assert len(listing().splitlines()) == len(RULES)
    assert all(rule.why in explain(rule.id) for rule in RULES)
    with pytest.raises(InputError, match="No rule is called XLA999"):
        explain("XLA999")
