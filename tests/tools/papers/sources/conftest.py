"""One small library of papers behind every source, so that one contract suite can be run on each."""

import os
import uuid
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import boto3
import pytest
from moto.server import ThreadedMotoServer
from paper_library import BUCKET, Letters, documents, files, filled, index_documents, stand_in

from runtime.settings import Settings, load_settings
from tools.papers.paper import PaperSource
from tools.papers.sources.embedded import EmbeddedIndex
from tools.papers.sources.files import FileSource


@pytest.fixture
def extraction(monkeypatch: pytest.MonkeyPatch) -> None:
    """The real one starts a process a file."""
    for module in ("files", "adding", "s3"):
        monkeypatch.setattr(f"tools.papers.sources.{module}.extract", stand_in)


@pytest.fixture
def index(tmp_path: Path) -> EmbeddedIndex:
    return filled(EmbeddedIndex(tmp_path / "papers"), tmp_path)


@pytest.fixture(scope="session")
def s3_url() -> Iterator[str]:
    server = ThreadedMotoServer(port=0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    yield f"http://{host}:{port}"
    server.stop()


@pytest.fixture
def bucket(s3_url: str, monkeypatch: pytest.MonkeyPatch) -> Any:
    """An empty bucket called `texts`."""
    for name in ("AWS_PROFILE", "AWS_SESSION_TOKEN"):
        monkeypatch.delenv(name, raising=False)
    keys = {"aws_access_key_id": "AKIATESTTESTTEST", "aws_secret_access_key": "not-a-secret"}
    resource = boto3.resource("s3", endpoint_url=s3_url, region_name="us-east-1", **keys)
    made = resource.create_bucket(Bucket=BUCKET)
    made.objects.all().delete()
    return made


@pytest.fixture
def settings(tmp_path: Path, s3_url: str) -> Settings:
    keys = {"aws_access_key_id": "AKIATESTTESTTEST", "aws_secret_access_key": "not-a-secret"}
    places = {"s3_endpoint_url": s3_url, "arxla_papers_dir": tmp_path / "papers", "opensearch_url": None}
    return load_settings(env_file=None, aws_region="us-east-1", **keys, **places)


@pytest.fixture
def cluster_index(settings: Settings) -> Iterator[tuple[Settings, Any]]:
    """Settings for an index of our own in a real OpenSearch, and a client for it."""
    from opensearchpy import OpenSearch

    url = os.environ.get("ARXLA_OPENSEARCH_URL")
    if not url:
        pytest.skip("ARXLA_OPENSEARCH_URL is not set")
    client = OpenSearch([url])
    name = f"arxla-test-{uuid.uuid4().hex[:12]}"
    client.indices.create(index=name, body={"settings": {"number_of_shards": 2, "number_of_replicas": 0}})
    update = {"opensearch_url": url, "opensearch_index": name, "opensearch_auth": "none"}
    yield settings.model_copy(update=update), client
    client.indices.delete(index=name)


@pytest.fixture(params=["index", "index and vectors", "file", pytest.param("opensearch", marks=pytest.mark.service)])
def source(request: pytest.FixtureRequest, tmp_path: Path, extraction: None) -> PaperSource:  # noqa: ARG001
    """Every implementation of the protocol, over the same library."""
    if request.param == "index":
        return filled(EmbeddedIndex(tmp_path / "papers"), tmp_path)
    if request.param == "index and vectors":
        return filled(EmbeddedIndex(tmp_path / "papers", Letters()), tmp_path)
    if request.param == "file":
        return files(tmp_path / "files")
    from tools.papers.sources.opensearch import OpenSearchSource

    settings, client = request.getfixturevalue("cluster_index")
    index_documents(client, settings.opensearch_index, documents())
    return OpenSearchSource(settings, wait_s=0)


@pytest.fixture
def id_of() -> Callable[[PaperSource, str], str]:
    """A paper's id at a source: of a file it is the path."""
    return lambda source, name: str(source.path / f"{name}.md") if isinstance(source, FileSource) else name
