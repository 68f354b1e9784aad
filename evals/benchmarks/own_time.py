"""How much of a digits run is arxla's own code: `python -m evals.benchmarks.own_time [--trials N] [--json]`.

The wall clock of a run, imports done and the box warm, less the time in which a boxed job (training, prediction, the
exported project) ran. The expert makes no model calls, so what is left is arxla: data, review, checkpoints, tuner,
measurement, report.
"""

import argparse
import asyncio
import json
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from graph.build import build_graph
from graph.services import Services
from runtime.box.protocol import Runner, Sandbox
from runtime.box.registry import open_sandbox
from runtime.events import Emit, ignore_events
from runtime.job import ExecutionResult, Job
from runtime.settings import load_settings

TARGET = 0.05


class Clock:
    """Seconds during which at least one job was in a box."""

    def __init__(self) -> None:
        self.busy = 0.0
        self._running = 0
        self._since = 0.0
        self._lock = threading.Lock()

    @contextmanager
    def job(self) -> Iterator[None]:
        with self._lock:
            self._running += 1
            if self._running == 1:
                self._since = time.monotonic()
        try:
            yield
        finally:
            with self._lock:
                self._running -= 1
                if self._running == 0:
                    self.busy += time.monotonic() - self._since


class TimedRunner:
    """A runner that tells a clock when it works."""

    def __init__(self, runner: Runner, clock: Clock) -> None:
        self._runner = runner
        self._clock = clock

    def run(self, job: Job, emit: Emit = ignore_events, cancel: threading.Event | None = None) -> ExecutionResult:
        with self._clock.job():
            return self._runner.run(job, emit, cancel)


class TimedSandbox(TimedRunner):
    """A sandbox whose jobs, in sessions too, are on the clock."""

    def __init__(self, sandbox: Sandbox, clock: Clock) -> None:
        super().__init__(sandbox, clock)
        self.name = sandbox.name
        self._sandbox = sandbox

    @contextmanager
    def session(self) -> Iterator[Runner]:
        with self._sandbox.session() as runner:
            yield TimedRunner(runner, self._clock)

    def close(self) -> None:
        self._sandbox.close()


def measure(trials: int) -> dict[str, float | str]:
    """One digits run on XLA; seconds, and the share that was arxla's own."""
    clock = Clock()
    with tempfile.TemporaryDirectory() as folder:
        place = Path(folder)
        sandbox = TimedSandbox(open_sandbox("auto"), clock)
        services = Services(
            load_settings(env_file=None),
            results=place / "results",
            functions=place / "functions",
            reviews=place / "reviews",
            open_sandbox=lambda *_: sandbox,
        )
        graph = build_graph(services)
        asyncio.run(graph.ainvoke({"task": {"dataset": "iris", "target": "cpu", "trials": 2}}))  # every import, once
        clock.busy, began = 0.0, time.monotonic()
        state = asyncio.run(graph.ainvoke({"task": {"dataset": "digits", "trials": trials}}))
        wall = time.monotonic() - began
        services.close()
    own = wall - clock.busy
    return {"outcome": str(state["outcome"]), "wall_s": wall, "boxed_s": clock.busy, "own_s": own, "share": own / wall}


def main() -> None:
    """Print the share and whether it is within the bound."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--trials", type=int, default=10)
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args()
    result = measure(options.trials)
    if options.json:
        print(json.dumps(result))
        return
    print(f"digits, {options.trials} trials, {result['outcome']}: {result['wall_s']:.1f} s")
    print(f"  in the box {result['boxed_s']:.1f} s, arxla itself {result['own_s']:.1f} s")
    print(f"  share {result['share']:.1%} (at most {TARGET:.0%})")


if __name__ == "__main__":
    main()
