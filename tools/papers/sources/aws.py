"""The user's AWS credentials, for S3 and for signed OpenSearch requests."""

from typing import Any

import boto3
from botocore.exceptions import BotoCoreError
from pydantic import SecretStr

from runtime.errors import InputError
from runtime.settings import Settings

HINT = "set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or AWS_PROFILE"


def session_for(settings: Settings, region: str | None = None) -> Any:
    """A boto3 session: the settings first, then boto3's own chain. Raises `InputError` when they don't fit together."""
    if (settings.aws_access_key_id is None) != (settings.aws_secret_access_key is None):
        raise InputError(f"Of the AWS credentials one half is missing: {HINT}.")
    try:
        return boto3.Session(
            aws_access_key_id=_plain(settings.aws_access_key_id),
            aws_secret_access_key=_plain(settings.aws_secret_access_key),
            aws_session_token=_plain(settings.aws_session_token),
            region_name=settings.aws_region or region,
            profile_name=settings.aws_profile,
        )
    except BotoCoreError as error:
        raise InputError(f"The AWS credentials can't be used ({error}); {HINT}.") from error


def credentials_of(session: Any) -> Any:
    """Raises `InputError` when there are none."""
    try:
        found = session.get_credentials()
    except BotoCoreError as error:
        raise InputError(f"The AWS credentials can't be used ({error}); {HINT}.") from error
    if found is None:
        raise InputError(f"There are no AWS credentials: {HINT}.")
    return found


def _plain(secret: SecretStr | None) -> str | None:
    return secret.get_secret_value() if secret else None
