"""How long a boxed job takes to start and to come back: `python -m evals.benchmarks.box_start [--jobs N] [--json]`.

The warm zygote and a cold bubblewrap process take turns in one run, so that both meet the same machine. `cold, torch`
is what a training job pays in a cold process: its entry point imports torch and torch_xla.
"""

import argparse
import json
import os
import statistics
import tempfile
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

from runtime.box.protocol import Sandbox
from runtime.box.registry import open_sandbox
from runtime.errors import SandboxFailure
from runtime.job import Job

FIRST_LINE_TARGET_MS = 40.0
ROUND_TRIP_TARGET_MS = 70.0
COLD_TORCH_JOBS = 3
PASS = "pass"
USE_TORCH = "import torch, torch_xla"


@dataclass(frozen=True)
class Timing:
    """Milliseconds over `jobs` jobs. `first_line` is from the request to the entry point."""

    name: str
    jobs: int
    first_line_median: float
    first_line_p95: float
    round_trip_median: float
    round_trip_p95: float


def measure(jobs: int) -> list[Timing]:
    """Run `jobs` empty jobs in each sandbox by turns, and a few that import torch in a cold process."""
    zygote, bubblewrap = open_sandbox("zygote"), open_sandbox("bubblewrap")
    try:
        with tempfile.TemporaryDirectory(prefix="arxla-bench-") as folder:
            _one(zygote, PASS, Path(folder))  # waits for the imports of the warm process
            warm, cold = [], []
            for _ in range(jobs):
                warm.append(_one(zygote, PASS, Path(folder)))
                cold.append(_one(bubblewrap, PASS, Path(folder)))
            torch = [_one(bubblewrap, USE_TORCH, Path(folder)) for _ in range(COLD_TORCH_JOBS)]
    finally:
        zygote.close()
        bubblewrap.close()
    return [_timing("zygote, warm", warm), _timing("bubblewrap, cold", cold), _timing("bubblewrap, cold, torch", torch)]


def _one(sandbox: Sandbox, source: str, scratch: Path) -> tuple[float, float]:
    """(seconds to the first line, seconds of the round trip) of one job."""
    job = Job(name="start", entry="runtime.harness.script:run", payload={"source": source}, scratch=scratch)
    result = sandbox.run(job)
    if not result.ok:
        raise SandboxFailure(f"An empty job ended as {result.status}: {result.detail}")
    return result.start_s, result.duration_s


def _timing(name: str, seconds: Sequence[tuple[float, float]]) -> Timing:
    starts, trips = (sorted(1000 * pair[which] for pair in seconds) for which in (0, 1))
    at = max(0, round(0.95 * len(starts)) - 1)
    median = statistics.median
    return Timing(name, len(starts), median(starts), starts[at], median(trips), trips[at])


def main() -> None:
    """Print a table, or JSON with --json."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--jobs", type=int, default=40)
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args()
    timings = measure(options.jobs)
    if options.json:
        print(json.dumps({"load": os.getloadavg()[0], "timings": [asdict(timing) for timing in timings]}))
        return
    print(f"{'':26}{'first line, ms':>20}{'round trip, ms':>20}")
    print(f"{'':26}{'median':>12}{'p95':>8}{'median':>12}{'p95':>8}")
    for timing in timings:
        first = f"{timing.first_line_median:12.1f}{timing.first_line_p95:8.1f}"
        print(f"{timing.name:26}{first}{timing.round_trip_median:12.1f}{timing.round_trip_p95:8.1f}")
    load = os.getloadavg()[0]
    print(f"targets for the warm one: {FIRST_LINE_TARGET_MS:g} and {ROUND_TRIP_TARGET_MS:g}; load {load:.1f}")


if __name__ == "__main__":
    main()
