"""The log of the process as JSON lines, secrets masked: `ARXLA_LOG=FILE`, or `-` for standard error."""

import contextlib
import json
import logging
import sys
import threading
from collections.abc import Callable, Mapping
from contextvars import ContextVar
from datetime import UTC, datetime
from logging.handlers import WatchedFileHandler
from types import TracebackType
from typing import Any

from runtime.errors import InputError
from runtime.events import Event
from runtime.observability.masking import masked
from runtime.settings import Settings

LOGGER = logging.getLogger("arxla")
LOGGER.addHandler(logging.NullHandler())  # without a log nothing is printed twice
EVENTS = logging.getLogger("arxla.events")
STANDARD_ERROR = "-"
LONGEST_TEXT = 20_000
"""Characters of one text; what reads logs has its own limits."""
HANDLER = "arxla's log"
_PLACE: ContextVar[Mapping[str, str] | None] = ContextVar("place", default=None)
_PLAIN = frozenset(logging.makeLogRecord({}).__dict__) | {"message", "asctime", "taskName", "color_message"}


def log_as(run_id: str, stage: str) -> None:
    """Whatever this task, and threads with a copy of its context, log from now on names the run and the stage."""
    _PLACE.set({"run_id": run_id, "stage": stage})


class JsonLines(logging.Formatter):
    """One object a record: time (ISO 8601, UTC), level, logger, message, run_id, stage, and what `extra` held."""

    def __init__(self, mask: Callable[[str], str]) -> None:
        super().__init__()
        self._mask = mask

    def format(self, record: logging.LogRecord) -> str:
        # structlog, which LangGraph's server uses, hands its fields over as the message.
        fields = dict(record.msg) if isinstance(record.msg, Mapping) else {"event": record.getMessage()}
        line: dict[str, Any] = {
            "time": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname.lower(),
            "logger": record.name,
            "message": fields.pop("event", ""),
            **(_PLACE.get() or {}),
        }
        extra = {name: value for name, value in record.__dict__.items() if name not in _PLAIN and name[0] != "_"}
        line |= {name: value for name, value in (fields | extra).items() if name not in ("level", "logger")}
        if record.exc_info:
            line["exception"] = self.formatException(record.exc_info)
        return json.dumps(masked(line, lambda text: self._mask(text)[:LONGEST_TEXT]))


class LogFile(WatchedFileHandler):
    """Tells once when a line can't be written, and goes on: whoever logs must not fail for it."""

    def __init__(self, place: str, notice: Callable[[str], None]) -> None:
        super().__init__(place, encoding="utf-8")
        self._notice, self._told = notice, False

    def emit(self, record: logging.LogRecord) -> None:
        """Add a line, to a new file when the old one was moved away or removed."""
        try:
            super().emit(record)
        except OSError:  # the folder is gone, which the base class lets through
            self.handleError(record)

    def handleError(self, record: logging.LogRecord) -> None:  # noqa: N802, ARG002  logging's own name
        if not self._told:
            self._told = True
            fault = sys.exception()
            reason = (fault.strerror if isinstance(fault, OSError) else None) or type(fault).__name__
            self._notice(f"The log {self.baseFilename} is incomplete, a line could not be written: {reason}.")

    def close(self) -> None:
        """Without what a full disk did not take."""
        with contextlib.suppress(OSError):
            super().close()


def tell_on_stderr(text: str) -> None:
    """A notice, where no run is there to hold it."""
    print(f"arxla: {text}", file=sys.stderr)


def open_log(settings: Settings, notice: Callable[[str], None] = tell_on_stderr) -> None:
    """Begin the log that the settings name, in the place of an earlier one; without a name everything stays as it is.

    What libraries log goes there too, at their own levels, and so does an exception that nobody caught. `notice` is
    told, once and from any thread, when it could not be written later. Raises `InputError` when it can't be now.
    """
    if settings.arxla_log is None:
        return
    root = logging.getLogger()
    handler = _handler(str(settings.arxla_log), notice)
    handler.set_name(HANDLER)
    handler.setFormatter(JsonLines(settings.mask_secrets))
    for logger in (root, EVENTS):
        for old in [old for old in logger.handlers if old.name == HANDLER]:
            logger.removeHandler(old)
            old.close()
        logger.addHandler(handler)
    LOGGER.setLevel(logging.INFO)
    EVENTS.propagate = False  # a server's own console is not for every epoch of every run
    sys.excepthook = _log_uncaught
    threading.excepthook = _log_uncaught_in_thread


def log_event(run_id: str | None, event: Event) -> None:
    """An event of a run as a line of the log: a warning as one, everything else as information."""
    if not EVENTS.handlers:
        return
    kind = str(event.get("kind"))
    said = event.get("text") or event.get("message") or " ".join(
        str(event[name]) for name in ("kind", "name", "state", "index", "epoch") if name in event
    )  # fmt: skip
    fields = {name: value for name, value in event.items() if name not in ("text", "message", "time", "kind")}
    level = logging.WARNING if kind == "warning" else logging.INFO
    EVENTS.log(level, "%s", said, extra={"run_id": run_id, "kind": kind, "details": fields})


def _handler(place: str, notice: Callable[[str], None]) -> logging.Handler:
    if place == STANDARD_ERROR:
        return logging.StreamHandler(sys.stderr)
    try:
        return LogFile(place, notice)
    except OSError as error:
        raise InputError(f"ARXLA_LOG={place!r} can't be written: {error.strerror}; name a file, or -.") from error


def _log_uncaught(kind: type[BaseException], error: BaseException, trace: TracebackType | None) -> None:
    if not issubclass(kind, KeyboardInterrupt):
        LOGGER.critical("uncaught exception", exc_info=(kind, error, trace))
    sys.__excepthook__(kind, error, trace)


def _log_uncaught_in_thread(args: threading.ExceptHookArgs) -> None:
    name = args.thread.name if args.thread else "?"
    if args.exc_value is not None:
        details = (args.exc_type, args.exc_value, args.exc_traceback)
        LOGGER.critical("uncaught exception in thread %s", name, exc_info=details)
    threading.__excepthook__(args)
