"""Events become spans: run, stage, model call, boxed job, trial; and they reach a collector over HTTP."""

import sys

import pytest
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest
from opentelemetry.sdk.trace import ReadableSpan, TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter
from opentelemetry.trace import StatusCode
from sink_server import SinkServer

from runtime.observability import spans
from runtime.observability.observers import Observers
from runtime.observability.spans import RunSpans, open_spans
from runtime.settings import load_settings

STAGE = {"kind": "stage", "note": ""}
CALL = {
    "kind": "model_call", "agent": "coder", "model": "openai:gpt-5", "seconds": 2.0,
    "input_tokens": 10, "output_tokens": 5, "usd": 0.25,
}  # fmt: skip
A_RUN = [
    {**STAGE, "name": "code", "state": "start"},
    CALL,
    {**STAGE, "name": "code", "state": "end"},
    {**STAGE, "name": "tune", "state": "start"},
    {"kind": "trial", "index": 1, "of": 1, "state": "start"},
    {"kind": "job", "name": "train", "seconds": 1.5, "status": "ok", "peak_memory_mb": 80.0, "trial": 0},
    {"kind": "trial", "index": 1, "of": 1, "state": "completed", "score": 0.9, "model_kb": 3.5, "seconds": 1.6},
    {**STAGE, "name": "tune", "state": "end"},
    {**STAGE, "name": "report", "state": "start"},
    {"kind": "warning", "text": "mind the gap"},
    {"kind": "outcome", "outcome": "SUCCESS", "message": "done"},
    {**STAGE, "name": "report", "state": "end"},
]


class Clock:
    """A second passes between two looks."""

    def __init__(self) -> None:
        self.ns = 1_000_000_000_000

    def __call__(self) -> int:
        self.ns += 1_000_000_000
        return self.ns


@pytest.fixture
def memory() -> InMemorySpanExporter:
    return InMemorySpanExporter()


@pytest.fixture
def watcher(memory: InMemorySpanExporter) -> RunSpans:
    provider = TracerProvider()
    provider.add_span_processor(SimpleSpanProcessor(memory))
    return RunSpans(provider.get_tracer("test"), lambda text: text.replace("secret", "***"), now_ns=Clock())


def named(memory: InMemorySpanExporter) -> dict[str, ReadableSpan]:
    return {span.name: span for span in memory.get_finished_spans()}


def parent(memory: InMemorySpanExporter, name: str) -> str:
    found = named(memory)[name].parent
    assert found is not None
    return next(span.name for span in memory.get_finished_spans() if span.context.span_id == found.span_id)


def test_a_run_is_a_tree_of_spans(watcher: RunSpans, memory: InMemorySpanExporter) -> None:
    for event in A_RUN:
        watcher.see("wine-1", event)
    spans = named(memory)
    assert list(spans) == ["chat gpt-5", "stage code", "job train", "trial 1", "stage tune", "stage report", "run"]
    assert spans["run"].parent is None and parent(memory, "stage code") == "run"
    assert parent(memory, "chat gpt-5") == "stage code"
    assert parent(memory, "trial 1") == "stage tune" and parent(memory, "job train") == "trial 1"
    assert spans["run"].attributes == {"arxla.run.id": "wine-1", "arxla.run.outcome": "SUCCESS"}
    assert spans["run"].status.status_code is StatusCode.OK
    assert [event.name for event in spans["stage report"].events] == ["warning"]


def test_a_model_call_follows_the_conventions_and_holds_no_text(
    watcher: RunSpans, memory: InMemorySpanExporter
) -> None:
    for event in A_RUN:
        watcher.see("wine-1", event)
    span = named(memory)["chat gpt-5"]
    assert span.attributes == {
        "gen_ai.operation.name": "chat",
        "gen_ai.provider.name": "openai",
        "gen_ai.request.model": "gpt-5",
        "gen_ai.agent.name": "coder",
        "gen_ai.usage.input_tokens": 10,
        "gen_ai.usage.output_tokens": 5,
        "arxla.usd": 0.25,
    }
    assert span.end_time is not None and span.start_time is not None
    assert span.end_time - span.start_time == 2_000_000_000


def test_a_run_that_never_ends_is_ended_at_the_close(watcher: RunSpans, memory: InMemorySpanExporter) -> None:
    for event in A_RUN[:5]:
        watcher.see("wine-1", event)
    watcher.close()
    assert {"trial 1", "stage tune", "run"} <= set(named(memory))
    assert named(memory)["run"].status.status_code is StatusCode.UNSET


def test_open_runs_are_bounded(
    watcher: RunSpans, memory: InMemorySpanExporter, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(spans, "MOST_RUNS", 2)
    for number in range(3):
        watcher.see(f"run-{number}", A_RUN[0])
    assert [span.attributes for span in memory.get_finished_spans() if span.name == "run"] == [
        {"arxla.run.id": "run-0"}
    ]


def test_secrets_are_masked(watcher: RunSpans, memory: InMemorySpanExporter) -> None:
    watcher.see("wine-1", {"kind": "warning", "text": "a secret place"})
    watcher.see("wine-1", {"kind": "job", "name": "secret", "status": "secret", "seconds": 1.0})
    watcher.close()
    assert "secret" not in "".join(span.to_json() for span in memory.get_finished_spans())


def test_spans_reach_a_collector() -> None:
    with SinkServer() as collector:
        observers = Observers(load_settings(env_file=None, otel_exporter_otlp_endpoint=collector.url))
        for event in A_RUN:
            observers.see("wine-1", event)
        observers.close()
    ((path, _, body),) = collector.requests
    assert path == "/v1/traces"
    (resource,) = ExportTraceServiceRequest.FromString(body).resource_spans
    assert "run" in {span.name for span in resource.scope_spans[0].spans}
    assert observers.notices() == []


def test_a_collector_that_is_down_is_told_once(
    capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(spans, "EXPORT_MS", 200)
    observers = Observers(load_settings(env_file=None, otel_exporter_otlp_endpoint="http://me:word@127.0.0.1:1"))
    for event in A_RUN:
        observers.see("wine-1", event)
    observers.close()
    place = "http://********@127.0.0.1:1/v1/traces"
    said = f"arxla: The OpenTelemetry collector at {place} does not take the spans of this run.\n"
    assert capfd.readouterr().err == said


def test_without_the_extra_a_warning_names_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "opentelemetry.sdk.trace", None)
    told: list[str] = []
    assert (
        open_spans(load_settings(env_file=None, otel_exporter_otlp_endpoint="http://127.0.0.1:9"), told.append) is None
    )
    assert told == [
        "OTEL_EXPORTER_OTLP_ENDPOINT is set, but OpenTelemetry is not installed: pip install 'arxla[otel]'."
    ]


def test_nothing_is_opened_without_an_endpoint() -> None:
    assert open_spans(load_settings(env_file=None, otel_exporter_otlp_endpoint=None), pytest.fail) is None
