"""Progress, as small dicts that a terminal, a server stream or a file can show."""

from collections.abc import Callable
from typing import Any

Event = dict[str, Any]
"""Always has `kind`: stage, chunk, epoch, trial, job, model_call, cost, finding, question, outcome, warning, note,
message.

The rest is plain JSON; the words of a warning, a note or a message (what a run says in its chat) are its `text`. A
`cost` holds the run's totals so far (calls, tokens, usd or None, model_seconds), a `question` what
`runtime.approval.Question` holds, an `outcome` the run's outcome and message, a `job` how a boxed job ended. Whoever
sends it on adds `time` (ISO 8601, UTC)."""
Emit = Callable[[Event], None]


def ignore_events(_event: Event) -> None:
    """An `Emit` for callers that show nothing."""
