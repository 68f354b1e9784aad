"""How soon /ui shows something: `python -m evals.benchmarks.first_paint [--runs N] [--visits N] [--json]`.

Makes a folder of runs, starts the page on it, and asks headless Chromium when it first painted text
(first-contentful-paint of the Paint Timing API): in a browser and a server that have seen nothing yet, and again and
again. Beside it, in the same run, what a list would cost that reads every record each time.
"""

import argparse
import json
import os
import socket
import statistics
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path

from playwright.sync_api import Browser, BrowserContext, sync_playwright

from evals.benchmarks.many_runs import make_runs
from tools.results.listing import RunIndex

TARGET_S = 1.0
PAGE = 50
START_S = 120.0
CHROMIUM = Path("/usr/bin/chromium")
PAINT = "() => performance.getEntriesByName('first-contentful-paint')[0]?.startTime ?? null"


@dataclass(frozen=True)
class Times:
    """Seconds; `visit` is the median of the later ones."""

    runs: int
    first_visit: float
    visit: float
    search: float
    """First paint of a list that is filtered and sorted, which needs every record."""
    get: float
    """Median of the plain GET of /ui/."""
    read_all: float
    """Reading every record, as a list without a cache does for each visit."""
    read_page: float
    """Reading the records of the newest page alone, the first time."""
    read_again: float
    """All of them once more, unchanged."""


def measure(runs: int, visits: int) -> Times:
    """Make the runs, start the page, visit it."""
    with tempfile.TemporaryDirectory(prefix="arxla-paint-") as scratch:
        results = Path(scratch) / "results"
        make_runs(results, runs)
        read_all = _timed(lambda: RunIndex(results).runs())
        read_page = _timed(lambda: RunIndex(results).runs(limit=PAGE))
        index = RunIndex(results)
        index.runs()
        read_again = _timed(lambda: index.runs())
        with _server(Path(scratch), results) as address, sync_playwright() as playwright:
            browser = playwright.chromium.launch(
                executable_path=str(CHROMIUM) if CHROMIUM.exists() else None,
                args=["--no-sandbox", "--disable-background-networking"],
            )
            first, again, search = _visits(browser, address, visits)
            browser.close()
            get = statistics.median(_timed(lambda: _get(address)) for _ in range(visits))
    return Times(runs, first, again, search, get, read_all, read_page, read_again)


class _server:  # noqa: N801
    """The page in a process of its own, on a free port, until the block ends."""

    def __init__(self, scratch: Path, results: Path) -> None:
        (scratch / ".env").write_text(f"ARXLA_OUT={results}\n")
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            port = free.getsockname()[1]
        self.address = f"http://127.0.0.1:{port}/ui/"
        command = [sys.executable, "-m", "uvicorn", "arxla.web.app:app", "--port", str(port), "--log-level", "warning"]
        self._process = subprocess.Popen(command, cwd=scratch)

    def __enter__(self) -> str:
        deadline = time.monotonic() + START_S
        ready = self.address + "static/icon.svg"
        while time.monotonic() < deadline and self._process.poll() is None:
            try:
                _get(ready)
            except urllib.error.URLError:
                time.sleep(0.1)
            else:
                return self.address
        self._process.kill()
        raise SystemExit(f"The page did not start within {START_S:g} s.")

    def __exit__(self, *_: object) -> None:
        self._process.terminate()
        self._process.wait(10)


def _visits(browser: Browser, address: str, visits: int) -> tuple[float, float, float]:
    context = browser.new_context()
    first = _paint(context, address)
    later = statistics.median(_paint(context, address) for _ in range(visits))
    search = statistics.median(_paint(context, address + "?sort=score&state=SUCCESS") for _ in range(3))
    context.close()
    return first, later, search


def _paint(context: BrowserContext, address: str) -> float:
    """Seconds from the navigation to the first contentful paint."""
    page = context.new_page()
    try:
        page.goto(address, wait_until="load")
        deadline = time.monotonic() + 10
        while (painted := page.evaluate(PAINT)) is None and time.monotonic() < deadline:
            page.wait_for_timeout(20)
        if painted is None:
            raise SystemExit("Chromium reported no first paint.")
        return float(painted) / 1000
    finally:
        page.close()


def _get(address: str) -> None:
    with urllib.request.urlopen(address, timeout=10) as answer:
        answer.read()


def _timed(work: Callable[[], object]) -> float:
    begun = time.perf_counter()
    work()
    return time.perf_counter() - begun


def main() -> None:
    """Print a table, or JSON with --json."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--runs", type=int, default=1000)
    parser.add_argument("--visits", type=int, default=10)
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args()
    times = measure(options.runs, options.visits)
    if options.json:
        print(json.dumps({"load": os.getloadavg()[0], **asdict(times)}))
        return
    lines = {
        "first paint, first visit": times.first_visit,
        "first paint, later visits": times.visit,
        "first paint, filtered and sorted": times.search,
        "GET /ui/": times.get,
        "every record read": times.read_all,
        "the newest page read": times.read_page,
        "every record, unchanged since": times.read_again,
    }
    for name, seconds in lines.items():
        print(f"{name:36}{1000 * seconds:10.0f} ms")
    print(f"{times.runs} runs; target for the first paint {1000 * TARGET_S:.0f} ms; load {os.getloadavg()[0]:.1f}")


if __name__ == "__main__":
    main()
