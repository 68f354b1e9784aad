"""Secrets out of nested values: what logs, traces and spans hand to others."""

import math
from collections.abc import Callable
from typing import Any

DEEPEST = 100


def masked(value: Any, mask: Callable[[str], str], depth: int = 0) -> Any:
    """A copy as strict JSON with every text, keys included, passed through `mask`.

    What lies too deep and what JSON has no form for becomes text; NaN and infinities become null.
    """
    if value is None or isinstance(value, bool | int):
        return value
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    if depth < DEEPEST and isinstance(value, dict):
        return {mask(str(key)): masked(item, mask, depth + 1) for key, item in value.items()}
    if depth < DEEPEST and isinstance(value, list | tuple):
        return [masked(item, mask, depth + 1) for item in value]
    return mask(str(value))
