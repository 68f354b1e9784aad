"""Secrets out of nested values: what logs, traces and spans hand to others."""

from collections.abc import Callable
from typing import Any

DEEPEST = 100


def masked(value: Any, mask: Callable[[str], str], depth: int = 0) -> Any:
    """A copy of plain JSON with every text, keys included, passed through `mask`; what lies too deep becomes text."""
    if isinstance(value, str):
        return mask(value)
    if depth >= DEEPEST and isinstance(value, dict | list | tuple):
        return mask(str(value))
    if isinstance(value, dict):
        return {mask(str(key)): masked(item, mask, depth + 1) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [masked(item, mask, depth + 1) for item in value]
    return value
