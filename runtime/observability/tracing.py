"""Whether runs are traced to LangSmith: decided here for the whole process, whatever LangChain's own variables say.

LangChain, LangGraph and their server post traces by themselves as soon as one of `LANGSMITH_TRACING`,
`LANGSMITH_TRACING_V2` or `LANGCHAIN_TRACING_V2` is true. Here the settings alone decide.
"""

import logging
import os
import threading
from collections.abc import Callable
from typing import TYPE_CHECKING

from runtime.observability.masking import masked
from runtime.settings import Settings

if TYPE_CHECKING:
    from langsmith import Client

FLUSH_S = 10.0
"""How long the end of a process waits for traces that are still on their way."""
TIMEOUT_MS = 10_000
LANGCHAIN_SWITCHES = ("LANGSMITH_TRACING_V2", "LANGCHAIN_TRACING_V2")
OLD_SWITCHES = ("LANGCHAIN_TRACING", "LANGCHAIN_HANDLER")
"""LangChain refuses to work where one of these is set without the newer one."""
UNHURRIED = {"LANGSMITH_USE_DAEMON": "true", "LANGSMITH_DISABLE_RUN_COMPRESSION": "true"}
"""No pool, and daemons alone: else the client's threads keep a process alive for minutes where LangSmith is silent."""
_DECIDED = threading.Event()


def decide_tracing(settings: Settings, failed: Callable[[str], None] = lambda _: None) -> "Client | None":
    """Switch tracing on when the settings say so and hold a key, else off; returns the client that sends, if any.

    `failed` is told, in a sentence and from any thread, when traces could not be delivered.
    """
    import langsmith
    from langsmith.utils import get_env_var

    _DECIDED.set()
    if not settings.langsmith_tracing or settings.langsmith_api_key is None:
        _switch_off()
        return None
    # Without a handler of its own, what LangSmith says of a server that is down is printed into a run's progress.
    logging.getLogger("langsmith").addHandler(logging.NullHandler())
    mask = settings.mask_secrets

    def undelivered(error: Exception) -> None:
        failed(f"LangSmith did not take the traces of this run: {mask(str(error))[:200]}")

    os.environ.update(UNHURRIED)
    get_env_var.cache_clear()  # type: ignore[attr-defined]  # it keeps what a variable was when first read
    client = langsmith.Client(
        settings.langsmith_endpoint,
        api_key=settings.langsmith_api_key.get_secret_value(),
        anonymizer=lambda value: masked(value, mask),
        omit_traced_runtime_info=True,
        timeout_ms=TIMEOUT_MS,
        tracing_error_callback=undelivered,
    )
    langsmith.configure(client=client, enabled=True, project_name=settings.langsmith_project)
    return client


def end_tracing(client: "Client", failed: Callable[[str], None]) -> None:
    """Send what is held back, for `FLUSH_S` at most; `failed` is told what was given up."""
    client.flush(FLUSH_S)
    if client.tracing_queue is not None and client.tracing_queue.unfinished_tasks:
        failed(f"LangSmith did not take the traces of this run: it was silent for {FLUSH_S:g} s.")
    client.close(timeout=0)


def tracing_variables(settings: Settings) -> dict[str, str]:
    """What a server that reads LangChain's switches itself must find in its environment."""
    traced = settings.langsmith_tracing and settings.langsmith_api_key is not None
    return dict.fromkeys(("LANGSMITH_TRACING", *LANGCHAIN_SWITCHES), str(traced).lower())


def undecided_is_off() -> None:
    """Switch tracing off where nobody has decided: for clients that are made outside a run."""
    if not _DECIDED.is_set():
        _switch_off()


def _switch_off() -> None:
    import langsmith

    for name in OLD_SWITCHES:
        os.environ.pop(name, None)
    langsmith.configure(enabled=False)
