"""Progress, as small dicts that a terminal, a server stream or a file can show."""

from collections.abc import Callable
from typing import Any

Event = dict[str, Any]
"""Always has `kind`: stage, chunk, epoch, trial, model_call, cost, finding, question, outcome, warning, note.

The rest is plain JSON; the words of a warning or a note are its `text`. A `cost` holds the run's totals so far (calls,
tokens, usd or None, model_seconds), a `question` what `runtime.approval.Question` holds, an `outcome` the run's outcome
and message."""
Emit = Callable[[Event], None]


def ignore_events(_event: Event) -> None:
    """An `Emit` for callers that show nothing."""
