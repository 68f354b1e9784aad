"""Amazon Bedrock's Converse API."""

import re

import boto3
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError
from langchain_aws import ChatBedrockConverse
from langchain_core.exceptions import LangChainException
from pydantic import SecretStr
from urllib3.exceptions import HTTPError

from runtime.errors import ModelUnavailable
from runtime.models.connection import MALFORMED, MOST_CONNECTIONS, Connection, output_tokens
from runtime.models.names import ModelName, is_local
from runtime.settings import Settings

ERRORS = (BotoCoreError, ClientError, LangChainException, HTTPError, OSError, *MALFORMED)
KEY_HINT = "set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or AWS_PROFILE"
CACHING_MODELS = re.compile(r"anthropic\.claude-(3-7|3-5-haiku|opus|sonnet|haiku)|amazon\.nova")
"""Models that take cache points; others refuse the request."""


def connect(name: ModelName, settings: Settings) -> Connection:
    """A model behind Converse. Raises `ModelUnavailable` with what to set when region or credentials are missing."""
    try:
        session = boto3.Session(
            aws_access_key_id=_plain(settings.aws_access_key_id),
            aws_secret_access_key=_plain(settings.aws_secret_access_key),
            aws_session_token=_plain(settings.aws_session_token),
            region_name=settings.aws_region,
            profile_name=settings.aws_profile,
        )
        region, credentials = session.region_name, session.get_credentials()
    except BotoCoreError as error:
        raise ModelUnavailable(f"The model {name.short} can't be used: {error}; {KEY_HINT}.") from error
    if region is None:
        raise ModelUnavailable(f"The model {name.short} needs a region: set AWS_REGION, for example us-east-1.")
    if credentials is None:
        raise ModelUnavailable(f"The model {name.short} needs credentials: {KEY_HINT}.")
    timeout = settings.arxla_model_timeout_s
    config = Config(
        connect_timeout=min(timeout, 20.0),
        read_timeout=timeout,
        retries={"total_max_attempts": 1},
        max_pool_connections=MOST_CONNECTIONS,
        proxies={} if is_local(name.base_url) else None,
    )
    client = session.client("bedrock-runtime", endpoint_url=name.base_url, config=config)
    return Connection(
        name=name,
        chat=ChatBedrockConverse(
            model_id=name.model,
            client=client,
            region_name=region,
            provider=_vendor(name.model),
            disable_streaming=True,
        ),
        errors=ERRORS,
        key_hint=KEY_HINT,
        max_output_tokens=output_tokens(settings, local=is_local(name.base_url)),
        base_url=name.base_url,
        marks_cache=CACHING_MODELS.search(name.model) is not None,
    )


def _vendor(model: str) -> str:
    """anthropic of `us.anthropic.claude-…`, which langchain-aws would otherwise look up over the network for an ARN."""
    parts = model.rpartition("/")[2].split(".")
    return parts[1] if len(parts) > 2 and len(parts[0]) <= 4 else parts[0]


def _plain(secret: SecretStr | None) -> str | None:
    return secret.get_secret_value() if secret is not None else None
