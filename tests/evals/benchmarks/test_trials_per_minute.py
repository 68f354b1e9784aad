"""The benchmark compares like with like."""

import pytest

from evals.benchmarks.trials_per_minute import SPACE, WIDTHS, Figure, measure, points, table
from runtime.search_space import parse_search_space
from tools.datasets import prepare
from tools.execution.hyperparameters import repair


def test_every_way_gets_the_same_valid_points():
    drawn = points(20, 5)
    assert drawn == points(20, 5) and {point["hidden_size"] for point in drawn} == set(WIDTHS)
    for point in drawn:
        assert repair(point, parse_search_space(SPACE)) == (point, [])


@pytest.mark.box
def test_the_warm_box_and_a_fresh_process_train_the_same_model(tmp_path):
    data = prepare("digits", tmp_path / "data")
    values = points(1, 2)
    warm, fresh = (measure(way, "cpu", data, values, flags=False) for way in ("warm", "fresh"))
    assert warm.accuracy == pytest.approx(fresh.accuracy, abs=0.05) and fresh.accuracy > 0.3
    assert warm.per_minute > 0 and fresh.seconds > 0


def test_the_table_shows_a_missing_ratio_as_missing():
    text = table([Figure("xla", "warm", 1.0, 0.5, 60.0, 0.9), Figure("cpu", "fork", 1.0, 0.5, 60.0, 0.9, 12.0)], 1)
    assert "     -" in text and "12.0x" in text
