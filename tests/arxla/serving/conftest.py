"""A real Postgres, where its programs can run."""

import logging
from collections.abc import Iterator
from typing import Any

import pytest


@pytest.fixture(scope="session")
def postgres_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Any]:
    """A server of its own."""
    pgserver = pytest.importorskip("pgserver", reason="pgserver, which brings Postgres, is not installed")
    logging.getLogger("pgserver").setLevel(logging.ERROR)
    try:
        server = pgserver.get_server(tmp_path_factory.mktemp("postgres"), cleanup_mode="stop")
    except (OSError, RuntimeError, AssertionError) as fault:
        pytest.skip(f"Postgres does not start here: {fault}")
    yield server
    server.cleanup()


@pytest.fixture(scope="module")
def postgres(postgres_server: Any, request: pytest.FixtureRequest) -> str:
    """The address of an empty database, which the tests of one file share."""
    name = request.module.__name__.rpartition(".")[2]
    postgres_server.psql(f"CREATE DATABASE {name};")
    return str(postgres_server.get_uri(database=name))
