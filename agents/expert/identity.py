"""How the expert signs what it writes."""

from importlib.metadata import version
from typing import Any

GENERATED_BY = "expert (rule-based)"


def signature() -> dict[str, Any]:
    """The metadata that every artefact of the expert carries."""
    return {"generated_by": GENERATED_BY, "api_model": "none", "version": version("arxla")}
