"""What a call is asked with: temperature, window, limits, model time, and many callers at once."""

import json
import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
from bedrock_server import BedrockServer
from openai_server import OpenAIServer
from scripted_server import Fail, Line, Say

from runtime.errors import BudgetExhausted, ModelUnavailable
from runtime.models.calls import ModelCalls
from runtime.models.usage import Budget, Ledger, UsageLine
from runtime.models.window import context_of

KEYS = {"openai_api_key": "sk-secret-123456", "aws_access_key_id": "k", "aws_secret_access_key": "s", "aws_region": "r"}
SERVERS = {"openai": OpenAIServer, "openai_responses": OpenAIServer, "bedrock_converse": BedrockServer}
MANY = 32


class Asking:
    """Calls of one role to a server."""

    def __init__(self, provider: str, make_settings: Callable[..., Any]) -> None:
        self.provider, self.make_settings = provider, make_settings
        self.events: list[dict[str, Any]] = []
        self.ledger = Ledger()

    def serve(self, *script: Line) -> Any:
        return SERVERS[self.provider](*script)

    def calls(self, server: Any, budget: Budget | None = None, model: str = "m", **settings: Any) -> ModelCalls:
        made = self.make_settings(**{**KEYS, **settings})
        name = f"{self.provider}:{model}@{server.base_url}"
        return ModelCalls({"chunk": name}, made, self.ledger, budget or Budget(), emit=self.events.append)

    @property
    def notes(self) -> list[str]:
        return [event["text"] for event in self.events if event["kind"] == "note"]


@pytest.fixture(params=SERVERS)
def asking(request: pytest.FixtureRequest, settings: Callable[..., Any]) -> Asking:
    return Asking(request.param, settings)


@pytest.fixture
def chat(settings: Callable[..., Any]) -> Asking:
    return Asking("openai", settings)


def sent_temperature(body: dict[str, Any]) -> float | None:
    return body.get("temperature", body.get("inferenceConfig", {}).get("temperature"))


def test_a_temperature_is_sent_when_it_is_given(asking: Asking) -> None:
    with asking.serve(Say("a"), Say("b"), Say("c")) as server:
        calls = asking.calls(server)
        calls.ask("chunk", "s", "u", str)
        calls.ask("chunk", "s", "u", str, temperature=0.7)
        calls.ask("chunk", "s", "u", str, temperature=0.0)
        assert [sent_temperature(request.body) for request in server.requests] == [None, 0.7, 0.0]


@pytest.mark.parametrize(
    ("provider", "refusal"),
    [
        ("openai", Fail(400, "unsupported_value", "'temperature' does not support 0.7 with this model.")),
        ("openai_responses", Fail(400, "invalid_request_error", "Unsupported parameter: 'temperature'")),
        ("bedrock_converse", Fail(400, "ValidationException", "`temperature` is deprecated for this model.")),
    ],
)
def test_a_model_without_temperature_is_asked_without_and_that_is_said_once(
    provider: str, refusal: Fail, settings: Callable[..., Any]
) -> None:
    asking = Asking(provider, settings)
    with asking.serve(refusal, Say("a"), Say("b")) as server:
        calls = asking.calls(server)
        assert calls.ask("chunk", "s", "u", str, temperature=0.7) == "a"
        assert calls.ask("chunk", "s", "u", str, temperature=0.7) == "b"
        assert [sent_temperature(request.body) for request in server.requests] == [0.7, None, None]
    assert asking.notes == [f"{provider}:m takes no temperature; it is asked without one"]


def test_a_model_known_to_take_no_temperature_is_not_asked_with_one(chat: Asking) -> None:
    with chat.serve(Say("a")) as server:
        chat.calls(server, model="gpt-5").ask("chunk", "s", "u", str, temperature=0.7)
        assert sent_temperature(server.requests[0].body) is None


@pytest.mark.parametrize(
    ("entry", "tokens"),
    [
        ({"id": "m", "meta": {"n_ctx": 16384, "n_ctx_train": 32768}}, 16384),
        ({"id": "m", "meta": {"n_ctx_train": 131072}}, 8192),
        ({"id": "m", "meta": {"n_ctx_train": 2048}}, 2048),
        ({"id": "m", "max_model_len": 40960}, 40960),
        ({"id": "m", "context_length": 200000, "max_model_len": 100000}, 100000),
        ({"id": "m", "context_length": "many", "meta": None}, None),
        ({"id": "m", "context_length": 1}, None),
        ({"id": "m", "context_length": 10**15}, None),
        ({}, None),
    ],
)
def test_a_servers_own_word_of_its_context(entry: dict[str, Any], tokens: int | None) -> None:
    assert context_of(entry) == tokens


def test_the_window_leaves_room_for_the_answer(chat: Asking) -> None:
    told = [{"id": "other", "context_length": 1000}, {"id": "m", "context_length": 20_000}]
    with OpenAIServer(models=told) as server:
        assert chat.calls(server).window("chunk") == 20_000 - 3_072
        assert chat.calls(server, arxla_model_context_tokens=10_000).window("chunk") == 10_000 - 3_072
        assert chat.calls(server, arxla_model_max_output_tokens=500).window("chunk") == 19_500
    with OpenAIServer(models=[]) as server:
        assert chat.calls(server).window("chunk") == 8_192 - 3_072
    with OpenAIServer() as server:
        assert chat.calls(server).window("chunk") == 8_192 - 3_072


def test_the_window_of_a_hosted_model_is_known_without_a_call(settings: Callable[..., Any]) -> None:
    roles = {"a": "openai:gpt-4o", "b": "openai:nobody-knows", "c": "bedrock_converse:amazon.nova-pro-v1:0"}
    calls = ModelCalls(roles, settings(**KEYS), Ledger(), Budget())
    assert [calls.window(role) for role in roles] == [128_000 - 16_384, 128_000 - 16_384, 300_000 - 16_384]


def test_limits_that_the_provider_tells_are_kept(chat: Asking) -> None:
    told = {"x-ratelimit-limit-tokens": "30000", "x-ratelimit-limit-requests": "500"}
    with chat.serve(Say("a", headers=told)) as server:
        calls = chat.calls(server)
        calls.ask("chunk", "s", "u", str)
        assert calls.limits("chunk") == (30_000, 500)


def test_the_users_limits_win(chat: Asking) -> None:
    told = {"x-ratelimit-limit-tokens": "30000", "x-ratelimit-limit-requests": "500"}
    with chat.serve(Say("a", headers=told), Say("b", headers=told)) as server:
        calls = chat.calls(server, arxla_tokens_per_minute=90_000)
        calls.ask("chunk", "s", "u", str)
        calls.ask("chunk", "s", "u", str)
        assert calls.limits("chunk") == (90_000, None)


def test_an_oversized_call_goes_and_is_said_once(chat: Asking) -> None:
    with chat.serve(Say("a", input_tokens=1, output_tokens=1), Say("b")) as server:
        calls = chat.calls(server, arxla_tokens_per_minute=1_000)
        for expected in ("a", "b"):
            assert calls.ask("chunk", "s", "word " * 2_000, str) == expected
    assert len(chat.notes) == 1 and "larger than the 1000 tokens a minute" in chat.notes[0]


def test_one_refusal_pauses_every_caller(chat: Asking) -> None:
    script = [Fail(429, "rate_limit_exceeded", headers={"retry-after": "0.3"}), *[Say("ok")] * 8]
    with chat.serve(*script) as server, ThreadPoolExecutor(8) as pool:
        calls = chat.calls(server)
        first = pool.submit(calls.ask, "chunk", "s", "u", str)
        while not chat.notes:
            time.sleep(0.001)
        rest = [pool.submit(calls.ask, "chunk", "s", "u", str) for _ in range(7)]
        assert {answer.result() for answer in [first, *rest]} == {"ok"}
        assert min(request.at for request in server.requests[1:]) - server.requests[0].at >= 0.29
    assert len(chat.notes) == 1 and "with every call to it" in chat.notes[0]


def test_many_callers_share_one_client(asking: Asking) -> None:
    script = [Say(f"{number}", pace_s=0.5) for number in range(MANY)]
    with asking.serve(*script) as server, ThreadPoolExecutor(MANY) as pool:
        started = time.monotonic()
        made = [asking.calls(server, arxla_model_timeout_s=30) for _ in range(MANY)]
        asks = [pool.submit(calls.ask, "chunk", "s", "u", str) for calls in made]
        answers = {ask.result() for ask in asks}
        assert len(answers) == MANY and time.monotonic() - started < 0.5 * MANY / 2
    assert asking.ledger.as_records()[0]["calls"] == MANY and asking.ledger.tokens == 150 * MANY
    assert 0.5 <= asking.ledger.model_seconds <= time.monotonic() - started


class TestModelTime:
    def test_calls_side_by_side_count_once(self) -> None:
        now = [0.0]
        ledger = Ledger(now=lambda: now[0])
        with ledger.in_flight():
            now[0] = 2.0
            with ledger.in_flight():
                now[0] = 5.0
            assert ledger.model_seconds == 5.0
        now[0] = 100.0
        with ledger.in_flight():
            now[0] = 101.0
        assert ledger.model_seconds == 6.0

    def test_a_resumed_run_goes_on_counting(self, tmp_path: Path) -> None:
        now, path = [0.0], tmp_path / "usage.json"
        ledger = Ledger(path, now=lambda: now[0])
        with ledger.in_flight():
            now[0] = 3.0
            ledger.add(UsageLine("chunk", "m", 1, 1, 1))
            assert Ledger(path).model_seconds == 3.0, "a killed run has counted what it had"
            now[0] = 4.0
        again = Ledger(path)
        assert again.model_seconds == 4.0 and again.seconds_left(Budget(max_seconds=10)) == 6.0
        with pytest.raises(BudgetExhausted, match="--paper-seconds"):
            again.seconds_left(Budget(max_seconds=4))

    def test_an_account_of_an_older_run_is_read(self, tmp_path: Path) -> None:
        path = tmp_path / "usage.json"
        Ledger(path).add(UsageLine("chunk", "m", 1, 10, 5))
        path.write_text(json.dumps(json.loads(path.read_text())["lines"]))
        assert Ledger(path).tokens == 15 and Ledger(path).model_seconds == 0.0

    def test_a_call_ends_when_the_time_is_over(self, asking: Asking) -> None:
        with asking.serve(Say("late", pace_s=9.0), Say("never")) as server:
            calls, started = asking.calls(server, Budget(max_seconds=0.3)), time.monotonic()
            for _ in range(2):
                with pytest.raises(BudgetExhausted, match="--paper-seconds"):
                    calls.ask("chunk", "s", "u", str)
            assert time.monotonic() - started < 3 and len(server.requests) == 1
        assert asking.ledger.tokens > 0, "what was asked is billed"

    def test_waiting_is_not_model_time(self, chat: Asking) -> None:
        refusals = [Fail(429, headers={"retry-after": "0.6"})] * 2
        with chat.serve(*refusals, Say("ok")) as server:
            assert chat.calls(server, Budget(max_seconds=1)).ask("chunk", "s", "u", str) == "ok"


def test_an_account_of_many_threads_adds_up(tmp_path: Path) -> None:
    ledger, path = Ledger(tmp_path / "usage.json"), tmp_path / "usage.json"

    def work(number: int) -> None:
        for _ in range(20):
            with ledger.in_flight():
                ledger.add(UsageLine(f"agent{number % 4}", "m", 1, 1, 1))
                assert ledger.tokens > 0

    threads = [threading.Thread(target=work, args=(number,)) for number in range(16)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert ledger.tokens == 640 and Ledger(path).tokens == 640


def test_a_call_that_fails_for_good_takes_nothing_from_the_minute(chat: Asking) -> None:
    with chat.serve(*[Fail(400, "bad", "no")] * 5, Say("ok")) as server:
        calls = chat.calls(server, arxla_tokens_per_minute=5_000)
        for _ in range(5):
            with pytest.raises(ModelUnavailable):
                calls.ask("chunk", "s", "u", str)
        assert calls.ask("chunk", "s", "u", str) == "ok"
