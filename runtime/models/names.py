"""Model names: `provider:model`, or `provider:model@http://host/v1` for a server of one's own."""

import ipaddress
import threading
from collections.abc import Hashable
from dataclasses import dataclass, field
from functools import lru_cache
from importlib import import_module
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from runtime.errors import InputError
from runtime.observability.tracing import undecided_is_off
from runtime.secrets import mask_secrets
from runtime.settings import Settings

if TYPE_CHECKING:
    from runtime.models.connection import Connection

EXPERT = "expert"
PROVIDERS = {
    "openai": "runtime.models.openai_provider:connect_chat",
    "openai_responses": "runtime.models.openai_provider:connect_responses",
    "bedrock_converse": "runtime.models.bedrock_provider:connect",
}
"""A provider is a function `(ModelName, Settings) -> Connection`, imported when it is chosen."""


@dataclass(frozen=True)
class ModelName:
    """A parsed model name. `base_url` is None where the provider's own address, or the settings', is meant."""

    provider: str
    model: str
    base_url: str | None = None

    def __str__(self) -> str:
        return f"{self.provider}:{self.model}" + (f"@{self.base_url}" if self.base_url else "")

    @property
    def short(self) -> str:
        """provider:model, for artefacts and events."""
        return f"{self.provider}:{self.model}"


def parse_model_name(text: str) -> ModelName:
    """Read a model name other than the expert's. Raises `InputError` for a malformed name or an unknown provider."""
    provider, colon, rest = text.strip().partition(":")
    if not colon or not provider or not rest:
        raise InputError(f"{text!r} is not a model name: write provider:model, for example openai:gpt-5, or expert.")
    if provider not in PROVIDERS:
        raise InputError(f"There is no model provider named {provider!r}: choose {', '.join(PROVIDERS)}, or expert.")
    model, at, address = rest.rpartition("@http")
    base_url = f"http{address}" if at else None
    model = model if at else rest
    if not model or any(c.isspace() for c in model) or (base_url is not None and not _is_address(base_url)):
        raise InputError(
            f"{mask_secrets(text)!r} is not a model name: write provider:model or provider:model@http://host:port/v1."
        )
    return ModelName(provider, model, base_url)


def is_local(base_url: str | None) -> bool:
    """Whether an address is of this machine or a private network, where calls cost no money."""
    host = urlsplit(base_url).hostname if base_url else None
    if host is None:
        return False
    try:
        return ipaddress.ip_address(host).is_private
    except ValueError:
        return host == "localhost" or host.endswith(".local") or "." not in host


def connect(name: ModelName, settings: Settings) -> "Connection":
    """Load the provider and make its client, one a process; no request is sent.

    Making a client takes longer than a short call, and callers that share one share its connections. Raises
    `ModelUnavailable` when a key is missing.
    """
    values = tuple(value for _, value in settings if not isinstance(value, dict))
    with _CONNECTING:
        return _connect(name, _SettingsKey(values, settings))


@dataclass(frozen=True)
class _SettingsKey:
    """Settings by value."""

    values: tuple[Hashable, ...]
    settings: Settings = field(compare=False)


_CONNECTING = threading.Lock()


@lru_cache(maxsize=32)
def _connect(name: ModelName, key: _SettingsKey) -> "Connection":
    undecided_is_off()
    module, _, function = PROVIDERS[name.provider].partition(":")
    connection: Connection = getattr(import_module(module), function)(name, key.settings)
    return connection


def _is_address(url: str) -> bool:
    """Whether a URL names a server; one with a password in it does not: model names are written into every artefact."""
    try:
        parts = urlsplit(url)
        return (
            parts.scheme in ("http", "https") and bool(parts.hostname) and parts.port != 0 and "@" not in parts.netloc
        )
    except ValueError:
        return False
