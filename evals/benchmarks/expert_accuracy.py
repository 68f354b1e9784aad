"""What the expert reaches on real data with its defaults: `python -m evals.benchmarks.expert_accuracy [NAMES]`.

The way of a run: prepared and split by arxla, written by the expert, trained in the box for XLA, quantized and measured
on the hidden test rows by the trusted side, beside trivial baselines. ECG5000 and Fashion-MNIST are read from the
folder that ARXLA_DATA_DIR names; without it they are left out, saying so.
"""

import argparse
import json
import tempfile
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path

from agents.contracts import CodeRequest
from agents.expert import ExpertCoder
from runtime.box.protocol import Sandbox
from runtime.box.registry import open_sandbox
from runtime.job import Limits
from runtime.search_space import defaults
from runtime.settings import load_settings
from runtime.task import Target
from tools.datasets import prepare
from tools.execution import FinalizeFailure, finalize

SIZE_LIMIT_KB = 256.0
LIMITS = Limits(wall_s=1800.0, cpu_s=1800.0)
"""Longer than a run allows, so that a busy machine does not decide the scores."""


@dataclass(frozen=True)
class Case:
    """One dataset, and the score that the expert must reach on its test rows."""

    name: str
    dataset: Callable[[Path], str | None]
    """The name or path for `prepare`, given a folder to write into; None when the data is not here."""
    target_score: float
    rows: int | None = None


@dataclass(frozen=True)
class Line:
    """One measured row of the table."""

    name: str
    family: str
    metric: str
    score: float
    target_score: float
    model_kb: float
    bits: int
    baselines: dict[str, float]
    beats_baselines: bool
    test_rows: int
    epochs: int
    compilations: float
    seconds: float


def _data_dir() -> Path | None:
    return load_settings().arxla_data_dir


def _bundled(name: str) -> Callable[[Path], str | None]:
    return lambda _folder: name


def _from_data_folder(*parts: str) -> Callable[[Path], str | None]:
    def find(_folder: Path) -> str | None:
        path = Path(_data_dir() or "/", *parts)
        return str(path) if path.exists() else None

    return find


def _breast_cancer_csv(folder: Path) -> str | None:
    """scikit-learn's breast cancer data as a CSV such as a user would bring, with class names as text."""
    from sklearn.datasets import load_breast_cancer

    bunch = load_breast_cancer(as_frame=True)
    frame = bunch.frame
    frame["target"] = [str(bunch.target_names[label]) for label in bunch.target]
    path = folder / "tumours.csv"
    frame.to_csv(path, index=False)
    return str(path)


def _named_from_data_folder(name: str) -> Callable[[Path], str | None]:
    return lambda _folder: name if _data_dir() else None


CASES = (
    Case("digits", _bundled("digits"), 0.96),
    Case("ecg5000", _from_data_folder("ecg5000", "ecg5000.npz"), 0.93),
    Case("fashion_mnist", _named_from_data_folder("fashion_mnist"), 0.86, rows=10_000),
    Case("breast_cancer.csv", _breast_cancer_csv, 0.94),
    Case("wine", _bundled("wine"), 0.94),
    Case("diabetes", _bundled("diabetes"), 0.30),
)


def measure(case: Case, sandbox: Sandbox, folder: Path, target: Target, seed: int) -> Line | str:
    """Run one case; a sentence when it can't be."""
    dataset = case.dataset(folder)
    if dataset is None:
        return "left out: ARXLA_DATA_DIR does not name a folder that holds it"
    began = time.perf_counter()
    data = prepare(
        dataset, folder / "data", seed=seed, max_rows=case.rows, dataset_name=case.name, data_dir=_data_dir()
    )
    request = CodeRequest(profile=data.profile, target=target, size_limit_kb=SIZE_LIMIT_KB)
    function = ExpertCoder().write(request)
    values = defaults(function.bo_config)
    ended = finalize(sandbox, function, data, values, target, SIZE_LIMIT_KB, seed, folder / "run", limits=LIMITS)
    if isinstance(ended, FinalizeFailure):
        return f"failed in {ended.stage}: {ended.message}"
    return Line(
        name=case.name, family=function.model_name, metric=ended.test.metric, score=ended.test.score,
        target_score=case.target_score, model_kb=ended.size.real_kb, bits=ended.size.quantization_bits,
        baselines=ended.baselines, beats_baselines=ended.beats_baselines, test_rows=ended.test_rows,
        epochs=len(ended.run.curves.get("train_losses", [])),
        compilations=ended.run.xla.get("compilations", 0.0), seconds=time.perf_counter() - began,
    )  # fmt: skip


def _show(line: Line) -> str:
    baselines = ", ".join(f"{name} {score:.3f}" for name, score in line.baselines.items())
    verdict = "reached" if line.score >= line.target_score else "MISSED"
    above = "above them" if line.beats_baselines else "NOT above them"
    return (
        f"{line.name:18} {line.family:10} {line.metric} {line.score:.4f} (target {line.target_score:.2f} {verdict}; "
        f"baselines {baselines}: {above}) {line.model_kb:.1f} KB at {line.bits} bits, {line.test_rows} test rows, "
        f"{line.epochs} epochs, {line.compilations:.0f} compilations, {line.seconds:.0f} s"
    )


def main() -> None:
    """Print a line a dataset, or JSON with --json."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("names", nargs="*", help="only these datasets")
    parser.add_argument("--target", choices=("xla", "cpu"), default="xla")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args()
    sandbox = open_sandbox()
    try:
        for case in CASES:
            if options.names and case.name not in options.names:
                continue
            with tempfile.TemporaryDirectory(prefix="arxla-bench-") as folder:
                line = measure(case, sandbox, Path(folder), options.target, options.seed)
            if isinstance(line, str):
                print(f"{case.name:18} {line}", flush=True)
            else:
                print(json.dumps(asdict(line)) if options.json else _show(line), flush=True)
    finally:
        sandbox.close()


if __name__ == "__main__":
    main()
