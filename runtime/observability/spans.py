"""Runs as OpenTelemetry spans, read off their events: run, then stage, then model call, boxed job and trial.

Names and attributes of model calls follow the semantic conventions for generative AI. No prompt, no answer and no
generated text is ever in a span.
"""

import logging
import threading
import time
from collections import OrderedDict
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

from runtime.events import Event
from runtime.outcome import Outcome
from runtime.settings import Settings

if TYPE_CHECKING:
    from opentelemetry.sdk.trace import ReadableSpan
    from opentelemetry.trace import Span, Tracer

MOST_RUNS = 1_000
"""Runs that may be open at once; a server's run whose end is never told makes room for the newest."""
EXPORT_MS = 5_000
PROVIDERS = {"openai": "openai", "openai_responses": "openai", "bedrock_converse": "aws.bedrock"}
TRIAL_FACTS = ("state", "score", "model_kb", "seconds")
JOB_FACTS = ("status", "peak_memory_mb", "start_s")


def open_spans(settings: Settings, notice: Callable[[str], None]) -> "RunSpans | None":
    """Spans to the settings' endpoint; None without one, or without the extra, which `notice` is told."""
    if not settings.otel_exporter_otlp_endpoint:
        return None
    try:
        from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
        from opentelemetry.sdk.resources import Resource
        from opentelemetry.sdk.trace import TracerProvider
        from opentelemetry.sdk.trace.export import BatchSpanProcessor, SpanExportResult
    except ImportError:
        notice("OTEL_EXPORTER_OTLP_ENDPOINT is set, but OpenTelemetry is not installed: pip install 'arxla[otel]'.")
        return None
    # Without a handler of its own, what it says of a collector that is down is printed into a run's progress.
    logging.getLogger("opentelemetry").addHandler(logging.NullHandler())
    endpoint = settings.otel_exporter_otlp_endpoint.rstrip("/").removesuffix("/v1/traces") + "/v1/traces"
    provider = TracerProvider(resource=Resource.create({"service.name": "arxla"}))
    untold = [f"The OpenTelemetry collector at {settings.mask_secrets(endpoint)} does not take the spans of this run."]

    class Exporter(OTLPSpanExporter):
        """Tells when spans were not taken, once."""

        def export(self, spans: "Sequence[ReadableSpan]") -> SpanExportResult:
            result = super().export(spans)
            if result is not SpanExportResult.SUCCESS and untold:
                notice(untold.pop())
            return result

    exporter = Exporter(endpoint, timeout=EXPORT_MS / 1000)
    provider.add_span_processor(BatchSpanProcessor(exporter, export_timeout_millis=EXPORT_MS))
    return RunSpans(provider.get_tracer("arxla"), settings.mask_secrets, provider.shutdown)


class RunSpans:
    """Takes the events of many runs, from any thread, and makes their spans."""

    def __init__(
        self,
        tracer: "Tracer",
        mask: Callable[[str], str] = str,
        shutdown: Callable[[], None] = lambda: None,
        now_ns: Callable[[], int] = time.time_ns,
    ) -> None:
        self._tracer, self._mask, self._shutdown, self._now_ns = tracer, mask, shutdown, now_ns
        self._runs: OrderedDict[str, _Run] = OrderedDict()
        self._lock = threading.Lock()

    def see(self, run_id: str, event: Event) -> None:
        """Take in one event of a run; the first one begins the run's span, the end after its outcome ends it."""
        with self._lock:
            run = self._runs.get(run_id)
            if run is None:
                run = self._runs[run_id] = _Run(run_id, self._tracer, self._mask, self._now_ns)
                if len(self._runs) > MOST_RUNS:
                    self._runs.popitem(last=False)[1].end()
            run.see(event)
            if run.over:
                self._runs.pop(run_id).end()

    def close(self) -> None:
        """End what is open and send everything, within the exporter's time."""
        with self._lock:
            while self._runs:
                self._runs.popitem()[1].end()
        self._shutdown()


class _Run:
    """The open spans of one run."""

    def __init__(self, run_id: str, tracer: "Tracer", mask: Callable[[str], str], now_ns: Callable[[], int]) -> None:
        self._tracer, self._mask, self._now_ns = tracer, mask, now_ns
        self._stages: dict[str, Span] = {}
        self._trials: dict[int, Span] = {}
        self._outcome = ""
        self._root = self._begin("run", None, {"arxla.run.id": run_id})

    def see(self, event: Event) -> None:
        match event.get("kind"):
            case "stage":
                self._stage(event)
            case "trial":
                self._trial(event)
            case "model_call":
                self._model_call(event)
            case "job":
                facts = {f"arxla.job.{name}": event[name] for name in JOB_FACTS if name in event}
                parent = self._trials.get(event.get("trial", -1), self._stage_span)
                self._whole(f"job {event.get('name')}", parent, event, facts)
            case "outcome":
                self._outcome = str(event.get("outcome"))
            case "warning":
                self._stage_span.add_event("warning", {"message": self._mask(str(event.get("text")))[:500]})

    @property
    def over(self) -> bool:
        """Whether the run told its outcome and its last stage is through."""
        return bool(self._outcome) and not self._stages

    def end(self) -> None:
        """End every open span; a run that told its outcome is marked with it."""
        from opentelemetry.trace import StatusCode

        for span in (*self._trials.values(), *self._stages.values()):
            span.end(self._now_ns())
        if self._outcome:
            self._root.set_attribute("arxla.run.outcome", self._outcome)
            self._root.set_status(StatusCode.OK if self._outcome == Outcome.SUCCESS else StatusCode.ERROR)
        self._root.end(self._now_ns())

    @property
    def _stage_span(self) -> "Span":
        """The stage that was begun last, or the run when none is open."""
        return next(reversed(self._stages.values()), self._root)

    def _stage(self, event: Event) -> None:
        name = str(event.get("name"))
        open_one = self._stages.pop(name, None)
        if event.get("state") == "start":
            self._stages[name] = open_one or self._begin(f"stage {name}", self._root, {"arxla.stage": name})
        elif open_one is not None:
            open_one.end(self._now_ns())

    def _trial(self, event: Event) -> None:
        number = int(event.get("index", 0))
        if event.get("state") == "start":
            facts = {"arxla.trial.number": number}
            self._trials[number - 1] = self._begin(f"trial {number}", self._stage_span, facts)
        elif (span := self._trials.pop(number - 1, None)) is not None:
            span.set_attributes(
                {f"arxla.trial.{name}": event[name] for name in TRIAL_FACTS if event.get(name) is not None}
            )
            span.end(self._now_ns())

    def _model_call(self, event: Event) -> None:
        provider, _, model = str(event.get("model")).partition(":")
        facts: dict[str, Any] = {
            "gen_ai.operation.name": "chat",
            "gen_ai.provider.name": PROVIDERS.get(provider, provider),
            "gen_ai.request.model": model,
            "gen_ai.agent.name": str(event.get("agent")),
            "gen_ai.usage.input_tokens": event.get("input_tokens", 0),
            "gen_ai.usage.output_tokens": event.get("output_tokens", 0),
        }
        if event.get("usd") is not None:
            facts["arxla.usd"] = event["usd"]
        self._whole(f"chat {model}", self._stage_span, event, facts, client=True)

    def _whole(self, name: str, parent: "Span", event: Event, facts: dict[str, Any], *, client: bool = False) -> None:
        """A span for what is told when it is over, with its length in seconds."""
        now = self._now_ns()
        span = self._begin(name, parent, facts, now - int(float(event.get("seconds", 0.0)) * 1e9), client=client)
        span.end(now)

    def _begin(
        self, name: str, parent: "Span | None", facts: dict[str, Any], at_ns: int | None = None, *, client: bool = False
    ) -> "Span":
        """Without a parent the span hangs on whatever span the caller of arxla has open."""
        from opentelemetry.trace import SpanKind, set_span_in_context

        return self._tracer.start_span(
            self._mask(name),
            set_span_in_context(parent) if parent is not None else None,
            kind=SpanKind.CLIENT if client else SpanKind.INTERNAL,
            attributes={key: self._mask(fact) if isinstance(fact, str) else fact for key, fact in facts.items()},
            start_time=at_ns or self._now_ns(),
        )
