"""A real Postgres, where its programs can run."""

import logging
from collections.abc import Iterator

import pytest


@pytest.fixture(scope="session")
def postgres(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of an empty database of a server of its own."""
    pgserver = pytest.importorskip("pgserver", reason="pgserver, which brings Postgres, is not installed")
    logging.getLogger("pgserver").setLevel(logging.ERROR)
    try:
        server = pgserver.get_server(tmp_path_factory.mktemp("postgres"), cleanup_mode="stop")
    except (OSError, RuntimeError, AssertionError) as fault:
        pytest.skip(f"Postgres does not start here: {fault}")
    yield server.get_uri()
    server.cleanup()
