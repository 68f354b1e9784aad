"""From numbers to places on a drawing: scales and round ticks. Pure functions, in the units of the SVG's view box."""

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

WIDTH, HEIGHT = 560, 300
LEFT, RIGHT, TOP, BOTTOM = 62, 18, 14, 46
"""Margins for the labels of the axes."""


@dataclass(frozen=True)
class Tick:
    at: float
    label: str


@dataclass(frozen=True)
class Scale:
    """A linear map of [low, high] onto [start, end]; values outside are moved to the nearer end."""

    low: float
    high: float
    start: float
    end: float

    def __call__(self, value: float) -> float:
        share = (min(max(value, self.low), self.high) - self.low) / (self.high - self.low)
        return round(self.start + share * (self.end - self.start), 1)


def finite(values: Iterable[float | None]) -> list[float]:
    """The values that can be drawn."""
    return [value for value in values if value is not None and math.isfinite(value)]


def round_ticks(low: float, high: float, about: int = 5) -> list[float]:
    """Round numbers 1, 2 or 5 times a power of ten apart that cover [low, high] (Heckbert, "Nice numbers", 1990)."""
    step = 10.0 ** math.floor(math.log10((high - low) / about))
    step *= min((1, 2, 5, 10), key=lambda factor: abs((high - low) / (step * factor) - about))
    first = math.floor(low / step + 1e-9)
    last = math.ceil(high / step - 1e-9)
    return [index * step for index in range(first, last + 1)]


def axis(values: Sequence[float], start: float, end: float, whole: bool = False) -> tuple[Scale, list[Tick]]:
    """A scale over all values with its ticks; a single value, or none, gets room on both sides."""
    low, high = (min(values), max(values)) if values else (0.0, 1.0)
    if not high - low > 1e-9 * max(abs(low), abs(high), 1e-12):
        margin = abs(low) * 0.1 or 1.0
        low, high = low - margin, high + margin
    ticks = round_ticks(low, high)
    if whole:
        ticks = sorted({float(round(tick)) for tick in ticks if low - 0.5 <= tick <= high + 0.5}) or [low, high]
        ticks = [tick for tick in ticks if low <= tick <= high]
        scale = Scale(low, high, start, end)
    else:
        scale = Scale(ticks[0], ticks[-1], start, end)
    gap = ticks[1] - ticks[0] if len(ticks) > 1 else 1.0
    return scale, [Tick(scale(tick), tick_label(tick, gap)) for tick in ticks]


def across(values: Sequence[float], whole: bool = False) -> tuple[Scale, list[Tick]]:
    """The horizontal axis."""
    return axis(values, LEFT, WIDTH - RIGHT, whole)


def upwards(values: Sequence[float]) -> tuple[Scale, list[Tick]]:
    """The vertical axis; SVG counts downwards."""
    return axis(values, HEIGHT - BOTTOM, TOP)


def tick_label(value: float, gap: float) -> str:
    """A tick with just the decimals that its distance to the next one needs."""
    if value and not 1e-4 <= abs(value) < 1e6:
        return f"{value:.3g}"
    decimals = max(0, -math.floor(math.log10(gap) + 1e-9))
    return f"{value:,.{decimals}f}"
