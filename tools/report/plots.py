"""What each chart of the report shows, as geometry; the templates draw it."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from tools.report.axes import BOTTOM, HEIGHT, TOP, Scale, Tick, across, finite, upwards
from tools.report.wording import kilobytes, score_text
from tools.results.record import Measurement, ModelSize, TrialRecord, TuningRecord

ONE_BY_ONE = 40
"""Curves with more epochs than this are drawn without a dot an epoch."""


@dataclass(frozen=True)
class Dot:
    x: float
    y: float
    kind: str
    """The CSS class that colours it."""
    label: str
    """Its tooltip."""


@dataclass(frozen=True)
class Line:
    name: str
    path: str
    """The `d` of an SVG path."""
    kind: str


@dataclass(frozen=True)
class Plot:
    title: str
    x_label: str
    y_label: str
    alt: str
    """What a reader who can't see it should know."""
    x_ticks: list[Tick]
    y_ticks: list[Tick]
    lines: list[Line] = field(default_factory=list)
    dots: list[Dot] = field(default_factory=list)
    legend: list[tuple[str, str]] = field(default_factory=list)
    """(CSS class, name) pairs."""


def curves(title: str, y_label: str, series: Mapping[str, Sequence[float]]) -> Plot | None:
    """Values by epoch, one line a series; None when there is nothing to draw. A NaN breaks its line."""
    drawn = {name: list(values) for name, values in series.items() if finite(values)}
    if not drawn:
        return None
    x, x_ticks = across([1.0, float(max(map(len, drawn.values())))], whole=True)
    y, y_ticks = upwards(finite(value for values in drawn.values() for value in values))
    kinds = {name: f"series-{index % 5 + 1}" for index, name in enumerate(drawn)}
    lines = [Line(name, _path(list(enumerate(values, 1)), x, y), kinds[name]) for name, values in drawn.items()]
    dots = [
        Dot(x(epoch), y(value), kinds[name], f"{name}, epoch {epoch}: {value:.4g}")
        for name, values in drawn.items()
        for epoch, value in enumerate(values, 1)
        if math.isfinite(value) and len(values) <= ONE_BY_ONE
    ]
    lost = [
        Dot(x(epoch), HEIGHT - BOTTOM, "lost", f"{name}, epoch {epoch}: not a number")
        for name, values in drawn.items()
        for epoch, value in enumerate(values, 1)
        if not math.isfinite(value)
    ]
    ends = ", ".join(f"{name} from {finite(v)[0]:.4g} to {finite(v)[-1]:.4g}" for name, v in drawn.items())
    alt = f"{title} by epoch: {ends}{'; some values are not a number' if lost else ''}."
    legend = [(kinds[name], name) for name in drawn] + ([("lost", "not a number")] if lost else [])
    return Plot(title, "epoch", y_label, alt, x_ticks, y_ticks, lines, dots + lost, legend)


def tuning_trace(tuning: TuningRecord) -> Plot | None:
    """Objective by trial, with the best so far as a staircase."""
    numbered = list(enumerate(tuning.trials, 1))
    tried = [(number, trial) for number, trial in numbered if finite([_objective(trial)])]
    if not tried:
        return None
    x, x_ticks = across([1.0, float(len(numbered))], whole=True)
    y, y_ticks = upwards(finite(_objective(trial) for _, trial in tried))
    best = -math.inf
    stairs: list[tuple[float, float]] = []
    for number, trial in tried:
        value = _objective(trial) or 0.0
        if value > best and trial.state == "completed":
            stairs += [(float(number), best)] if stairs else []
            stairs.append((float(number), value))
            best = value
    if stairs:
        stairs.append((float(len(numbered)), best))
    dots = [Dot(x(n), y(_objective(t) or 0.0), _kind(t, tuning), _tooltip(n, t)) for n, t in tried]
    lost = [Dot(x(n), HEIGHT - BOTTOM, "lost", _tooltip(n, t)) for n, t in numbered if not finite([_objective(t)])]
    alt = f"Objective of {len(tried)} of {len(tuning.trials)} trials; the best reached {best:.4g}."
    legend = [("trial", "trial"), ("best", "best")]
    legend += [("cut", "stopped early")] if any(dot.kind == "cut" for dot in dots) else []
    legend += [("lost", "failed")] if lost else []
    lines = [Line("best so far", _path(stairs, x, y), "series-3")] if stairs else []
    return Plot("Score by trial", "trial", "score − size penalty", alt, x_ticks, y_ticks, lines, dots + lost, legend)


def size_against_score(
    tuning: TuningRecord | None, metric: str, limit_kb: float, final: tuple[Measurement, ModelSize] | None
) -> Plot | None:
    """Each trial's validation score against its size, the limit, and the final model's test score."""
    numbered = list(enumerate(tuning.trials if tuning else [], 1))
    trials = [(n, t) for n, t in numbered if finite([t.score]) and finite([t.model_kb])]
    points = [(float(t.model_kb or 0.0), float(t.score or 0.0), _kind(t, tuning), _tooltip(n, t)) for n, t in trials]
    if final:
        test, size = final
        label = f"final model, test rows: {score_text(test.metric, test.score)} at {kilobytes(size.real_kb)}"
        points.append((size.real_kb, test.score, "final", label))
    if not points:
        return None
    sizes = [point[0] for point in points]
    near = limit_kb <= 4 * max(sizes)
    x, x_ticks = across([0.0, *sizes, *([limit_kb] if near else [])])
    y, y_ticks = upwards(finite(point[1] for point in points))
    lines = [Line("size limit", f"M{x(limit_kb)} {TOP}V{HEIGHT - BOTTOM}", "limit")] if near else []
    legend = [("trial", "trial (validation)"), ("best", "best trial")] if trials else []
    legend += [("final", "final model (test)")] if final else []
    legend += [("limit", f"limit {kilobytes(limit_kb)}")] if near else []
    alt = f"{len(points)} models between {min(sizes):.1f} and {max(sizes):.1f} KB; the limit is {limit_kb:g} KB."
    dots = [Dot(x(size), y(score), kind, label) for size, score, kind, label in points]
    return Plot("Score against size", "model size, KB", metric, alt, x_ticks, y_ticks, lines, dots, legend)


def residuals(pairs: Sequence[tuple[float, float]]) -> Plot | None:
    """Predicted against true values, with the line of perfect predictions."""
    shown = [(true, guess) for true, guess in pairs if math.isfinite(true) and math.isfinite(guess)]
    if not shown:
        return None
    values = [value for pair in shown for value in pair]
    x, x_ticks = across(values)
    y, y_ticks = upwards(values)
    low, high = x.low, x.high
    diagonal = Line("perfect", f"M{x(low)} {y(low)}L{x(high)} {y(high)}", "limit")
    dots = [Dot(x(true), y(guess), "trial", f"true {true:.4g}, predicted {guess:.4g}") for true, guess in shown]
    mean = sum(abs(true - guess) for true, guess in shown) / len(shown)
    alt = f"{len(shown)} test rows; predictions are off by {mean:.4g} on average."
    legend = [("trial", "test row"), ("limit", "perfect prediction")]
    return Plot("Predicted against true", "true value", "predicted", alt, x_ticks, y_ticks, [diagonal], dots, legend)


def _path(points: Sequence[tuple[float, float]], x: Scale, y: Scale) -> str:
    """An SVG path; a value that is not finite starts a new piece."""
    pieces, pen = [], "M"
    for at, value in points:
        if not math.isfinite(value):
            pen = "M"
            continue
        pieces.append(f"{pen}{x(at)} {y(value)}")
        pen = "L"
    return "".join(pieces)


def _objective(trial: TrialRecord) -> float | None:
    return trial.objective if trial.objective is not None else trial.score


def _kind(trial: TrialRecord, tuning: TuningRecord | None) -> str:
    if tuning and trial.index == tuning.best_index:
        return "best"
    return "trial" if trial.state == "completed" else "cut"


def _tooltip(number: int, trial: TrialRecord) -> str:
    parts = [f"trial {number}: {trial.state.replace('_', ' ')}"]
    parts += [f"score {trial.score:.4f}"] if trial.score is not None else []
    parts += [kilobytes(trial.model_kb)] if trial.model_kb is not None else []
    parts += [
        f"{name}={value:.4g}" if isinstance(value, float) else f"{name}={value}"
        for name, value in trial.hyperparameters.items()
    ]
    return ", ".join(parts) + (f" ({trial.reason})" if trial.reason else "")
