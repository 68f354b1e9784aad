"""Names, keys and prices, judged before anything is asked."""

from collections.abc import Callable
from typing import Any

import pytest
from openai_server import OpenAIServer
from scripted_server import Fail, Say

from runtime.errors import InputError, ModelUnavailable
from runtime.models.check import check_model
from runtime.models.names import ModelName, is_local, parse_model_name
from runtime.models.usage import Budget


def test_names_are_read() -> None:
    assert parse_model_name("openai:gpt-5") == ModelName("openai", "gpt-5")
    local = parse_model_name("openai:qwen@http://127.0.0.1:18081/v1")
    assert (local.model, local.base_url, local.short) == ("qwen", "http://127.0.0.1:18081/v1", "openai:qwen")
    assert parse_model_name("bedrock_converse:anthropic.claude-3-haiku-20240307-v1:0").model.endswith("v1:0")
    assert parse_model_name("openai:org/name@v2").base_url is None


@pytest.mark.parametrize(
    "name",
    [
        "",
        "gpt-5",
        "openai:",
        ":x",
        "openai:a b",
        "openai:@http://h",
        "openai:x@http://",
        "openai:x@http://me:pass@h/v1",
        "x:y",
    ],
)
def test_malformed_names_and_unknown_providers_are_bad_input(name: str, settings: Callable[..., Any]) -> None:
    with pytest.raises(InputError) as error:
        check_model(name, settings())
    assert "\n" not in str(error.value)


def test_what_is_local() -> None:
    assert all(
        is_local(url) for url in ("http://127.0.0.1:1/v1", "http://localhost", "http://10.0.0.2", "http://box:8")
    )
    assert not any(is_local(url) for url in (None, "https://api.openai.com/v1", "http://8.8.8.8"))


def test_missing_keys_are_named(settings: Callable[..., Any], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", "/nonexistent")
    monkeypatch.setenv("AWS_CONFIG_FILE", "/nonexistent")
    monkeypatch.delenv("AWS_DEFAULT_REGION", raising=False)
    with pytest.raises(ModelUnavailable, match="set OPENAI_API_KEY"):
        check_model("openai:gpt-5", settings())
    with pytest.raises(ModelUnavailable, match="set AWS_REGION"):
        check_model("bedrock_converse:amazon.nova-lite-v1:0", settings())
    with pytest.raises(ModelUnavailable, match="AWS_ACCESS_KEY_ID"):
        check_model("bedrock_converse:amazon.nova-lite-v1:0", settings(aws_region="us-east-1"))


def test_money_can_bound_only_what_has_a_price(settings: Callable[..., Any]) -> None:
    keyed = settings(openai_api_key="sk-123456")
    assert check_model("openai:gpt-5", keyed, budget=Budget(max_usd=1)).model == "openai:gpt-5"
    with pytest.raises(InputError, match="--max-tokens"):
        check_model("openai:nobody-knows-it", keyed, budget=Budget(max_usd=1))


def test_a_ping_really_asks(settings: Callable[..., Any]) -> None:
    with OpenAIServer(Say("ready"), Fail(401, "invalid_api_key"), Fail(500)) as server:
        name = f"openai:m@{server.base_url}"
        assert check_model(name, settings()).seconds is None
        assert server.requests == []
        assert check_model(name, settings(), ping=True).answer == "ready"
        with pytest.raises(ModelUnavailable, match="ARXLA_MODEL_API_KEY"):
            check_model(name, settings(), ping=True)
        with pytest.raises(ModelUnavailable, match="after 1 attempt "):
            check_model(name, settings(), ping=True)
    with pytest.raises(ModelUnavailable):
        check_model(name, settings(), ping=True)


def test_the_expert_needs_nothing(settings: Callable[..., Any]) -> None:
    assert check_model("expert", settings()).model == "expert"
