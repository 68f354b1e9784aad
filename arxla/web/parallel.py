"""Tuning trials as parallel coordinates: an axis a hyperparameter that varied, then size and score."""

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from tools.report.axes import Tick
from tools.results.record import TrialRecord, TuningRecord

WIDTH, HEIGHT = 1040, 340
LEFT, RIGHT, TOP, BOTTOM = 58, 74, 46, 26
MOST_AXES = 12
MOST_TRIALS = 400
LOG_FROM = 30.0
"""An axis whose largest value is this many times its smallest is drawn on a log scale."""


@dataclass(frozen=True)
class Axis:
    name: str
    x: float
    ticks: list[Tick]


@dataclass(frozen=True)
class TrialLine:
    number: int
    """As people count, from 1."""
    kind: str
    """best, trial or cut."""
    path: str
    places: list[float | None]
    """Where it crosses each axis: 0 at the bottom, 1 at the top; None where it has no value."""
    label: str


@dataclass(frozen=True)
class ParallelPlot:
    axes: list[Axis]
    lines: list[TrialLine]
    alt: str


def parallel_plot(tuning: TuningRecord) -> ParallelPlot | None:
    """None when there are not two trials to compare."""
    trials = list(enumerate(tuning.trials, 1))[:MOST_TRIALS]
    if len(trials) < 2:
        return None
    columns: list[tuple[str, list[Any]]] = [
        (name, [trial.hyperparameters.get(name) for _, trial in trials]) for name in _varied(tuning.trials)
    ]
    columns += [("size, KB", [trial.model_kb for _, trial in trials]), ("score", [trial.score for _, trial in trials])]
    columns = [(name, values) for name, values in columns if any(value is not None for value in values)]
    if len(columns) < 2:
        return None
    gap = (WIDTH - LEFT - RIGHT) / (len(columns) - 1)
    axes, places = [], []
    for index, (name, values) in enumerate(columns):
        place, ticks = _scale(values)
        axes.append(Axis(name, round(LEFT + index * gap, 1), ticks))
        places.append([place(value) for value in values])
    lines = []
    for row, (number, trial) in enumerate(trials):
        own = [column[row] for column in places]
        kind = "best" if trial.index == tuning.best_index else "trial" if trial.state == "completed" else "cut"
        lines.append(TrialLine(number, kind, _path(axes, own), own, _label(number, trial)))
    lines.sort(key=lambda line: (line.kind == "best", line.kind == "trial"))  # what is drawn last is seen
    names = ", ".join(axis.name for axis in axes)
    return ParallelPlot(
        axes, lines, f"{len(lines)} trials as lines over {names}; the table below holds the same values."
    )


def _varied(trials: Sequence[TrialRecord]) -> list[str]:
    """Hyperparameters with more than one value, in the order of the search space."""
    names = dict.fromkeys(name for trial in trials for name in trial.hyperparameters)
    return [name for name in names if len({str(trial.hyperparameters.get(name)) for trial in trials}) > 1][:MOST_AXES]


def _scale(values: Sequence[Any]) -> tuple[Callable[[Any], float | None], list[Tick]]:
    """Where a value lies on its axis, 0 to 1, and the axis's labels."""
    known = [value for value in values if value is not None]
    numbers = [float(v) for v in known if isinstance(v, int | float) and not isinstance(v, bool) and math.isfinite(v)]
    if len(numbers) < len(known):
        kinds = sorted({str(value) for value in known})
        at = {kind: (index + 0.5) / len(kinds) for index, kind in enumerate(kinds)}
        return lambda value: None if value is None else at[str(value)], [
            Tick(_y(at[kind]), kind[:14]) for kind in kinds
        ]
    low, high = min(numbers), max(numbers)
    if high == low:
        return lambda value: None if value is None else 0.5, [Tick(_y(0.5), _number(low))]
    if low > 0 and high / low >= LOG_FROM:
        span = math.log(high / low)
        middle = math.sqrt(low * high)
        ticks = [Tick(_y(math.log(value / low) / span), _number(value)) for value in (low, middle, high)]
        return lambda value: None if value is None else round(math.log(float(value) / low) / span, 4), ticks
    marks = sorted(set(numbers)) if len(set(numbers)) <= 4 else [low, (low + high) / 2, high]
    ticks = [Tick(_y((value - low) / (high - low)), _number(value)) for value in marks]
    return lambda value: None if value is None else round((float(value) - low) / (high - low), 4), ticks


def _number(value: float) -> str:
    return f"{value:g}" if value == int(value) and abs(value) < 1e6 else f"{value:.3g}"


def _y(share: float) -> float:
    return round(HEIGHT - BOTTOM - share * (HEIGHT - TOP - BOTTOM), 1)


def _path(axes: Sequence[Axis], places: Sequence[float | None]) -> str:
    """An SVG path over the axes where the trial has a value."""
    points = [(axis.x, _y(place)) for axis, place in zip(axes, places, strict=True) if place is not None]
    return "M" + "L".join(f"{x} {y}" for x, y in points) if points else ""


def _label(number: int, trial: TrialRecord) -> str:
    score = f", score {trial.score:.4f}" if trial.score is not None else ""
    return f"trial {number}: {trial.state.replace('_', ' ')}{score}"
