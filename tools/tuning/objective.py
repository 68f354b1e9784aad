"""What a study maximises: the validation score less what the model's size costs."""

import math

SIZE_SLOPE = 0.005
"""Cost of a model that just meets the limit: half a point of accuracy, so that the smaller of two equals wins."""
OVER_COST = 1.0
"""Cost of a model of twice the limit or more, as much as a classifier's whole accuracy."""


def size_penalty(size_kb: float | None, limit_kb: float | None) -> float:
    """What a model of `size_kb` costs: slope x size / limit up to the limit, and above it `over_cost` more.

    An unknown size costs nothing. The limit is kept besides: only models that meet it can be the best.
    """
    if size_kb is None or limit_kb is None:
        return 0.0
    return SIZE_SLOPE * min(size_kb / limit_kb, 1.0) + over_cost(size_kb, limit_kb)


def over_cost(size_kb: float | None, limit_kb: float | None) -> float:
    """log2(size / limit) above the limit, at most `OVER_COST`: continuous and bounded, so that no model is an outlier.

    Tuners that model the limit as a constraint are told the objective without this cliff.
    """
    if size_kb is None or limit_kb is None or size_kb <= limit_kb:
        return 0.0
    return min(OVER_COST, log_ratio(size_kb, limit_kb))


def meets_limit(size_kb: float | None, limit_kb: float | None) -> bool:
    """Whether a model may be chosen; one of unknown size may not when there is a limit."""
    return limit_kb is None or (size_kb is not None and size_kb <= limit_kb)


def log_ratio(size_kb: float, limit_kb: float) -> float:
    """Doublings above the limit, negative below it: smooth in the layer widths, so easier to model than KB."""
    return math.log2(max(size_kb, 1e-3) / limit_kb)
