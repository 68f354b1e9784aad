"""Runs whose provider fails in 30 % of its calls: does every one end in a typed outcome, and is SUCCESS earned?

`python -m evals.benchmarks.provider_faults [--runs 200] [--share 0.3] [--parallel 2] [--seed 0] [--json]`. Each run is
a whole `arxla run` on the iris flowers without tuning; `faulty_model` plays coder, reviewer and debugger, whose answers
are sometimes wrong too, and fails in all the ways that providers do. Broken are a run that raises, that takes longer
than `LONGEST_RUN_S`, that ends without an outcome or a sentence, and a SUCCESS whose evidence is not on disk with the
SHA-256 that `run.json` says. Waits between attempts are set to hundredths of a second. Exit 1 when one is broken.
"""

import argparse
import asyncio
import json
import statistics
import tempfile
import time
import traceback
from collections import Counter
from collections.abc import Iterable
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from evals.benchmarks.faulty_model import FaultyModel
from evals.scorers.whole_run import missing_evidence
from graph.driving import drive, open_run
from graph.services import Services
from runtime.events import Event
from runtime.outcome import Outcome
from runtime.settings import load_settings
from tools.results.folder import RunFolder
from tools.results.record import RunRecord

LONGEST_RUN_S = 300.0
QUICK: dict[str, Any] = {
    "arxla_model_wait_s": 0.01,
    "arxla_model_max_wait_s": 0.05,
    "arxla_model_timeout_s": 2.0,
    "arxla_offline": True,
}
ROLES = ("coder", "reviewer", "debugger")


@dataclass
class Ended:
    """One run. `broken` says which promise was not kept, empty for a run that kept them all."""

    run: str
    outcome: str
    message: str
    seconds: float
    requests: int
    faults: list[str]
    calls: int
    """Replies that came through, usable or not; the other requests were tried again or ended the run."""
    debugging: int
    broken: str = ""


@dataclass
class Summary:
    """All runs together."""

    runs: int
    requests: int
    faults: int
    calls: int
    seconds: float
    outcomes: dict[str, int] = field(default_factory=dict)
    kinds: dict[str, int] = field(default_factory=dict)
    """Faults by their kind."""
    unspoilt: int = 0
    """Runs that met no fault."""
    broken: list[Ended] = field(default_factory=list)


async def one(name: str, services: Services, server: FaultyModel, limit_s: float) -> Ended:
    """A whole run against the server's address for it."""
    base_url, began, calls = server.base_url(name), time.monotonic(), 0
    models = {role: f"openai:{role}@{base_url}" for role in ROLES}
    task = services.settings.task(
        dataset="iris", target="cpu", trials=0, skip_literature_review=True, use_cache=False,
        model=models["coder"], models=models,
    )  # fmt: skip
    folder = open_run(services.settings, task, services.results)

    def watch(event: Event) -> None:
        nonlocal calls
        calls += event["kind"] == "model_call"

    record, broken = None, ""
    try:
        record = await asyncio.wait_for(drive(services.settings, folder, watch, services), limit_s)
        broken = fault_of(record, folder)
    except TimeoutError:
        broken = f"it did not end within {limit_s:g} s"
    except Exception:  # noqa: BLE001  whatever comes out of a run is what is looked for
        broken = traceback.format_exc(limit=-4)
    return Ended(
        name,
        str(record.outcome) if record else "none",
        record.message if record else "",
        time.monotonic() - began,
        server.requests[name],
        server.faults.get(name, []),
        calls,
        len(record.debugging) if record else 0,
        broken,
    )


def fault_of(record: RunRecord, folder: RunFolder) -> str:
    """Which promise a record does not keep; empty when it keeps them."""
    if record.outcome is None or not record.message:
        return "it ended without an outcome or a sentence"
    if record.outcome is Outcome.STOP_PIPELINE and record.cause is None:
        return "STOP_PIPELINE has no cause"
    evidence = record.evidence
    if evidence is None:
        return "SUCCESS without evidence" if record.outcome is Outcome.SUCCESS else ""
    if missing := missing_evidence(record, folder.path):
        return missing
    if (folder.path / evidence.model_file).stat().st_size != evidence.size.real_bytes:
        return "the model has another size than the record says"
    return ""


async def measure(names: Iterable[str], share: float, seed: int, parallel: int, limit_s: float) -> list[Ended]:
    """All runs, a few at a time."""
    with tempfile.TemporaryDirectory() as place, FaultyModel(share, seed) as server:
        results, functions, reviews = (Path(place) / name for name in ("results", "functions", "reviews"))
        services = Services(load_settings(env_file=None, **QUICK), results, functions, reviews)
        gate = asyncio.Semaphore(parallel)

        async def gated(name: str) -> Ended:
            async with gate:
                return await one(name, services, server, limit_s)

        try:
            return await asyncio.gather(*(gated(name) for name in names))
        finally:
            services.close()


def summarise(ended: list[Ended], seconds: float) -> Summary:
    """Counts over all runs."""
    return Summary(
        runs=len(ended),
        requests=sum(one.requests for one in ended),
        faults=sum(len(one.faults) for one in ended),
        calls=sum(one.calls for one in ended),
        seconds=seconds,
        outcomes=dict(Counter(one.outcome for one in ended).most_common()),
        kinds=dict(Counter(kind for one in ended for kind in one.faults).most_common()),
        unspoilt=sum(not one.faults for one in ended),
        broken=[one for one in ended if one.broken],
    )


def show(summary: Summary, ended: list[Ended]) -> None:
    """The tables for a person."""
    print(f"{'outcome':26}{'runs':>6}{'median s':>10}{'requests':>10}{'faults':>8}{'debugged':>10}")
    for outcome, count in summary.outcomes.items():
        mine = [one for one in ended if one.outcome == outcome]
        seconds = statistics.median(one.seconds for one in mine)
        sums = sum(one.requests for one in mine), sum(len(one.faults) for one in mine)
        debugged = sum(bool(one.debugging) for one in mine)
        print(f"{outcome:26}{count:6}{seconds:10.1f}{sums[0]:10}{sums[1]:8}{debugged:10}")
    share = summary.faults / max(1, summary.requests)
    print(f"\n{summary.faults} of {summary.requests} requests failed ({share:.0%}), {summary.unspoilt} runs met none;")
    print(f"{summary.calls} replies came through; {summary.runs} runs took {summary.seconds:.0f} s\n")
    print(f"{'fault':22}{'times':>6}   how the runs that met it ended")
    for kind, times in summary.kinds.items():
        ends = Counter(one.outcome for one in ended if kind in one.faults)
        print(f"{kind:22}{times:6}   {', '.join(f'{outcome} {count}' for outcome, count in ends.most_common())}")
    for one in summary.broken:
        print(f"\nBROKEN {one.run} ({', '.join(one.faults)}): {one.broken}")
    print(f"\n{len(summary.broken)} of {summary.runs} runs broke a promise")


def main() -> None:
    """Print the tables, or JSON; exit 1 when a run broke a promise."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--runs", type=int, default=200)
    parser.add_argument("--share", type=float, default=0.3)
    parser.add_argument("--parallel", type=int, default=2)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args()
    names = [f"run{number}" for number in range(options.runs)]
    began = time.monotonic()
    ended = asyncio.run(measure(names, options.share, options.seed, options.parallel, LONGEST_RUN_S))
    summary = summarise(ended, time.monotonic() - began)
    if options.json:
        print(json.dumps({"summary": asdict(summary), "runs": [asdict(one) for one in ended]}, indent=2))
    else:
        show(summary, ended)
    raise SystemExit(1 if summary.broken else 0)


if __name__ == "__main__":
    main()
