"""What watches the runs of a process besides whoever started them: LangSmith, the log, OpenTelemetry."""

import threading
from contextlib import ExitStack

from runtime.events import Event
from runtime.observability.logs import LOGGER, log_event, open_log, tell_on_stderr
from runtime.observability.spans import open_spans
from runtime.observability.tracing import decide_tracing, end_tracing
from runtime.settings import Settings


class Observers:
    """Opened from the settings; `see` takes every event of every run, from any thread."""

    def __init__(self, settings: Settings) -> None:
        self._lock = threading.Lock()
        self._notices: list[str] = []
        self._closing = ExitStack()
        open_log(settings, self._notice)
        if settings.langsmith_tracing and settings.langsmith_api_key is None:
            self._notice("LANGSMITH_TRACING is on and LANGSMITH_API_KEY is not set: no traces are sent.")
        client = decide_tracing(settings, self._notice)
        if client is not None:
            self._closing.callback(end_tracing, client, self._notice)
        self._spans = open_spans(settings, self._notice)
        if self._spans is not None:
            self._closing.callback(self._spans.close)

    def see(self, run_id: str | None, event: Event) -> None:
        """Take in one event of a run, or of a request that has not become a run."""
        log_event(run_id, event)
        if self._spans is not None and run_id is not None:
            self._spans.see(run_id, event)

    def notices(self) -> list[str]:
        """What a user should know, once: a capability that is configured and does not work."""
        with self._lock:
            told, self._notices = self._notices, []
        return told

    def close(self) -> None:
        """Send what is still held back, for a bounded time, and tell what came of it."""
        self._closing.close()
        for notice in self.notices():
            LOGGER.warning("%s", notice)
            tell_on_stderr(notice)

    def _notice(self, text: str) -> None:
        with self._lock:
            self._notices.append(text)
