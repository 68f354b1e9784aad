"""Tuning trials a minute: a fresh process a trial, arxla's box forked a trial, and arxla's box kept warm.

`python -m evals.benchmarks.trials_per_minute [--trials 20] [--epochs 5] [--targets xla,cpu] [--ways fresh,fork,warm]
[--flags] [--json]`. All ways train the same program on the same rows of scikit-learn's digits with the same values and
one OpenMP thread. `--flags` gives the fresh processes arxla's XLA flags too; without it they run as a script would.
Starting the box is counted once, as in a study, and also shown alone.
"""

import argparse
import json
import random
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import asdict, dataclass
from pathlib import Path

from runtime.box.environment import CPU_XLA_FLAGS
from runtime.box.protocol import Runner
from runtime.box.registry import open_sandbox
from runtime.data_profile import PreparedData
from runtime.search_space import Hyperparameters, parse_search_space
from runtime.task import Target
from runtime.training_function import TrainingFunction
from tools.datasets import prepare
from tools.execution import train

PROGRAM = Path(__file__).with_name("digits_program.py")
SCRIPT = Path(__file__).with_name("fresh_trial.py")
WIDTHS = (16, 32, 64)
TRIAL_TIMEOUT_S = 300
GOAL = 10.0
SPACE = {
    "epochs": {"default": 5, "type": "Integer", "low": 1, "high": 50},
    "hidden_size": {"default": 32, "type": "Categorical", "categories": list(WIDTHS)},
    "dropout": {"default": 0.1, "type": "Real", "low": 0.05, "high": 0.4},
    "lr": {"default": 0.005, "type": "Real", "low": 0.001, "high": 0.03, "prior": "log-uniform"},
}
Trial = Callable[[int, Hyperparameters], float]


@dataclass
class Figure:
    """One way of running the trials on one target; `accuracy` is the trials' mean validation accuracy."""

    target: str
    way: str
    seconds: float
    start_s: float
    per_minute: float
    accuracy: float
    ratio: float | None = None
    """Trials a minute over those of fresh processes, the box's start counted."""


def points(count: int, epochs: int) -> list[Hyperparameters]:
    """The same hyperparameters for every way; sizes fall into three buckets."""
    draw = random.Random(0)
    return [
        {
            "epochs": epochs,
            "hidden_size": draw.choice(WIDTHS),
            "dropout": round(draw.uniform(0.05, 0.4), 3),
            "lr": round(10 ** draw.uniform(-3, -1.6), 5),
        }
        for _ in range(count)
    ]


def fresh_process(data: PreparedData, target: Target, flags: bool) -> Trial:
    """A trial that starts Python, imports torch and torch_xla, and compiles from nothing."""
    setting = ["OMP_NUM_THREADS=1", "PJRT_DEVICE=CPU", *([f"XLA_FLAGS={CPU_XLA_FLAGS}"] if flags else [])]

    def trial(_index: int, values: Hyperparameters) -> float:
        command = ["env", *setting, sys.executable, str(SCRIPT), target, data.folder, json.dumps(values)]
        done = subprocess.run(command, capture_output=True, text=True, timeout=TRIAL_TIMEOUT_S, check=False)
        if done.returncode:
            raise SystemExit(f"a fresh process failed: {done.stderr.strip().splitlines()[-1]}")
        return float(json.loads(done.stdout.splitlines()[-1])["accuracy"])

    return trial


def boxed(runner: Runner, data: PreparedData, target: Target, scratch: Path) -> Trial:
    """A trial in arxla's box, its accuracy computed outside of it."""
    function = TrainingFunction(
        model_name="MLP", training_code=PROGRAM.read_text(), bo_config=parse_search_space(SPACE), confidence=1.0,
        data_profile=data.profile, timestamp=0,
    )  # fmt: skip

    def trial(index: int, values: Hyperparameters) -> float:
        run = train(runner, function, data, values, target=target, seed=0, scratch=scratch / f"{target}-{index}")
        if run.failed:
            raise SystemExit(f"a trial failed: {run.failure_line}")
        return run.score

    return trial


def measure(way: str, target: Target, data: PreparedData, values: list[Hyperparameters], flags: bool) -> Figure:
    """Run all trials one way, one after another."""
    with ExitStack() as stack:
        scratch = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        begin = time.perf_counter()
        if way == "fresh":
            trial = fresh_process(data, target, flags)
        else:
            sandbox = open_sandbox("auto")
            stack.callback(sandbox.close)
            runner = stack.enter_context(sandbox.session()) if way == "warm" else sandbox
            trial = boxed(runner, data, target, scratch)
        start_s = time.perf_counter() - begin
        scores = [trial(index, point) for index, point in enumerate(values)]
        seconds = time.perf_counter() - begin
    accuracy = statistics.fmean(scores)
    return Figure(target, way, round(seconds, 2), round(start_s, 2), 60 * len(values) / seconds, accuracy)


def main() -> None:
    """Print the table, or JSON; exit 1 when the warm box misses the goal on XLA."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--trials", type=int, default=20)
    parser.add_argument("--epochs", type=int, default=5)
    parser.add_argument("--targets", default="xla,cpu")
    parser.add_argument("--ways", default="fresh,fork,warm")
    parser.add_argument("--flags", action="store_true", help="give fresh processes arxla's XLA flags")
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args()
    targets: dict[str, Target] = {"xla": "xla", "cpu": "cpu"}
    figures: list[Figure] = []
    with tempfile.TemporaryDirectory() as folder:
        data = prepare("digits", Path(folder))
        for name in options.targets.split(","):
            group = [
                measure(way, targets[name], data, points(options.trials, options.epochs), options.flags)
                for way in options.ways.split(",")
            ]
            slowest = next((figure.per_minute for figure in group if figure.way == "fresh"), None)
            for figure in group:
                figure.ratio = figure.per_minute / slowest if slowest else None
            figures += group
    print(json.dumps([asdict(figure) for figure in figures]) if options.json else table(figures, options.trials))
    missed = [f for f in figures if (f.target, f.way) == ("xla", "warm") and f.ratio is not None and f.ratio < GOAL]
    sys.exit(1 if missed else 0)


def table(figures: list[Figure], trials: int) -> str:
    """A line for each way."""
    lines = [f"{trials} trials of an MLP on digits", "target  way     seconds  start  trials/min   ratio  accuracy"]
    for f in figures:
        ratio = "     -" if f.ratio is None else f"{f.ratio:5.1f}x"
        times = f"{f.seconds:8.1f} {f.start_s:6.1f} {f.per_minute:11.1f}"
        lines.append(f"{f.target:6}  {f.way:6} {times}  {ratio}    {f.accuracy:.3f}")
    return "\n".join(lines)


if __name__ == "__main__":
    main()
