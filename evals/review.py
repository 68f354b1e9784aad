"""`python -m evals.review`: precision and recall of the static reviewer on its corpus, and whether what it mends runs.

The corpus is `evals/review_corpus/`: one program a file, whose first lines say which rules must be found (`# expect:`),
on which kind of data it runs (`# data:`), its search space if it has one (`# bo_config:`), and whether it is held out
(`# held-out:` no, yes, or blind): held-out programs were not looked at while rules were tuned; those of the second,
blind set were written later, knowing only the rules' titles. Each part is counted apart.
"""

import argparse
import json
import os
import re
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path

from runtime.search_space import SearchSpace, parse_search_space
from tools.review import blocks, fix_code, review_code

CORPUS = Path(__file__).parent / "review_corpus"
FIELD = re.compile(r"^# ([\w-]+): (.*)$")
REPO = Path(__file__).parent.parent
ROWS, VAL_ROWS = 48, 20
SHAPES = {"image": (1, 8, 8), "sequence": (24, 2), "tokens": (16,)}
"""Of one sample of the data that programs run on; eight numbers otherwise."""


@dataclass(frozen=True)
class Program:
    """One corpus file."""

    name: str
    source: str
    expected: frozenset[str]
    data: str
    held_out: str
    space: SearchSpace | None


@dataclass
class Score:
    """Pairs of (program, rule): found and expected, found only, expected only."""

    right: Counter[str] = field(default_factory=Counter)
    wrong: Counter[str] = field(default_factory=Counter)
    missed: Counter[str] = field(default_factory=Counter)
    details: list[str] = field(default_factory=list)

    def add(self, program: Program, found: frozenset[str]) -> None:
        self.right.update(found & program.expected)
        self.wrong.update(found - program.expected)
        self.missed.update(program.expected - found)
        if found != program.expected:
            extra, lost = sorted(found - program.expected), sorted(program.expected - found)
            self.details.append(f"{program.name}: found besides {extra}, missed {lost}")

    @property
    def precision(self) -> float:
        return _share(self.right.total(), self.wrong.total())

    @property
    def recall(self) -> float:
        return _share(self.right.total(), self.missed.total())


def _share(right: int, other: int) -> float:
    return right / (right + other) if right + other else 1.0


def load(path: Path) -> Program:
    """Read a corpus file; its header is no part of the program."""
    header: dict[str, str] = {}
    lines = path.read_text().splitlines(keepends=True)
    while lines and (match := FIELD.match(lines[0])):
        header[match.group(1)] = match.group(2).strip()
        lines.pop(0)
    expected = frozenset(header["expect"].split()) - {"none"}
    config = header.get("bo_config")
    space = parse_search_space(json.loads(config)) if config else None
    source = "".join(lines).lstrip("\n")
    return Program(path.stem, source, expected, header["data"], header["held-out"], space)


def corpus() -> list[Program]:
    return [load(path) for path in sorted(CORPUS.glob("*/*.py"))]


def score(programs: Iterable[Program]) -> Score:
    """Precision and recall over (program, rule) pairs for target xla."""
    total = Score()
    for program in programs:
        total.add(program, frozenset(f.rule for f in review_code(program.source, "xla", program.space)))
    return total


def mended(programs: Iterable[Program]) -> tuple[list[dict[str, str]], list[str]]:
    """Programs that were changed by fixes and are not blocked any more, ready to run; and the names still blocked."""
    ready, blocked = [], []
    for program in programs:
        fixed = fix_code(program.source, "xla", program.space)
        if not fixed.applied:
            continue
        if blocks(fixed.remaining):
            blocked.append(program.name)
        else:
            ready.append({"name": program.name, "source": fixed.source, "data": program.data})
    return ready, blocked


def run(jobs: list[dict[str, str]], device: str = "cpu", limit_s: float = 60.0) -> list[dict[str, object]]:
    """Run programs on tiny random data, each in a process of its own with a time limit of `limit_s` seconds."""
    environment = {**os.environ, "PJRT_DEVICE": "CPU", "OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1"}
    done = subprocess.run(
        [sys.executable, "-W", "ignore", "-m", "evals.corpus_runner", device, str(limit_s)],
        input=json.dumps(jobs),
        capture_output=True,
        text=True,
        cwd=REPO,
        env=environment,
        timeout=120 + limit_s * len(jobs),
        check=True,
    )
    return [json.loads(line) for line in done.stdout.splitlines() if line.startswith("{")]


def main() -> int:
    parser = argparse.ArgumentParser(description="Score the static reviewer on its corpus.")
    parser.add_argument("--no-run", action="store_true", help="do not run the mended programs")
    parser.add_argument("--device", choices=["cpu", "xla"], default="cpu", help="where mended programs run")
    parser.add_argument("--details", action="store_true", help="name the programs that were judged wrongly")
    options = parser.parse_args()
    programs = corpus()
    started = time.perf_counter()
    everything = score(programs)
    milliseconds = 1000 * (time.perf_counter() - started) / len(programs)
    parts = {
        "tuned on": score(p for p in programs if p.held_out == "no"),
        "held out": score(p for p in programs if p.held_out == "yes"),
        "2nd set": score(p for p in programs if p.held_out == "blind"),
        "all": everything,
    }
    _print_rules(everything)
    for name, part in parts.items():
        print(f"{name:9} precision {part.precision:.3f}  recall {part.recall:.3f}")
        if options.details and name == "tuned on":
            print(*(f"  {line}" for line in part.details), sep="\n")
    clean = [p for p in programs if not p.expected]
    print(f"{len(programs) - len(clean)} defective and {len(clean)} clean programs, {milliseconds:.0f} ms each")
    good = everything.precision >= 0.95 and everything.recall >= 0.95
    return 0 if (options.no_run or _run_mended(programs, options.device)) and good else 1


def _print_rules(total: Score) -> None:
    print(f"{'rule':8}{'precision':>10}{'recall':>8}{'found':>7}{'wrong':>7}{'missed':>8}")
    for rule in sorted(total.right.keys() | total.wrong.keys() | total.missed.keys()):
        right, wrong, missed = total.right[rule], total.wrong[rule], total.missed[rule]
        print(f"{rule:8}{_share(right, wrong):10.2f}{_share(right, missed):8.2f}{right:7}{wrong:7}{missed:8}")


def _run_mended(programs: list[Program], device: str) -> bool:
    ready, blocked = mended(programs)
    clean = [{"name": p.name, "source": p.source, "data": p.data} for p in programs if not p.expected]
    results = run([*ready, *clean], device)
    failed = [r for r in results if not r["ok"]]
    names = {job["name"] for job in ready}
    ran = sum(1 for r in results if r["ok"] and r["name"] in names)
    print(f"{ran} of {len(ready)} mended programs run on {device}; {len(blocked)} mended in part are still blocked")
    print(f"{len(results) - len(failed) - ran} of {len(clean)} clean programs run on {device}")
    for result in failed:
        print(f"  {result['name']}: {result['detail']}")
    return not failed and len(results) == len(ready) + len(clean)


if __name__ == "__main__":
    sys.exit(main())
