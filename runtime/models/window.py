"""How much text a model takes."""

from collections.abc import Mapping
from typing import Any

from runtime.models.attempts import Clock, FailedCall, call_within
from runtime.models.connection import Connection
from runtime.models.names import is_local
from runtime.settings import Settings

LOCAL_TOKENS = 8_192
HOSTED_TOKENS = 128_000
"""Where nobody tells."""
LARGEST_ANSWER_SHARE = 3 / 8
"""Of a context, what is kept for the answer at most: 3,072 of 8,192."""
SMALLEST_CONTEXT, LARGEST_CONTEXT = 512, 10_000_000
"""What a server tells beyond these is not believed."""
ASK_S = 5.0
SERVED = ("n_ctx", "max_model_len", "context_length", "context_window", "max_context_length", "max_input_tokens")
"""What llama.cpp, vLLM, OpenRouter, Groq, LM Studio and LiteLLM call a model's context in `/v1/models`."""
TRAINED = ("n_ctx_train",)
"""What the model could take; llama.cpp may have been started with less."""


def input_window(connection: Connection, settings: Settings) -> int:
    """Input tokens that fit beside an answer: by the user's word, the server's, a known profile, or a safe guess."""
    context = settings.arxla_model_context_tokens or _told(connection) or _guess(connection)
    return context - min(connection.max_output_tokens, int(context * LARGEST_ANSWER_SHARE))


def context_of(entry: Mapping[str, Any]) -> int | None:
    """Tokens of context by one entry of a `/v1/models` answer; None when it tells none."""
    meta = entry.get("meta")
    facts = {**(meta if isinstance(meta, Mapping) else {}), **entry}
    sizes = [facts[name] for name in SERVED if _is_size(facts.get(name))]
    trained = [min(facts[name], LOCAL_TOKENS) for name in TRAINED if _is_size(facts.get(name))]
    return min(sizes) if sizes else min(trained, default=None)


def _is_size(value: object) -> bool:
    return isinstance(value, int) and SMALLEST_CONTEXT <= value <= LARGEST_CONTEXT


def _told(connection: Connection) -> int | None:
    """By the server itself, asked once for a connection."""
    if connection.list_models is None:
        return None
    if "context" not in connection.told:
        try:
            entries = call_within(ASK_S, connection.list_models, connection.errors, Clock())
        except FailedCall:
            entries = []
        named = [entry for entry in entries if connection.name.model in _names(entry)]
        connection.told["context"] = context_of((named or entries)[0]) if named or len(entries) == 1 else None
    return connection.told["context"]


def _names(entry: Mapping[str, Any]) -> list[Any]:
    aliases = entry.get("aliases")
    return [entry.get("id"), entry.get("name"), *(aliases if isinstance(aliases, list) else [])]


def _guess(connection: Connection) -> int:
    if is_local(connection.base_url):
        return LOCAL_TOKENS
    return (connection.chat.profile or {}).get("max_input_tokens") or HOSTED_TOKENS
