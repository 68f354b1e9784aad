"""A generated training run with a slow pure-Python augmentation, plain and accelerated, side by side.

`python -m evals.benchmarks.accelerated_training [--repeats 3] [--epochs 15] [--target cpu] [--json]`. The code is the
expert's for scikit-learn's digits, with `slow_augmentation` in place of its augmentation. Every turn runs the same
training twice in fresh boxes, in changing order; times are the boxed jobs', seen from outside.
"""

import argparse
import ast
import json
import tempfile
from dataclasses import asdict, dataclass
from pathlib import Path
from statistics import median
from typing import get_args

from agents.contracts import CodeRequest
from agents.expert.coder import ExpertCoder
from runtime.box.registry import open_sandbox
from runtime.harness.spec import COMPILED
from runtime.python_source import parse_module
from runtime.search_space import defaults
from runtime.task import Target
from runtime.training_function import TrainingFunction
from tools.datasets import prepare
from tools.execution import TrainingRun, accelerate, train

ROWS = 2000
SLOW = Path(__file__).with_name("slow_augmentation.py")


@dataclass
class Figures:
    """Medians over the turns; `found_s` is what looking, compiling and comparing took once."""

    target: str
    functions: dict[str, float]
    plain_s: float
    accelerated_s: float
    gain: float
    plain_scores: list[float]
    accelerated_scores: list[float]
    found_s: float
    sentence: str


def slow_code(code: str) -> str:
    """The expert's code, its augmentation computed in Python."""
    text = SLOW.read_text()
    functions = [node for node in parse_module(text).body if isinstance(node, ast.FunctionDef)]
    slow = "\n\n\n".join(str(ast.get_source_segment(text, node)) for node in functions)
    lines = code.splitlines()
    old = next(
        node
        for node in parse_module(code).body
        if isinstance(node, ast.FunctionDef) and node.name == functions[-1].name
    )
    return "\n".join([*lines[: old.lineno - 1], slow, *lines[old.end_lineno :]]) + "\n"


def slow_function(request: CodeRequest) -> TrainingFunction:
    """The expert's answer to `request`, made slow."""
    written = ExpertCoder().write(request)
    return written.model_copy(update={"training_code": slow_code(written.training_code)})


def measure(target: Target, repeats: int, epochs: int, place: Path) -> Figures:
    """Raises `SystemExit` when a training fails or nothing was compiled."""
    data = prepare("digits", place / "data")
    function = slow_function(CodeRequest(profile=data.profile, target=target))
    values = {**defaults(function.bo_config), "epochs": epochs}
    options = {"target": target, "seed": 0, "rows": ROWS}
    times: tuple[list[float], list[float]] = ([], [])
    scores: tuple[list[float], list[float]] = ([], [])
    sandbox = open_sandbox()
    try:
        first = _worked(train(sandbox, function, data, values, scratch=place / "first", **options))  # type: ignore[arg-type]
        found = accelerate(sandbox, function, data, first, trials=10, scratch=place / "found", **options)  # type: ignore[arg-type]
        print(found.model_dump_json(indent=1) if not found.used else found.sentence, flush=True)
        if not (place / "found" / COMPILED).is_dir():
            raise SystemExit(found.sentence)
        for turn in range(repeats):
            for side in (0, 1) if turn % 2 else (1, 0):
                compiled = place / "found" / COMPILED if side else None
                run = train(sandbox, function, data, values, compiled=compiled, scratch=place / "run", **options)  # type: ignore[arg-type]
                times[side].append(_worked(run).execution.duration_s - run.execution.start_s)
                scores[side].append(run.score)
    finally:
        sandbox.close()
    plain, fast = median(times[0]), median(times[1])
    return Figures(
        target, {one.name: one.speedup for one in found.functions if one.strategy != "interpret"}, plain, fast,
        plain / fast, scores[0], scores[1], found.seconds, found.sentence,
    )  # fmt: skip


def _worked(run: TrainingRun) -> TrainingRun:
    if run.failed:
        raise SystemExit(f"a training failed: {run.failure_line}")
    return run


def main() -> None:
    """Print the figures."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--repeats", type=int, default=3)
    parser.add_argument("--target", choices=get_args(Target), default="cpu")
    parser.add_argument("--epochs", type=int, default=15)
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        found = measure(options.target, options.repeats, options.epochs, Path(folder))
    if options.json:
        print(json.dumps(asdict(found), indent=1))
        return
    print(f"{found.target}: {found.plain_s:.1f} s plain, {found.accelerated_s:.1f} s accelerated: {found.gain:.2f} ×")
    print(
        f"validation {found.plain_scores} plain, {found.accelerated_scores} accelerated; found in {found.found_s:.0f} s"
    )


if __name__ == "__main__":
    main()
