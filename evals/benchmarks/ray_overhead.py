"""What a trial costs more on Ray than on this machine.

`python -m evals.benchmarks.ray_overhead [--trials 20] [--epochs 5] [--address host:port] [--json]`.
The same trials of a small network on scikit-learn's digits, one after another in one warm box: of this machine, and of
a Ray that is started on this machine (or of the cluster at `--address`). Accuracies have to be the same. Where the time
of a trial goes: `job_s` is measured where the box is, so that the rest is Ray, shipping and the measuring here.
"""

import argparse
import json
import statistics
import tempfile
import time
from contextlib import ExitStack
from dataclasses import asdict, dataclass
from pathlib import Path

from evals.benchmarks.trials_per_minute import PROGRAM, SPACE, points
from runtime.box.registry import open_on_ray, open_sandbox
from runtime.data_profile import PreparedData
from runtime.search_space import Hyperparameters, parse_search_space
from runtime.training_function import TrainingFunction
from tools.datasets import prepare
from tools.execution import train


@dataclass
class Figure:
    """Seconds; medians over the trials after the first, which waits for imports."""

    executor: str
    open_s: float
    first_s: float
    trial_s: float
    job_s: float
    around_s: float
    """Of a trial, outside of the box."""
    accuracies: list[float]


def measure(executor: str, address: str | None, data: PreparedData, values: list[Hyperparameters]) -> Figure:
    """Run all trials one way, on eager PyTorch."""
    function = TrainingFunction(
        model_name="MLP", training_code=PROGRAM.read_text(), bo_config=parse_search_space(SPACE), confidence=1.0,
        data_profile=data.profile, timestamp=0,
    )  # fmt: skip
    seconds, jobs, scores = [], [], []
    with ExitStack() as stack:
        scratch = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        begin = time.perf_counter()
        sandbox = open_on_ray(address) if executor == "ray" else open_sandbox()
        stack.callback(sandbox.close)
        open_s = time.perf_counter() - begin
        runner = stack.enter_context(sandbox.session())
        for index, point in enumerate(values):
            begin = time.perf_counter()
            run = train(runner, function, data, point, target="cpu", seed=0, scratch=scratch / str(index))
            if run.failed:
                raise SystemExit(f"a trial failed: {run.failure_line}")
            seconds.append(time.perf_counter() - begin)
            jobs.append(run.execution.duration_s)
            scores.append(run.score)
    around = statistics.median(whole - job for whole, job in zip(seconds[1:], jobs[1:], strict=True))
    medians = statistics.median(seconds[1:]), statistics.median(jobs[1:])
    return Figure(executor, open_s, seconds[0], *medians, around, scores)


def main() -> None:
    """Print the table, or JSON; exit 1 when the results are not the same."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--trials", type=int, default=20)
    parser.add_argument("--epochs", type=int, default=5)
    parser.add_argument("--address", help="of a Ray cluster; without it one is started here")
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args()
    values = points(max(2, options.trials), options.epochs)
    with tempfile.TemporaryDirectory() as folder:
        data = prepare("digits", Path(folder))
        figures = [measure(executor, options.address, data, values) for executor in ("local", "ray")]
    same = figures[0].accuracies == figures[1].accuracies
    if options.json:
        print(json.dumps({"same_results": same, "figures": [asdict(figure) for figure in figures]}, indent=2))
    else:
        print(f"{'':8}{'open':>8}{'first':>8}{'a trial':>9}{'the job':>9}{'around it':>11}")
        for one in figures:
            times = f"{one.open_s:8.2f}{one.first_s:8.2f}{one.trial_s:9.3f}{one.job_s:9.3f}{one.around_s:11.3f}"
            print(f"{one.executor:8}{times} s")
        print("the same accuracies" if same else "DIFFERENT accuracies")
    raise SystemExit(0 if same else 1)


if __name__ == "__main__":
    main()
