"""Full texts in S3: streamed to a file, capped in size, and extracted by their form (gzip too)."""

from collections.abc import Callable
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, BinaryIO

from botocore.config import Config
from botocore.exceptions import (
    BotoCoreError,
    ClientError,
    NoCredentialsError,
    ParamValidationError,
    PartialCredentialsError,
    TokenRetrievalError,
)
from urllib3.exceptions import HTTPError

from runtime.errors import InputError, SourceUnavailable
from runtime.settings import Settings
from tools.papers.extract import Limits, extract
from tools.papers.paper import FetchedText
from tools.papers.sources.aws import HINT, session_for
from tools.papers.sources.entries import shown
from tools.papers.sources.fields import S3_URI
from tools.papers.sources.patience import ATTEMPTS, FIRST_WAIT_S, retrying
from tools.results.writing import naming_disk_faults

CONNECT_S, READ_S = 10.0, 60.0
BLOCK = 1 << 20
HEAD = 1024
ABSENT = {"404", "NoSuchKey", "NoSuchBucket", "NotFound", "NoSuchVersion"}
REFUSED = {"403", "401", "AccessDenied", "InvalidAccessKeyId", "SignatureDoesNotMatch", "ExpiredToken", "InvalidToken"}
SLOW_DOWN = {"SlowDown", "Throttling", "ThrottlingException", "RequestTimeout", "429"}
NO_CREDENTIALS = (NoCredentialsError, PartialCredentialsError, TokenRetrievalError)
TOLD = {".tex", ".ltx", ".latex", ".md", ".markdown", ".mmd", ".html", ".htm", ".xhtml"}
FORM_OF_TYPE = {"text/html": ".html", "application/x-tex": ".tex", "text/markdown": ".md"}


class S3Texts:
    """Reads what a record names and nothing else. Raises `InputError` for what the record or the settings have wrong,
    `SourceUnavailable` for a service that is down or refuses us."""

    def __init__(self, settings: Settings, wait_s: float = FIRST_WAIT_S) -> None:
        self._settings = settings
        self._wait_s = wait_s
        self._made: Any = None

    def fetch(self, location: str, destination: Path) -> FetchedText:
        """Extract the object at s3://bucket/key to `destination`."""
        bucket, key = split_location(location)
        with TemporaryDirectory(prefix="arxla-s3-") as folder:
            raw = Path(folder) / "object"
            kind = self._trying(location, lambda: self._download(bucket, key, raw))
            named = raw.rename(raw.with_name(_name(raw, key, kind)))
            try:
                return extract(named, destination, Limits(input_mb=self._settings.arxla_paper_max_mb))
            except InputError as fault:
                raise InputError(f"The object at {shown(location)} can't be used: {fault}") from None

    def revision(self, location: str) -> str:
        """The object's ETag, without reading it."""
        bucket, key = split_location(location)
        found = self._trying(location, lambda: self._client().head_object(Bucket=bucket, Key=key))
        return str(found.get("ETag", "")).strip('"')

    def check(self, bucket: str) -> None:
        """Raise unless the bucket answers."""
        self._trying(f"s3://{bucket}", lambda: self._client().list_objects_v2(Bucket=bucket, MaxKeys=1))

    def _client(self) -> Any:
        if self._made is None:
            config = Config(connect_timeout=CONNECT_S, read_timeout=READ_S, retries={"total_max_attempts": 1})
            session = session_for(self._settings, region="us-east-1")
            self._made = session.client("s3", endpoint_url=self._settings.s3_endpoint_url, config=config)
        return self._made

    def _trying(self, location: str, work: Callable[[], Any]) -> Any:
        try:
            return retrying(_is_passing, self._wait_s)(work)
        except (ClientError, BotoCoreError, HTTPError) as error:
            raise _named(location, error) from error

    def _download(self, bucket: str, key: str, raw: Path) -> str:
        """Stream one object to a file and answer its content type."""
        found = self._client().get_object(Bucket=bucket, Key=key)
        self._check_size(int(found.get("ContentLength", 0)), key)
        with naming_disk_faults(raw), raw.open("wb") as file:
            self._copy(found["Body"], file, key)
        return str(found.get("ContentType", "")).partition(";")[0].strip().lower()

    def _copy(self, source: Any, file: BinaryIO, name: str) -> None:
        size = 0
        while block := source.read(BLOCK):
            size += len(block)
            self._check_size(size, name)
            file.write(block)

    def _check_size(self, size: int, name: str) -> None:
        most = self._settings.arxla_paper_max_mb
        if size > most * 1_000_000:
            raise InputError(f"The paper at {shown(name)} is larger than {most} MB; ARXLA_PAPER_MAX_MB allows more.")


def split_location(location: str) -> tuple[str, str]:
    """Bucket and key. Raises `InputError` when the record names a key alone and no bucket is set."""
    found = S3_URI.fullmatch(location)
    if found:
        return found[1], found[2]
    if location.startswith("s3:///"):
        raise InputError(f"The record names the key {shown(location[6:])} without a bucket: set PAPERS_BUCKET.")
    raise InputError(f"{shown(location)} is not the address of an object in S3.")


def _name(file: Path, key: str, kind: str) -> str:
    """A name of our own that tells `extract` what its bytes don't: that a text is LaTeX, Markdown or HTML."""
    with file.open("rb") as stream:
        if b"%PDF-" in stream.read(HEAD):
            return "paper"
    packed = ".gz" if key.lower().endswith(".gz") else ""
    suffix = Path(key[: len(key) - len(packed)]).suffix.lower()
    return "paper" + (suffix if suffix in TOLD else FORM_OF_TYPE.get(kind, "")) + packed


def _is_passing(error: BaseException) -> bool:
    if isinstance(error, ClientError):
        status = error.response.get("ResponseMetadata", {}).get("HTTPStatusCode", 0)
        return status >= 500 or _code(error) in SLOW_DOWN
    return isinstance(error, BotoCoreError | HTTPError) and not isinstance(
        error, (*NO_CREDENTIALS, ParamValidationError)
    )


def _named(location: str, error: Exception) -> InputError | SourceUnavailable:
    if isinstance(error, ClientError):
        code = _code(error)
        if code in ABSENT:
            return InputError(
                f"There is nothing at {shown(location)}: the record names an object that S3 does not hold."
            )
        if code in REFUSED:
            return SourceUnavailable(f"S3 refuses {shown(location)} ({code}); {HINT}, with the right to read it.")
        return SourceUnavailable(f"S3 failed at {shown(location)} ({code}) after {ATTEMPTS} attempts; try again later.")
    if isinstance(error, ParamValidationError):
        return InputError(f"{shown(location)} is not the address of an object in S3.")
    if isinstance(error, NO_CREDENTIALS):
        return SourceUnavailable(f"There are no AWS credentials for {shown(location)}: {HINT}.")
    return SourceUnavailable(
        f"S3 can't be reached for {shown(location)} ({type(error).__name__}) after {ATTEMPTS} attempts; "
        "look at the network, AWS_REGION and S3_ENDPOINT_URL."
    )


def _code(error: ClientError) -> str:
    return str(error.response.get("Error", {}).get("Code", ""))
