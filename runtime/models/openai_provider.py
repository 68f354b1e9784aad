"""OpenAI's two APIs, and any server that speaks chat completions."""

from typing import Any

import httpx2
import openai
from langchain_core.exceptions import ModelError
from langchain_openai import ChatOpenAI
from pydantic import SecretStr

from runtime.errors import ModelUnavailable
from runtime.models.connection import MALFORMED, MOST_CONNECTIONS, Connection, output_tokens
from runtime.models.names import ModelName, is_local
from runtime.settings import Settings

NO_KEY = SecretStr("no-key-needed")
ERRORS = (openai.OpenAIError, ModelError, httpx2.HTTPError, OSError, *MALFORMED)


def connect_chat(name: ModelName, settings: Settings) -> Connection:
    """A model behind `/chat/completions`."""
    return _connect(name, settings, responses=False)


def connect_responses(name: ModelName, settings: Settings) -> Connection:
    """A model behind `/responses`; nothing is stored at the provider."""
    return _connect(name, settings, responses=True)


def _connect(name: ModelName, settings: Settings, *, responses: bool) -> Connection:
    base_url = name.base_url or settings.arxla_model_base_url or settings.openai_base_url
    openais_own = base_url is None
    chat = ChatOpenAI(
        model=name.model,
        api_key=_key(name, base_url, settings),
        base_url=base_url,
        timeout=settings.arxla_model_timeout_s,
        max_retries=0,
        stream_usage=True,
        # With a tool that OpenAI runs itself, LangChain goes to Responses although chat completions were meant.
        use_responses_api=True if responses else (None if openais_own else False),
        store=False if responses or openais_own else None,
        include_response_headers=True,
        http_client=_local_client() if is_local(base_url) else None,
    )
    return Connection(
        name=name,
        chat=chat,
        errors=ERRORS,
        key_hint="set OPENAI_API_KEY" if base_url is None else "set ARXLA_MODEL_API_KEY to a key for that server",
        max_output_tokens=output_tokens(settings, local=is_local(base_url)),
        base_url=base_url,
        streams=is_local(base_url) and not responses,
        list_models=None if openais_own else lambda: _list_models(chat),
        own_tools=frozenset({"web_search"}) if openais_own else frozenset(),
    )


def _list_models(chat: ChatOpenAI) -> list[dict[str, Any]]:
    page: openai.pagination.SyncPage[openai.types.Model] = chat.root_client.models.list()
    return [model.model_dump() for model in page.data or []]


def _local_client() -> httpx2.Client:
    """With a connection for every call at once; a proxy of the environment can't reach this machine or network."""
    limits = httpx2.Limits(max_connections=2 * MOST_CONNECTIONS, max_keepalive_connections=MOST_CONNECTIONS)
    return httpx2.Client(trust_env=False, follow_redirects=True, limits=limits)


def _key(name: ModelName, base_url: str | None, settings: Settings) -> SecretStr:
    """The key for an address: a key is sent only to the server that it was configured for."""
    if base_url is not None and base_url == settings.arxla_model_base_url:
        return settings.arxla_model_api_key or settings.openai_api_key or NO_KEY
    if base_url is not None and base_url != settings.openai_base_url:
        return settings.arxla_model_api_key or NO_KEY
    if settings.openai_api_key is not None:
        return settings.openai_api_key
    if base_url is not None:
        return settings.arxla_model_api_key or NO_KEY
    raise ModelUnavailable(f"The model {name.short} needs a key: set OPENAI_API_KEY, or choose another with --model.")
