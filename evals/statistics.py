"""Means and shares with 95 % confidence intervals."""

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

LEVEL = 0.95


@dataclass(frozen=True)
class Estimate:
    """A mean, or a share, over `n` values; no interval where one value or none says it."""

    mean: float
    n: int
    low: float | None = None
    high: float | None = None
    share: bool = False


def yes_or_no(values: Iterable[float]) -> bool:
    """Whether every value is 0 or 1, so that their mean is a share."""
    return all(value in (0.0, 1.0) for value in values)


def estimate(values: Sequence[float], share: bool = False) -> Estimate:
    """The mean of values: with Wilson's interval where it is a share, else with Student's t."""
    n = len(values)
    mean = math.fsum(values) / n
    if n < 2:
        return Estimate(mean, n, share=share)
    return Estimate(mean, n, *(_wilson(mean, n) if share else _student(values, mean)), share)


def over_cases(by_case: Mapping[str, Sequence[float]], share: bool = False) -> Estimate:
    """Of several cases with several seeds each. Seeds of one case are not independent: a case counts once.

    With a single case its seeds are counted.
    """
    if len(by_case) == 1:
        return estimate(next(iter(by_case.values())), share)
    return estimate([math.fsum(values) / len(values) for values in by_case.values()], share)


def _wilson(share: float, n: int) -> tuple[float, float]:
    """Wilson (1927); `share` need not be a whole number of `n`."""
    from scipy.stats import norm

    z = float(norm.ppf(0.5 + LEVEL / 2))
    middle = (share + z * z / (2 * n)) / (1 + z * z / n)
    half = z / (1 + z * z / n) * math.sqrt(share * (1 - share) / n + z * z / (4 * n * n))
    return max(0.0, middle - half), min(1.0, middle + half)


def _student(values: Sequence[float], mean: float) -> tuple[float, float]:
    from scipy.stats import t

    n = len(values)
    deviation = math.sqrt(math.fsum((value - mean) ** 2 for value in values) / (n - 1))
    half = float(t.ppf(0.5 + LEVEL / 2, n - 1)) * deviation / math.sqrt(n)
    return mean - half, mean + half
