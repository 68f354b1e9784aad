"""`arxla serve`: Studio, SDK, chat and web page, all from one server."""

from pathlib import Path
from typing import Annotated

from typer import Option


def serve(
    host: Annotated[str, Option(help="Where to listen; 0.0.0.0 lets other machines in.")] = "127.0.0.1",
    port: Annotated[int | None, Option(min=1, max=65535, help="[default: 2024, or any free one]")] = None,
    jobs: Annotated[int, Option("--jobs", "--workers", min=1, max=500, help="Runs at the same time.")] = 10,
    ui: Annotated[bool, Option("--ui/--no-ui", help="With the web page under /ui.")] = True,
    verbose: Annotated[bool, Option("--verbose", help="Print the server's own log.")] = False,
    detached: Annotated[bool, Option("--detached", help="Go on when the process that started it ends.")] = False,
    out: Annotated[Path | None, Option(help="Where results and the server's state go. [default: results]")] = None,
) -> None:
    """Serve the graphs to LangGraph Studio, the LangGraph SDK and a browser, until Ctrl-C."""
    from arxla.serving.launch import serve as start
    from runtime.settings import load_settings

    start(load_settings({"out": out}), host, port, jobs, ui, verbose, detached)
