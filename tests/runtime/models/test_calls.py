"""Both wire protocols, faults included, through the one place that asks models."""

import json
import threading
import time
from collections.abc import Callable
from typing import Any

import pytest
from bedrock_server import BedrockServer
from openai_server import OpenAIServer
from scripted_server import Drop, Fail, Garbage, Line, Say, ScriptedServer

from runtime.errors import BudgetExhausted, Cancelled, ModelUnavailable, UnusableAnswer
from runtime.models.calls import ModelCalls, Unreadable
from runtime.models.usage import Budget, Ledger

KEYS = {"openai_api_key": "sk-secret-123456", "aws_access_key_id": "k", "aws_secret_access_key": "s", "aws_region": "r"}
SERVERS = {"openai": OpenAIServer, "openai_responses": OpenAIServer, "bedrock_converse": BedrockServer}
THROTTLED = {
    "openai": Fail(429, "rate_limit_exceeded"),
    "openai_responses": Fail(429, "rate_limit_exceeded"),
    "bedrock_converse": Fail(429, "ThrottlingException"),
}


class Asking:
    """A provider's server, and calls to it."""

    def __init__(self, provider: str, make_settings: Callable[..., Any]) -> None:
        self.provider, self.make_settings = provider, make_settings
        self.events: list[dict[str, Any]] = []
        self.ledger = Ledger()

    def serve(self, *script: Line) -> ScriptedServer:
        return SERVERS[self.provider](*script)

    def calls(self, server: Any, budget: Budget | None = None, **options: Any) -> ModelCalls:
        bounds = {name: options.pop(name) for name in ("cancel", "deadline") if name in options}
        name = f"{self.provider}:{options.pop('model', 'm')}@{server.base_url}"
        settings = self.make_settings(**KEYS, **options)
        return ModelCalls({"coder": name}, settings, self.ledger, budget or Budget(), emit=self.events.append, **bounds)

    def ask(self, server: Any, read: Callable[[str], Any] = str, **options: Any) -> Any:
        return self.calls(server, **options).ask("coder", "stable part", "the request", read)


@pytest.fixture(params=SERVERS)
def asking(request: pytest.FixtureRequest, settings: Callable[..., Any]) -> Asking:
    return Asking(request.param, settings)


@pytest.fixture
def chat(settings: Callable[..., Any]) -> Asking:
    return Asking("openai", settings)


def test_an_answer_is_read_and_accounted(asking: Asking) -> None:
    with asking.serve(Say("hello", cached_tokens=40)) as server:
        assert asking.ask(server) == "hello"
    line = asking.ledger.as_records()[0]
    assert (line["agent"], line["model"], line["calls"]) == ("coder", f"{asking.provider}:m", 1)
    assert (line["input_tokens"], line["output_tokens"], line["cached_tokens"]) == (100, 50, 40)
    assert line["usd"] is None and line["seconds"] > 0
    event = asking.events[-1]
    assert (event["kind"], event["agent"], event["tokens"]) == ("model_call", "coder", 150)
    assert (event["input_tokens"], event["output_tokens"], event["usd"]) == (100, 50, None)
    text = str(server.requests[0].body)
    assert text.find("stable part") > 0 and "the request" in text


@pytest.mark.parametrize("fault", [Fail(500), Fail(503), Drop(), Garbage()])
def test_passing_faults_are_outlived(asking: Asking, fault: Line) -> None:
    with asking.serve(fault, THROTTLED[asking.provider], Say("at last")) as server:
        assert asking.ask(server) == "at last"
        assert len(server.requests) == 3
    notes = [event["text"] for event in asking.events if event["kind"] == "note"]
    assert 1 <= len(notes) <= 2 and "waiting" in notes[0], "a stream of garbage is first tried without streaming"


ABOUT = {"id": "c", "object": "chat.completion", "created": 1, "model": "m"}
FINE = {"index": 0, "finish_reason": "stop", "message": {"role": "assistant", "content": "hi"}}
DEEP = "[" * 3000 + "]" * 3000


@pytest.mark.parametrize(
    "choices", [[], None, [None], [{"index": 0}], [FINE | {"message": None}], [FINE | {"message": {"role": "wizard"}}]]
)
def test_a_reply_of_another_shape_is_outlived(chat: Asking, choices: Any) -> None:
    malformed = Garbage(json.dumps(ABOUT | {"choices": choices}))
    with chat.serve(malformed, malformed, Say("at last")) as server:
        assert chat.ask(server) == "at last"


@pytest.mark.parametrize(
    "event", ["null", "[]", '"x"', "[" * 3000 + "]" * 3000, '{"error": {"message": "overloaded"}}']
)
def test_a_stream_of_another_shape_is_outlived(chat: Asking, event: str) -> None:
    with chat.serve(Garbage(f"data: {event}\n\n", "text/event-stream"), Say("at last")) as server:
        assert chat.ask(server) == "at last"


@pytest.mark.parametrize(
    "usage", ["many", {"prompt_tokens": -5}, {"prompt_tokens": float("nan"), "completion_tokens": 2, "total_tokens": 2}]
)
def test_usage_that_is_none_is_estimated(chat: Asking, usage: Any) -> None:
    whole = Garbage(json.dumps(ABOUT | {"choices": [FINE], "usage": usage}))
    with chat.serve(whole, whole, Say("at last")) as server:
        assert chat.ask(server) in ("hi", "at last")
    line = chat.ledger.as_records()[0]
    assert line["input_tokens"] > 0 and line["output_tokens"] > 0


def test_characters_that_no_file_takes_are_replaced(chat: Asking) -> None:
    with chat.serve(Say("a\ud800b\0c")) as server:
        assert chat.ask(server) == "a?b\ufffdc"


def test_attempts_are_bounded(asking: Asking) -> None:
    with asking.serve(*[THROTTLED[asking.provider]] * 20) as server:
        with pytest.raises(ModelUnavailable, match="after 8 attempts"):
            asking.ask(server)
        assert len(server.requests) == 8


def test_retry_after_is_honoured(asking: Asking) -> None:
    throttled = THROTTLED[asking.provider]
    slowly = Fail(throttled.status, throttled.code, headers={"retry-after": "0.4"})
    with asking.serve(slowly, Say("ok")) as server:
        assert asking.ask(server) == "ok"
        assert server.requests[1].at - server.requests[0].at >= 0.4


def test_a_server_that_asks_for_too_long_is_not_waited_for(chat: Asking) -> None:
    with chat.serve(Fail(429, headers={"retry-after": "3600"})) as server:
        started = time.monotonic()
        with pytest.raises(ModelUnavailable):
            chat.ask(server)
        assert time.monotonic() - started < 4 and len(server.requests) == 1


@pytest.mark.parametrize(
    ("fault", "said"),
    [
        (Fail(401, "invalid_api_key", "Incorrect API key provided: sk-secret-123456"), "ARXLA_MODEL_API_KEY"),
        (Fail(429, "insufficient_quota", "You exceeded your current quota"), "quota is used up"),
        (Fail(400, "context_length_exceeded", "maximum context length is 10"), "too long"),
        (Fail(400, "exceed_context_size_error", "request exceeds the available context size"), "too long"),
        (Fail(404, "model_not_found"), "check the model's name"),
        (Fail(400, "invalid_request_error", "no such parameter"), "refused the request"),
    ],
)
def test_openai_faults_that_stay_are_told_at_once(chat: Asking, fault: Fail, said: str) -> None:
    with chat.serve(fault) as server:
        with pytest.raises(ModelUnavailable, match=said) as error:
            chat.ask(server)
        assert len(server.requests) == 1
    assert "sk-secret" not in str(error.value) and "\n" not in str(error.value)


@pytest.mark.parametrize(
    ("fault", "said"),
    [
        (Fail(403, "AccessDeniedException", "no access"), "AWS_ACCESS_KEY_ID"),
        (Fail(403, "UnrecognizedClientException", "invalid token"), "AWS_ACCESS_KEY_ID"),
        (Fail(400, "ServiceQuotaExceededException"), "quota"),
        (Fail(404, "ResourceNotFoundException"), "check the model's name"),
        (Fail(400, "ValidationException", "Input is too long for requested model."), "too long"),
        (Fail(400, "ValidationException", "malformed"), "refused the request"),
    ],
)
def test_bedrock_faults_that_stay_are_told_at_once(settings: Callable[..., Any], fault: Fail, said: str) -> None:
    asking = Asking("bedrock_converse", settings)
    with asking.serve(fault) as server:
        with pytest.raises(ModelUnavailable, match=said):
            asking.ask(server)
        assert len(server.requests) == 1


@pytest.mark.parametrize("code", ["ServiceUnavailableException", "InternalServerException", "ModelTimeoutException"])
def test_bedrock_faults_that_pass(settings: Callable[..., Any], code: str) -> None:
    asking = Asking("bedrock_converse", settings)
    with asking.serve(Fail(503, code), Say("ok")) as server:
        assert asking.ask(server) == "ok"


def test_a_slow_server_is_given_up_three_times(asking: Asking) -> None:
    with asking.serve(*[Say("late", pace_s=4.0)] * 5) as server:
        started = time.monotonic()
        with pytest.raises(ModelUnavailable, match="no reply within"):
            asking.ask(server, arxla_model_timeout_s=0.15)
        assert len(server.requests) == 3 and time.monotonic() - started < 4


def test_half_a_streamed_answer_is_continued_when_time_is_up(chat: Asking) -> None:
    text = "".join(f"line {number:03}\n" for number in range(60))
    with chat.serve(Say(text, pace_s=0.012), Say("the end")) as server:
        answer = chat.ask(server, arxla_model_timeout_s=0.5)
        continued = server.requests[1].body["messages"]
    assert continued[-2]["role"] == "assistant" and len(continued[-2]["content"]) >= 200
    assert text.startswith(continued[-2]["content"]) and answer == continued[-2]["content"] + "the end"


def test_a_server_that_does_not_stream_is_understood(chat: Asking) -> None:
    with OpenAIServer(Say("never seen"), Say("whole"), streams=False) as server:
        assert chat.ask(server) == "whole"
        assert [bool(request.body.get("stream")) for request in server.requests] == [True, False]


def test_a_cut_off_answer_is_continued(asking: Asking) -> None:
    start, more = "```python\ndef train_model():\n    a = 1\n", "```python\n    return a\n```\n"
    with asking.serve(Say(start, finish="length"), Say(more)) as server:
        assert asking.ask(server).strip() == "```python\ndef train_model():\n    a = 1\n    return a\n```"
        text = str(server.requests[1].body)
    assert "cut off by the length limit" in text and "a = 1" in text


def test_continuing_is_bounded_and_then_asked_again(asking: Asking) -> None:
    cut = Say("```python\nx = 1\n", finish="length")
    with asking.serve(cut, cut, cut, Say("short")) as server:
        assert asking.ask(server) == "short"
        assert "Answer more briefly" in str(server.requests[3].body)


def test_an_unreadable_answer_is_asked_for_again_with_the_reason(asking: Asking) -> None:
    def read(text: str) -> str:
        if text != "good":
            raise Unreadable(f"{text} is not good.")
        return text

    with asking.serve(Say("bad"), Say("worse"), Say("good")) as server:
        assert asking.ask(server, read) == "good"
        assert "bad is not good." in str(server.requests[1].body)
        assert "worse is not good." in str(server.requests[2].body)
    with asking.serve(*[Say("bad")] * 9) as server:
        with pytest.raises(UnusableAnswer, match="bad is not good"):
            asking.ask(server, read)
        assert len(server.requests) == 3


def test_reasoning_is_left_out(asking: Asking) -> None:
    with asking.serve(Say("<think>so\n```python\n1\n```</think>\nanswer")) as server:
        assert asking.ask(server) == "answer"


def test_the_budget_is_checked_before_the_call(asking: Asking) -> None:
    with asking.serve(Say("never")) as server:
        with pytest.raises(BudgetExhausted, match="--max-tokens"):
            asking.ask(server, budget=Budget(max_tokens=500))
        assert server.requests == []


def test_money_is_checked_before_the_call(chat: Asking) -> None:
    with chat.serve(Say("ok"), Say("never")) as server:
        calls = chat.calls(server, Budget(max_usd=0.03), model="gpt-5", arxla_model_max_output_tokens=4000)
        assert calls.ask("coder", "s", "u", str) == "ok"
        assert chat.ledger.usd == pytest.approx(100 * 1.25e-6 + 50 * 1e-5, rel=0.01)
        with pytest.raises(BudgetExhausted, match="--max-usd"):
            ModelCalls(
                {"coder": f"openai:gpt-5@{server.base_url}"}, chat.make_settings(), chat.ledger, Budget(max_usd=0.0005)
            ).ask("coder", "s", "u", str)
        assert len(server.requests) == 1


def test_a_token_budget_bounds_the_reply(chat: Asking) -> None:
    with chat.serve(Say("ok")) as server:
        chat.ask(server, budget=Budget(max_tokens=2500))
        assert server.requests[0].body["max_completion_tokens"] < 2500


def test_no_ask_outlasts_the_deadline(asking: Asking) -> None:
    with asking.serve(*[THROTTLED[asking.provider]] * 50) as server:
        started = time.monotonic()
        with pytest.raises(BudgetExhausted, match="--max-minutes"):
            asking.ask(server, deadline=started + 0.4, arxla_model_wait_s=0.2, arxla_model_attempts=50)
        assert time.monotonic() - started < 4
    with asking.serve(Say("late", pace_s=9.0)) as server:
        started = time.monotonic()
        with pytest.raises((BudgetExhausted, ModelUnavailable)):
            asking.ask(server, deadline=started + 1.0, arxla_model_timeout_s=20)
        assert time.monotonic() - started < 4 and asking.ledger.tokens > 0, "what was asked is billed"


def cancel_when_asked(server: ScriptedServer, cancel: threading.Event) -> None:
    while not server.requests:
        time.sleep(0.01)
    time.sleep(0.1)
    cancel.set()


def test_cancelling_stops_a_call_and_a_wait(asking: Asking) -> None:
    for script in (Say("late", pace_s=9.0), Fail(429, headers={"retry-after": "30"})):
        cancel = threading.Event()
        with asking.serve(script) as server:
            threading.Thread(target=cancel_when_asked, args=(server, cancel), daemon=True).start()
            started = time.monotonic()
            with pytest.raises(Cancelled):
                asking.ask(server, cancel=cancel, arxla_model_timeout_s=20)
            assert time.monotonic() - started < 4 and asking.ledger.tokens > 0


def test_a_proxy_is_not_asked_for_a_local_server(asking: Asking, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("HTTP_PROXY", "http_proxy", "ALL_PROXY"):
        monkeypatch.setenv(name, "http://127.0.0.1:9")
    with asking.serve(Say("ok")) as server:
        assert asking.ask(server, arxla_model_attempts=1) == "ok"


def test_a_key_goes_only_where_it_belongs(chat: Asking) -> None:
    with chat.serve(Say("ok"), Say("ok"), Say("ok")) as server:
        chat.ask(server)
        chat.ask(server, arxla_model_api_key="other")
        chat.ask(server, arxla_model_base_url=server.base_url)
        sent = [request.headers["authorization"] for request in server.requests]
    assert sent == ["Bearer no-key-needed", "Bearer other", "Bearer sk-secret-123456"]


def test_the_stable_part_is_marked_for_bedrocks_cache(settings: Callable[..., Any]) -> None:
    asking = Asking("bedrock_converse", settings)
    with asking.serve(Say("ok"), Say("ok")) as server:
        asking.ask(server, model="us.anthropic.claude-sonnet-4-20250514-v1:0")
        asking.ask(server, model="meta.llama3-8b")
        marked, plain = (request.body["system"] for request in server.requests)
    assert "cachePoint" in marked[-1] and all("cachePoint" not in part for part in plain)
