"""`arxla serve`: the in-memory API server in this process, with the flags it needs here."""

import http.client
import ipaddress
import logging
import os
import signal
import socket
import sys
import threading
import time
from importlib.util import find_spec
from typing import Any

from runtime.errors import InputError
from runtime.observability.tracing import tracing_variables
from runtime.settings import Settings

WHAT = {
    "arxla": "A paper or a dataset in, a measured small model out; by form or by chat.",
    "research": "A literature review of a question or a dataset, citing only what was found.",
    "brief": "A paper reduced to what code needs, with the criteria it must meet.",
    "review": "What would fail, cheat or crawl in a training program, and the program mended.",
}
GRAPHS = {name: {"path": f"arxla.serving.graphs:{name}", "description": what} for name, what in WHAT.items()}
CONFIG: dict[str, Any] = {
    "graphs": GRAPHS,
    "checkpointer": {"path": "arxla.serving.server.checkpointer"},
    "auth": {"path": "arxla.serving.auth:auth", "disable_studio_auth": True},
    "http": {"app": "arxla.serving.app:app"},
}
"""The same as in `langgraph.json`, which an installed arxla does not have beside it."""
QUIET = {"LANGGRAPH_CLI_NO_ANALYTICS": "1", "LANGGRAPH_NO_VERSION_CHECK": "true", "BG_JOB_MAX_RETRIES": "100"}
TALKATIVE = ("langgraph_api.cli", "langgraph_api.timing.timer", "langgraph_api.graph")
"""Loggers of the server that greet, and that call a slow start an error."""
USUAL_PORT = 2024
STUDIO = "https://smith.langchain.com/studio/?baseUrl="
READY_S = 180.0
POLL_S = 0.3
CLOSE_S = 3
"""How long answers that still go out may take after Ctrl-C."""
KEEP_ALIVE_S = 75
"""An idle connection's life: longer than clients' own (5 s in httpx, as uvicorn's default), or a client that
uses one again just then finds it closed."""


def serve(settings: Settings, host: str, port: int | None, jobs: int, ui: bool, verbose: bool, alone: bool) -> None:
    """Serve until Ctrl-C, or until the process that started this one is gone (unless `alone`).

    Raises `InputError` when that can't work.
    """
    if find_spec("langgraph_api") is None or find_spec("langgraph_runtime_inmem") is None:
        raise InputError('`arxla serve` needs the extra server: pip install "arxla[server]".')
    from arxla.serving.backend import open_backend

    open_backend(settings).close()  # a bad address is one sentence here, and a traceback inside the server
    port = free_port(host, port)
    if not is_local(host) and settings.arxla_server_token is None:
        warn(f"everybody who reaches {host} may use this server; set ARXLA_SERVER_TOKEN to ask for a token.")
    address = f"http://{f'[{host}]' if ':' in host else host}:{port}"
    threading.Thread(target=_announce, args=(settings, address, host, port, jobs, ui), daemon=True).start()
    if not alone:
        threading.Thread(target=_end_with_parent, args=(os.getppid(),), daemon=True).start()
    code: Any = 0
    try:
        _run(settings, host, port, jobs, ui, verbose)
    except SystemExit as end:  # Ctrl-C, or a start that failed
        code = end.code
    sys.stdout.flush()
    os._exit(code if isinstance(code, int) else 1)  # a thread may still wait for a provider's answer


def _run(settings: Settings, host: str, port: int, jobs: int, ui: bool, verbose: bool) -> None:
    from langgraph_api.cli import run_server

    level = "INFO" if verbose else "ERROR"
    for name in () if verbose else TALKATIVE:
        logging.getLogger(name).setLevel(logging.CRITICAL)
    run_server(
        host,
        port,
        graphs=CONFIG["graphs"],
        n_jobs_per_worker=jobs,
        env={**QUIET, **tracing_variables(settings), "LOG_LEVEL": level, "ARXLA_OUT": str(settings.out)},
        auth=CONFIG["auth"],
        http=CONFIG["http"] if ui else {"app": "arxla.serving.bare:app"},
        checkpointer=CONFIG["checkpointer"],
        disable_persistence=True,
        server_level=level,
        timeout_graceful_shutdown=CLOSE_S,
        timeout_keep_alive=KEEP_ALIVE_S,
    )


def free_port(host: str, wanted: int | None) -> int:
    """The port to listen on: the wanted one, or without a wish the usual one if it is free, else any.

    Raises `InputError` when the wanted one is taken, or the host is not this machine's.
    """
    for port in (USUAL_PORT, 0) if wanted is None else (wanted,):
        try:
            with socket.create_server((host, port), family=_family(host)) as probe:
                return int(probe.getsockname()[1])
        except OSError as error:
            reason = error.strerror or str(error)
            if port != USUAL_PORT or wanted is not None:
                raise InputError(f"Can't listen on {host}:{port or 'any port'} ({reason}); give another.") from error
    raise InputError(f"No port of {host} is free.")


def is_local(host: str) -> bool:
    """Whether only this machine can reach a server on that host."""
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def warn(text: str) -> None:
    """One sentence to standard error."""
    print(f"arxla: {text}", file=sys.stderr, flush=True)


def _family(host: str) -> socket.AddressFamily:
    return socket.AF_INET6 if ":" in host else socket.AF_INET


def _announce(settings: Settings, address: str, host: str, port: int, jobs: int, ui: bool) -> None:
    """Say where everything is, as soon as the server answers."""
    near = {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(host, host)
    deadline = time.monotonic() + READY_S
    while not _answers(near, port):
        if time.monotonic() > deadline:
            return warn(f"the server has not answered for {READY_S:.0f} s; see what it says with --verbose.")
        time.sleep(POLL_S)
    place = settings.out / ".server" if settings.arxla_database_url is None else "the Postgres of ARXLA_DATABASE_URL"
    lines = [f"arxla serves at {address}, {jobs} runs at a time.", ""]
    lines += [f"  web page  {address}/ui"] if ui else []
    lines += [f"  Studio    {STUDIO}{address}", f"  API       {address}/docs", ""]
    lines += ["It asks for the token of ARXLA_SERVER_TOKEN."] if settings.arxla_server_token else []
    lines += [f"Threads are kept in {place}. Ctrl-C ends the server; the next one goes on with what it was at."]
    if settings.arxla_database_url is not None:
        lines += [f"Results are in {settings.out.absolute()}: all servers of one Postgres need that same folder."]
    print("\n".join(lines), flush=True)
    return None


def _answers(host: str, port: int) -> bool:
    connection = http.client.HTTPConnection(host, port, timeout=2)
    try:
        connection.request("GET", "/ok", headers={"Host": f"localhost:{port}"})
        return connection.getresponse().status == http.client.OK
    except OSError:
        return False
    finally:
        connection.close()


def _end_with_parent(parent: int) -> None:
    while os.getppid() == parent:
        time.sleep(POLL_S)
    os.kill(os.getpid(), signal.SIGTERM)
