"""`python -m evals.benchmarks.debugging [NAME…]`: how many of the debug corpus's programs are repaired, by category.

`--model` names who debugs (the expert unless it is said; several may be). `--minutes` bounds the model time of
a program. `--check` corrects nothing: it runs every program and its faultless twin and says whether they behave as
their headers say; `--write` then puts the measured scores of the twins into the headers.
"""

import argparse
import json
import re
import statistics
import sys
import tempfile
import threading
import time
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

from evals.contracts import Place
from evals.debugging.bench import Bench, as_described
from evals.debugging.programs import CATEGORIES, CORPUS, Program, chance, corpus, prepared
from evals.runners.debug import cases, opened
from evals.scorers.debug import expected_kind, repaired_in_place
from runtime.box.registry import open_sandbox
from runtime.errors import ArxlaError
from runtime.settings import load_settings

NEAR = 0.7
"""Of the written lead over chance: a twin with less has changed."""
Row = dict[str, Any]


def main() -> int:
    parser = argparse.ArgumentParser(description="Repair rates on the debug corpus.")
    parser.add_argument("names", nargs="*", help="programs; all of them by default")
    parser.add_argument("--part", choices=["tuned", "held_out"], help="one part of the corpus alone")
    parser.add_argument("--model", action="append", help="provider:model or expert; may be given several times")
    parser.add_argument("--minutes", type=float, help="of model time a program")
    parser.add_argument("--check", action="store_true", help="run programs and twins instead of correcting")
    parser.add_argument("--write", action="store_true", help="with --check: write the twins' scores into the headers")
    parser.add_argument("--details", action="store_true", help="say how each program ended (never of held-out ones)")
    parser.add_argument("--json", action="store_true", help="print the rows for machines")
    options = parser.parse_args()
    programs = [one for one in corpus(*options.names) if options.part in (None, one.part)]
    if options.check:
        bad = sum(not _checked(one, options.write) for one in _benches(programs))
        return 1 if bad else 0
    for model in options.model or ["expert"]:
        rows = list(measure(programs, model, options.minutes))
        print(json.dumps({model: rows})) if options.json else print(*table(model, rows, options.details), sep="\n")
    return 0


def measure(programs: Iterable[Program], model: str, minutes: float | None = None) -> Iterator[Row]:
    """What came of each program, with its seconds; where infrastructure fails it is named, and not repaired."""
    names = {program.name for program in programs}
    with tempfile.TemporaryDirectory() as folder:
        place = Place(load_settings(), Path(folder), threading.Event())
        with opened(place) as run:
            for case in cases():
                if case.id not in names:
                    continue
                case.given |= {"max_minutes": minutes} if minutes else {}
                began = time.monotonic()
                try:
                    row = run(case, 0, model)
                except ArxlaError as fault:
                    category, part = case.tags
                    row = {"category": category, "part": part, "repaired": False, "kept": 1.0, "kinds": [],
                           "end": str(fault), "explanations": []}  # fmt: skip
                seconds = round(time.monotonic() - began, 1)
                yield row | {"name": case.id, "seconds": seconds, "kind": expected_kind(case, row),
                             "in_place": repaired_in_place(case, row)}  # fmt: skip


def table(model: str, rows: list[Row], details: bool) -> Iterator[str]:
    """Lines for a reader: a category a line, the tuned and the held-out part apart, then both together."""
    yield f"{model}: repaired of programs, tuned part and held-out part"
    yield f"{'category':17}{'tuned':>8}{'held out':>10}{'in place':>10}{'kind':>7}{'rounds':>8}{'seconds':>9}"
    for category in (*CATEGORIES, "all"):
        of = [row for row in rows if category in (row["category"], "all")]
        if not of:
            continue
        parts = [_share(row for row in of if row["part"] == part) for part in ("tuned", "held_out")]
        kind, places = (sum(row[name] for row in of) for name in ("kind", "in_place"))
        rounds = statistics.mean(len(row["kinds"]) for row in of)
        seconds = sum(row["seconds"] for row in of)
        yield (
            f"{category:17}{parts[0]:>8}{parts[1]:>10}{places:>7.0f}/{len(of)}{kind:>5.0f}/{len(of)}"
            f"{rounds:>7.1f}{seconds:>9.0f}"
        )
    for row in rows:
        if details and row["part"] == "tuned":
            yield f"  {row['name']}: {row['end']}; {' | '.join(row['explanations'])}"


def _share(rows: Iterable[Row]) -> str:
    found = list(rows)
    return f"{sum(row['repaired'] for row in found)}/{len(found)}"


def _benches(programs: Iterable[Program]) -> Iterator[Bench]:
    sandbox = open_sandbox("auto")
    try:
        with tempfile.TemporaryDirectory() as folder:
            for program in programs:
                data = prepared(program, Path(folder) / "data")
                yield Bench(program, data, sandbox, 0, threading.Event(), Path(folder) / "scratch")
    finally:
        sandbox.close()


def _checked(bench: Bench, write: bool) -> bool:
    """Whether a program fails as its header says, with the rules' fixes, and its twin works and learns as it says."""
    program, began = bench.program, time.monotonic()
    version = bench.run(program.function(bench.data))
    faults = [] if as_described(program, version) else [f"it ends otherwise: {version.stage or 'works'} {version.line}"]
    noted = f"; the reviewer finds {', '.join(version.rules)}" if version.rules else ""
    if program.has_twin:
        twin, least = bench.run(program.twin(bench.data)), chance(bench.data)
        noted += f"; twin {twin.score if twin.score is None else round(twin.score, 3)}, chance {least:.3f}"
        if twin.score is not None and write:
            _write(program, twin.score, least)
        elif twin.score is None or program.twin_score is None or program.chance_score is None:
            faults.append(f"its twin has no score: {twin.line}")
        elif twin.score < least + NEAR * (program.twin_score - least):
            faults.append(f"its twin scores {twin.score:.3f}, and {program.twin_score} is written")
    mark = "BAD" if faults else "ok "
    print(f"{mark} {program.name}{noted} ({time.monotonic() - began:.0f} s){'; '.join(['', *faults])}", flush=True)
    return not faults


def _write(program: Program, score: float, least: float) -> None:
    path = CORPUS / program.part / f"{program.name}.py"
    text = re.sub(r"# (twin|chance)-score: .*\n", "", path.read_text(encoding="utf-8"))
    lines = f"# twin-score: {score:.3f}\n# chance-score: {least:.3f}\n"
    path.write_text(text.replace("# mend:", f"{lines}# mend:", 1), encoding="utf-8")


if __name__ == "__main__":
    sys.exit(main())
