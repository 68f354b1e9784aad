import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tools.report import plots, wording
from tools.report.axes import HEIGHT, WIDTH, across, round_ticks, upwards
from tools.report.listing import highlight
from tools.results.record import TrialRecord, TuningRecord
from tools.review.finding import Finding, Severity

NUMBERS = st.floats(allow_nan=False, allow_infinity=False, min_value=-1e12, max_value=1e12)


@given(st.lists(NUMBERS, max_size=30))
def test_every_value_and_tick_falls_inside_the_drawing(values):
    x, x_ticks = across(values)
    y, y_ticks = upwards(values)
    assert 2 <= len(x_ticks) <= 12 and 2 <= len(y_ticks) <= 12
    assert all(0 <= x(value) <= WIDTH and 0 <= y(value) <= HEIGHT for value in values)
    assert all(0 <= tick.at <= WIDTH for tick in x_ticks)


def test_ticks_are_round():
    assert round_ticks(0.0, 2.13) == pytest.approx([0, 0.5, 1, 1.5, 2, 2.5])
    assert [tick.label for tick in across([0.913, 0.968])[1]] == [
        "0.91",
        "0.92",
        "0.93",
        "0.94",
        "0.95",
        "0.96",
        "0.97",
    ]
    assert [tick.label for tick in across([1.0, 3.0], whole=True)[1]] == ["1", "2", "3"]


def test_a_nan_breaks_the_line_and_is_marked():
    plot = plots.curves("Loss", "loss", {"training loss": [2.0, math.nan, 1.0, 0.5]})
    assert plot.lines[0].path.count("M") == 2 and plot.lines[0].path.count("L") == 1
    assert [dot.label for dot in plot.dots if dot.kind == "lost"] == ["training loss, epoch 2: not a number"]
    assert plots.curves("Loss", "loss", {"training loss": [math.nan]}) is None


def trial(index, objective, state="completed"):
    return TrialRecord(
        index=index, hyperparameters={}, state=state, score=objective, objective=objective, model_kb=10.0
    )


def test_the_best_so_far_only_rises_and_counts_completed_trials():
    tuning = TuningRecord(
        tuner="ax",
        trials=[trial(1, 0.5), trial(2, 0.9, "stopped_early"), trial(3, 0.4), trial(4, 0.7), trial(5, None, "failed")],
        best_index=4,
    )
    plot = plots.tuning_trace(tuning)
    heights = [float(piece.split(" ")[1]) for piece in plot.lines[0].path.replace("M", "L").split("L")[1:]]
    assert heights == sorted(heights, reverse=True)
    assert [dot.kind for dot in plot.dots] == ["trial", "cut", "trial", "best", "lost"]
    assert plots.tuning_trace(TuningRecord(tuner="ax")) is None


def test_the_limit_is_drawn_only_where_it_is_near():
    tuning = TuningRecord(tuner="ax", trials=[trial(1, 0.5)], best_index=1)
    assert plots.size_against_score(tuning, "accuracy", 12.0, None).lines[0].kind == "limit"
    assert plots.size_against_score(tuning, "accuracy", 256.0, None).lines == []
    assert plots.size_against_score(None, "accuracy", 256.0, None) is None


def test_lines_keep_every_character_and_marks_find_theirs():
    text = 'def f(x):\n\t"""two\nlines"""\n    return x  # é <b>\n'
    finding = Finding(rule="X1", severity=Severity.ERROR, message="m", line=4, column=1)
    lines = highlight(text, [finding, finding.model_copy(update={"line": 99})])
    assert "\n".join("".join(part for _, part in line.pieces) for line in lines) + "\n" == text
    assert [len(line.marks) for line in lines] == [0, 0, 0, 1]
    assert ("kw", "def") in lines[0].pieces


@pytest.mark.parametrize(
    ("said", "meant"),
    [
        (wording.duration(0.04), "0.0 s"),
        (wording.duration(59.6), "1 min 0 s"),
        (wording.duration(7300), "2 h 1 min"),
        (wording.kilobytes(41.25), "41.2 KB"),
        (wording.kilobytes(2048), "2.0 MB"),
        (wording.money(None), "unknown"),
        (wording.money(0.0312), "$0.0312"),
        (wording.score_text("perplexity", -31.44), "31.4"),
        (wording.score_text("r2", -0.0001), "0.000"),
    ],
)
def test_words_for_numbers(said, meant):
    assert said == meant
