"""What a provider's error means: whether it is worth trying again, how long to wait, and what the user can do.

The table is our own, because `langchain_core`'s `is_retryable` calls an exhausted quota worth retrying.
"""

import math
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from enum import StrEnum
from typing import Any


class FaultKind(StrEnum):
    """What went wrong with one call."""

    THROTTLED = "throttled"
    """Refused for the model's limits: no other request to it would pass now either."""
    BUSY = "busy"
    """Overloaded, or a failing server: the same request may work later."""
    DROPPED = "dropped"
    """The connection broke, or the reply was not what the protocol says."""
    SLOW = "slow"
    """No reply within the time of a call."""
    KEY = "key"
    QUOTA = "quota"
    TOO_LONG = "too_long"
    NO_MODEL = "no_model"
    REFUSED = "refused"


LASTING = frozenset({FaultKind.KEY, FaultKind.QUOTA, FaultKind.NO_MODEL})
"""Every other request to the model would meet the same."""
RETRYABLE = frozenset({FaultKind.THROTTLED, FaultKind.BUSY, FaultKind.DROPPED, FaultKind.SLOW})
CODES = {
    "insufficient_quota": FaultKind.QUOTA,
    "billing_hard_limit_reached": FaultKind.QUOTA,
    "ServiceQuotaExceededException": FaultKind.QUOTA,
    "context_length_exceeded": FaultKind.TOO_LONG,
    "exceed_context_size_error": FaultKind.TOO_LONG,
    "invalid_api_key": FaultKind.KEY,
    "UnrecognizedClientException": FaultKind.KEY,
    "InvalidSignatureException": FaultKind.KEY,
    "ExpiredTokenException": FaultKind.KEY,
    "AccessDeniedException": FaultKind.KEY,
    "model_not_found": FaultKind.NO_MODEL,
    "ResourceNotFoundException": FaultKind.NO_MODEL,
    "throttlingException": FaultKind.THROTTLED,
    "ThrottlingException": FaultKind.THROTTLED,
    "TooManyRequestsException": FaultKind.THROTTLED,
    "ModelNotReadyException": FaultKind.BUSY,
    "ServiceUnavailableException": FaultKind.BUSY,
    "serviceUnavailableException": FaultKind.BUSY,
    "InternalServerException": FaultKind.BUSY,
    "internalServerException": FaultKind.BUSY,
    "ModelErrorException": FaultKind.BUSY,
    "modelStreamErrorException": FaultKind.BUSY,
    "ModelTimeoutException": FaultKind.SLOW,
}
STATUSES = {
    401: FaultKind.KEY,
    403: FaultKind.KEY,
    402: FaultKind.QUOTA,
    404: FaultKind.NO_MODEL,
    413: FaultKind.TOO_LONG,
    408: FaultKind.BUSY,
    409: FaultKind.BUSY,
    425: FaultKind.BUSY,
    429: FaultKind.THROTTLED,
}
EXCEPTIONS = {
    "ContextOverflowError": FaultKind.TOO_LONG,
    "NoCredentialsError": FaultKind.KEY,
    "CredentialRetrievalError": FaultKind.KEY,
    "TokenRetrievalError": FaultKind.KEY,
    "ParamValidationError": FaultKind.REFUSED,
    "OpenAIRefusalError": FaultKind.REFUSED,
    "APITimeoutError": FaultKind.SLOW,
    "ReadTimeoutError": FaultKind.SLOW,
    "ConnectTimeoutError": FaultKind.SLOW,
    "TimeoutException": FaultKind.SLOW,
    "TimeoutError": FaultKind.SLOW,
    "APIConnectionError": FaultKind.DROPPED,
    "APIResponseValidationError": FaultKind.DROPPED,
    "HTTPClientError": FaultKind.DROPPED,
    "ResponseParserError": FaultKind.DROPPED,
    "EventStreamError": FaultKind.BUSY,
    "HTTPError": FaultKind.DROPPED,
    "OSError": FaultKind.DROPPED,
    "ValueError": FaultKind.DROPPED,
    "TypeError": FaultKind.DROPPED,
    "LookupError": FaultKind.DROPPED,
    "AttributeError": FaultKind.DROPPED,
    "RecursionError": FaultKind.DROPPED,
    "APIError": FaultKind.BUSY,  # in the middle of a stream, where there is no status
}
"""By class name, so that no provider's package is imported to ask; looked up along the class's ancestors."""
TOO_LONG_WORDS = (
    "context length",
    "context window",
    "context size",
    "too many tokens",
    "input is too long",
    "prompt is too long",
)


@dataclass(frozen=True)
class Fault:
    """One failed call, understood. `retry_after_s` is what the server asked for."""

    kind: FaultKind
    message: str
    retry_after_s: float | None = None
    pause_s: float | None = None
    """For how long all calls to the model wait, when its limits were hit."""

    @property
    def retryable(self) -> bool:
        return self.kind in RETRYABLE


def classify(error: BaseException) -> Fault:
    """Understand a provider's exception: its error code first, then its HTTP status, then its class."""
    message = " ".join(str(error).split())[:400] or type(error).__name__
    code, status, headers = _facts(error)
    kind = CODES.get(code)
    if kind is None and status in (400, 422) and any(words in message.lower() for words in TOO_LONG_WORDS):
        kind = FaultKind.TOO_LONG
    if kind is None and status is not None and status >= 400:
        kind = FaultKind.BUSY if status >= 500 else STATUSES.get(status, FaultKind.REFUSED)
    if kind is None:
        names = (ancestor.__name__ for ancestor in type(error).__mro__)
        kind = next((EXCEPTIONS[name] for name in names if name in EXCEPTIONS), FaultKind.REFUSED)
    return Fault(kind, message, _retry_after(headers))


def _facts(error: BaseException) -> tuple[str, int | None, dict[str, Any]]:
    """(error code, HTTP status, lower-cased headers), from an OpenAI or a botocore exception."""
    response = getattr(error, "response", None)
    if isinstance(response, dict):
        metadata = response.get("ResponseMetadata", {})
        code = str(response.get("Error", {}).get("Code", ""))
        return code, metadata.get("HTTPStatusCode"), {k.lower(): v for k, v in metadata.get("HTTPHeaders", {}).items()}
    headers = {str(k).lower(): v for k, v in getattr(response, "headers", {}).items()}
    status = getattr(error, "status_code", None)
    body = getattr(error, "body", None)
    kind = body.get("type") if isinstance(body, dict) else None
    candidates = [str(value) for value in (getattr(error, "code", None), kind) if value]
    return next((c for c in candidates if c in CODES), ""), status if isinstance(status, int) else None, headers


def _retry_after(headers: dict[str, Any]) -> float | None:
    """Seconds of `retry-after-ms` or `Retry-After`, which may be a number or an HTTP date."""
    for name, scale in (("retry-after-ms", 0.001), ("retry-after", 1.0)):
        text = str(headers.get(name, ""))
        try:
            seconds = float(text) * scale
        except ValueError:
            continue
        return max(0.0, seconds) if math.isfinite(seconds) else None
    try:
        moment = parsedate_to_datetime(str(headers.get("retry-after", "")))
    except ValueError:
        return None
    return max(0.0, (moment - datetime.now(UTC)).total_seconds()) if moment.tzinfo else None
