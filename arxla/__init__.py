"""The front door: the command, `import arxla`, the web page."""

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from arxla.api import resume, run

__all__ = ["resume", "run"]


def __getattr__(name: str) -> Any:
    """Load the graph only when it is used: `arxla --help` stays quick."""
    if name in __all__:
        from arxla import api

        return getattr(api, name)
    raise AttributeError(f"module 'arxla' has no attribute {name!r}")
