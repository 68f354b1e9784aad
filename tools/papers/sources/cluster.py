"""A connection to OpenSearch: authentication, bounded retries, and failures as sentences."""

import re
from collections.abc import Callable
from typing import Any
from urllib.parse import SplitResult, unquote, urlsplit

from opensearchpy import OpenSearch, Urllib3AWSV4SignerAuth
from opensearchpy import exceptions as faults

from runtime.errors import InputError, SourceUnavailable
from runtime.settings import Settings
from tools.papers.sources.aws import credentials_of, session_for
from tools.papers.sources.patience import ATTEMPTS, FIRST_WAIT_S, retrying

AWS_HOST = re.compile(
    r"\.(?P<region>[a-z0-9-]+)\.(?P<service>es|aoss)\.amazonaws\.com(?:\.cn)?$|\.aos\.(?P<dual>[a-z0-9-]+)\.on\.aws$"
)
"""Addresses of domains, of serverless collections, and of domains that speak IPv6 too."""
PASSING = {408, 429, 500, 502, 503, 504}
LONGEST_REASON = 300
ERRORS = (faults.OpenSearchException, faults.ImproperlyConfigured)


class Cluster:
    """One index behind one address. No message holds a password or a key.

    `ask` raises `InputError` for a query or an index name that OpenSearch refuses, `SourceUnavailable` when it is
    down after bounded retries or refuses our credentials.
    """

    def __init__(self, settings: Settings, wait_s: float = FIRST_WAIT_S) -> None:
        address = _address(settings)
        self.index = settings.opensearch_index
        self.place = f"{address.scheme}://{address.hostname}" + (f":{address.port}" if address.port else "")
        """The address without a user and a password."""
        self._wait_s = wait_s
        self._client = OpenSearch(
            hosts=[_host(settings)],
            http_auth=_authentication(settings),
            timeout=settings.opensearch_timeout_s,
            max_retries=0,
            **_trust(settings),
        )

    def ask(self, request: Callable[[OpenSearch], Any]) -> Any:
        """What the request answers."""
        try:
            return retrying(_is_passing, self._wait_s)(request, self._client)
        except ERRORS as error:
            raise self._named(error) from error

    def search(self, body: dict[str, Any], **options: Any) -> dict[str, Any]:
        """One page of hits; a part of the index that does not answer is a failure, not fewer hits."""
        options = {"index": self.index, "allow_partial_search_results": "false"} | options
        answer: dict[str, Any] = self.ask(lambda client: client.search(body=body, **options))
        return answer

    def _named(self, error: Exception) -> InputError | SourceUnavailable:
        status = error.status_code if isinstance(error, faults.TransportError) else None
        if status == 400:
            return InputError(f"OpenSearch refuses the query: {reason_of(error)}")
        if status == 404:
            return InputError(
                f"There is no index {self.index!r} at {self.place} ({reason_of(error)}): set OPENSEARCH_INDEX."
            )
        if status in (401, 403):
            return SourceUnavailable(
                f"OpenSearch at {self.place} refuses us ({status}): set OPENSEARCH_USERNAME and OPENSEARCH_PASSWORD, "
                "or OPENSEARCH_AUTH=sigv4 with AWS credentials that may read the index."
            )
        if isinstance(error, faults.SSLError):
            return SourceUnavailable(
                f"The certificate of {self.place} can't be verified; name its authority with OPENSEARCH_CA_CERTS."
            )
        if isinstance(error, faults.SerializationError):
            return SourceUnavailable(f"What answers at {self.place} is not OpenSearch; look at OPENSEARCH_URL.")
        what = "does not answer" if status in ("N/A", "TIMEOUT", None) else f"fails with status {status}"
        return SourceUnavailable(
            f"OpenSearch at {self.place} {what} after {ATTEMPTS} attempts; start it, or look at OPENSEARCH_URL."
        )


def reason_of(error: Exception) -> str:
    """OpenSearch's own first reason, on one short line."""
    info = error.info if isinstance(error, faults.TransportError) else {}
    body = info.get("error") if isinstance(info, dict) else None
    if isinstance(body, dict):
        causes = body.get("root_cause") or [body]
        text = str(causes[0].get("reason") or body.get("reason") or body.get("type"))
    else:
        text = str(body or getattr(error, "error", error))
    return " ".join(text.split())[:LONGEST_REASON]


def _address(settings: Settings) -> SplitResult:
    if not settings.opensearch_url:
        raise InputError("OpenSearch is not configured: set OPENSEARCH_URL, for example https://host:9200.")
    try:
        address = urlsplit(settings.opensearch_url)
        usable = address.scheme in ("http", "https") and address.hostname and address.port != 0
    except ValueError:  # a port that is no number
        usable = False
    if not usable:
        raise InputError("OPENSEARCH_URL must be an address such as https://host:9200.")
    return address


def _host(settings: Settings) -> dict[str, Any]:
    address = _address(settings)
    secure = address.scheme == "https"
    return {
        "host": address.hostname,
        "port": address.port or (443 if secure else 80),
        "use_ssl": secure,
        "url_prefix": address.path.strip("/"),
    }


def _trust(settings: Settings) -> dict[str, Any]:
    return {"ca_certs": str(settings.opensearch_ca_certs)} if settings.opensearch_ca_certs else {}


def _authentication(settings: Settings) -> Any:
    """None, a name and a password, or a signer of requests. Raises `InputError` naming what is missing."""
    address = _address(settings)
    username = settings.opensearch_username or unquote(address.username or "")
    secret = settings.opensearch_password.get_secret_value() if settings.opensearch_password else ""
    password = secret or unquote(address.password or "")
    hosted = AWS_HOST.search(address.hostname or "")
    kind = settings.opensearch_auth
    if kind == "auto":
        kind = "basic" if username else "sigv4" if hosted else "none"
    if kind == "none":
        return None
    if kind == "basic":
        if not username or not password:
            raise InputError("OpenSearch needs a name and a password: set OPENSEARCH_USERNAME and OPENSEARCH_PASSWORD.")
        return (username, password)
    session = session_for(settings, region=(hosted["region"] or hosted["dual"]) if hosted else None)
    if not session.region_name:
        raise InputError("Signed requests to OpenSearch need a region: set AWS_REGION, for example us-east-1.")
    service = (hosted["service"] or "es") if hosted else settings.opensearch_service
    return Urllib3AWSV4SignerAuth(credentials_of(session), session.region_name, service)


def _is_passing(error: BaseException) -> bool:
    if isinstance(error, faults.SSLError) or not isinstance(error, faults.TransportError):
        return False
    return error.status_code in PASSING or isinstance(error, faults.ConnectionError)
