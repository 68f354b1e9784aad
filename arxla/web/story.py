"""Events as lines that a person reads."""

from collections.abc import Iterable

from arxla.progress import describe
from arxla.run_status import RunStatus, number
from runtime.events import Event


def event_lines(events: Iterable[Event]) -> list[tuple[str, str]]:
    """(kind, words) of the events that are worth a line."""
    teller = Teller()
    return [line for event in events if (line := teller.tell(event))]


class Teller:
    """Puts one run's events into words as they come; a stage says how long it took by its own account."""

    def __init__(self) -> None:
        self._status = RunStatus(begun=0.0)

    def tell(self, event: Event) -> tuple[str, str] | None:
        """(kind, words), or None for what is not worth a line."""
        self._status.apply(event, 0.0)
        words = describe(event, self._status, number(event.get("seconds")) or 0.0)
        return (str(event.get("kind", "")), words) if words else None
