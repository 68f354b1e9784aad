"""Measure every function of the corpus under every strategy with the real backends, verified, side by side.

    python -m evals.compiler.measure_strategies [--part 1/2] [--minutes 30]

What the table has already, with the same source, is kept; functions come in a shuffled order, so that a run that is
ended early has seen all kinds. Parts are written beside the table and merged by a run without `--part`. What compiling
costs is counted in the processor's seconds, of child processes too: a busy machine must not make it dearer.
"""

import argparse
import ast
import hashlib
import os
import platform
import random
import tempfile
import time
from dataclasses import dataclass, replace
from pathlib import Path
from statistics import median
from types import FunctionType

from evals.compiler.corpus import Case, load
from runtime.compiler.backend import Backend, Compiled, Refused
from runtime.compiler.backends.registry import backends
from runtime.compiler.cache import Cache
from runtime.compiler.calls import seen_in
from runtime.compiler.characteristics import characteristics_of
from runtime.compiler.measure import measure
from runtime.compiler.outcomes import MeasuredFunction, Outcome, Table
from runtime.compiler.pipeline import AICompilationPipeline, CompilationResult
from runtime.compiler.profile import CallTypes
from runtime.compiler.source import source_of
from runtime.compiler.strategy import CompilationStrategy

TABLE = Path(__file__).with_name("strategies.json")
COMPILED = [strategy for strategy in CompilationStrategy if strategy is not CompilationStrategy.INTERPRET]
REASON = 160


def main() -> None:
    """Print one line a function."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--table", type=Path, default=TABLE)
    parser.add_argument("--part", default="1/1", help="measure every n-th only: 1/2 and 2/2 side by side")
    parser.add_argument("--minutes", type=float, default=60.0)
    wish = parser.parse_args()
    part, parts = (int(number) for number in wish.part.split("/"))
    os.nice(10)
    known = {row.name: row for path in _tables(wish.table) for row in Table.load(path).functions}
    cases = load()
    order = [case for case in cases if known.get(case.name) is None or known[case.name].digest != digest(case)]
    random.Random(0).shuffle(order)
    mine = order[part - 1 :: parts]
    rows = {} if parts > 1 else {case.name: known[case.name] for case in cases if case.name in known}
    deadline = time.monotonic() + wish.minutes * 60
    out = wish.table if parts == 1 else wish.table.with_suffix(f".part{part}.json")
    with tempfile.TemporaryDirectory() as folder:
        pipeline = clocked(Path(folder) / "cache")
        warm_up(pipeline)
        for number, case in enumerate(mine):
            if time.monotonic() > deadline:
                print(f"{len(mine) - number} functions were not measured: the time is over.")
                break
            rows[case.name] = measured(pipeline, case)
            print(f"{number + 1}/{len(mine)} {_told(rows[case.name])}", flush=True)
            Table(machine=machine(), functions=list(rows.values())).save(out)
    Table(machine=machine(), functions=list(rows.values())).save(out)


def _tables(path: Path) -> list[Path]:
    return [*sorted(path.parent.glob(f"{path.stem}.part*.json")), *([path] if path.exists() else [])]


def digest(case: Case) -> str:
    """Of the function's syntax tree: a comment changes nothing."""
    source = source_of(case.function)
    text = ast.dump(source.node) if not isinstance(source, Refused) else source.reason
    return hashlib.sha256(text.encode()).hexdigest()[:12]


def machine() -> str:
    """Processor and interpreter in words."""
    models = [line for line in Path("/proc/cpuinfo").read_text().splitlines() if line.startswith("model name")]
    model = models[0].partition(": ")[2] if models else platform.processor()
    return f"{model}, {os.cpu_count()} cores, Python {platform.python_version()}"


@dataclass
class Clocked:
    """A backend whose `compile_s` is the processor's time."""

    backend: Backend
    strategy: CompilationStrategy

    def compile(self, function: FunctionType, types: list[CallTypes]) -> Compiled | Refused:
        """As the backend does."""
        before = sum(os.times()[:4])
        made = self.backend.compile(function, types)
        return made if isinstance(made, Refused) else replace(made, compile_s=sum(os.times()[:4]) - before)


def clocked(cache: Path) -> AICompilationPipeline:
    """The pipeline with all backends clocked."""
    plain = backends(Cache(cache))
    held: dict[CompilationStrategy, list[Backend]] = {
        strategy: [Clocked(backend, strategy) for backend in members] for strategy, members in plain.items()
    }
    return AICompilationPipeline(cache, by_strategy=held)


def warm_up(pipeline: AICompilationPipeline) -> None:
    """A process pays once for loading Numba: that is no cost of the first function."""
    code = "def square_sum(n):\n    total = 0.0\n    for i in range(n):\n        total += i * 0.5\n    return total\n"
    pipeline.compile_with_strategy(code, CompilationStrategy.OPTIMIZED)


def measured(pipeline: AICompilationPipeline, case: Case) -> MeasuredFunction:
    """One function under every strategy."""
    calls = case.calls()
    source = source_of(case.function)
    assert not isinstance(source, Refused), f"{case.name}: {source.reason}"
    seen = seen_in(case.function, calls)
    times, outcomes = [], {}
    for strategy in COMPILED:
        result = pipeline.compile_with_strategy(case.function, strategy, calls)
        if result.metrics:
            times.append(result.metrics["original_s"])
        outcomes[strategy] = _outcome(result)
    if not times:
        times.append(measure(case.function, case.function, calls, True).original_s)
    found = characteristics_of(source.node, seen, 1)
    hinted = replace(found, has_type_hints=bool(case.function.__annotations__))
    return MeasuredFunction(
        name=case.name,
        kind=case.kind,
        group=case.group,
        digest=digest(case),
        characteristics=hinted,
        original_s=_short(median(times)),
        outcomes=outcomes,
    )


def _outcome(result: CompilationResult) -> Outcome:
    kept = result.strategy is not CompilationStrategy.INTERPRET
    reason = "" if kept else " ".join(result.refused)[:REASON]
    backend = result.backend.partition(" (")[0]
    return Outcome(
        backend=backend, compile_s=_short(result.compile_time), speedup=_short(result.speedup), reason=reason
    )


def _short(number: float) -> float:
    return float(f"{number:.4g}")


def _told(row: MeasuredFunction) -> str:
    parts = [
        f"{strategy.value} {outcome.speedup:.2f}× ({outcome.backend}, {outcome.compile_s:.2f} s)"
        for strategy, outcome in row.outcomes.items()
    ]
    return f"{row.name:36} {row.original_s * 1e6:8.1f} µs  {'; '.join(parts)}"


if __name__ == "__main__":
    main()
