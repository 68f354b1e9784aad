"""What `arxla doctor` looks at for `arxla serve`."""

from importlib.util import find_spec

from arxla.checks import Check
from runtime.errors import InputError
from runtime.settings import Settings


def check_server(settings: Settings) -> Check:
    """Whether a server can start here, and reach the Postgres that is configured."""
    if find_spec("langgraph_api") is None or find_spec("langgraph_runtime_inmem") is None:
        advice = 'For `arxla serve`: pip install "arxla[server]".'
        return Check(name="server", state="warn", detail="the extra server is not installed", advice=advice)
    if settings.arxla_database_url is None:
        return Check(name="server", state="ok", detail="threads are kept in SQLite, in the results folder")
    from arxla.serving.backend import open_backend

    try:
        open_backend(settings).close()
    except InputError as fault:
        return Check(name="server", state="fail", detail=str(fault), advice="Or unset it: SQLite needs no server.")
    return Check(name="server", state="ok", detail="threads are kept in the Postgres of ARXLA_DATABASE_URL")
