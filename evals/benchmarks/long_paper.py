"""A text of 18 million characters through the chunk readers: `python -m evals.benchmarks.long_paper PAPER… [--json]`.

The papers are repeated with other numbers until the text is long enough. The model is a local server with a fixed
latency and an enforced limit of tokens a minute (`limited_model.py`), so nothing but the way of asking is compared:

- arxla, side by side under the limit, against the limit's own bound: a bucket that starts full lets the last token
  through (tokens - limit) / limit minutes after the first request, and its answer takes one latency;
- arxla against one chunk after another, measured on SAMPLE chunks of the same text and multiplied;
- arxla again, from the cache;
- the seed's way (5 chunks, one after another, 2 s between them) against arxla, on a text that 5 chunks can hold.

Memory is the resident memory of the run's processes, sampled, beyond what they hold when everything is imported.
"""

import argparse
import contextlib
import json
import re
import subprocess
import sys
import tempfile
import threading
import time
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from agents.chunk_reader import ModelChunkReader
from agents.contracts import ChunkRequest
from runtime.models.calls import ModelCalls
from runtime.models.usage import Budget, Ledger
from runtime.settings import load_settings
from tools.papers.chunks import read_chunk, split
from tools.papers.cleaning import clean
from tools.papers.extract import extract

SAMPLE = 30
SEED_CHUNKS, SEED_DELAY_S = 5, 2.0
SEED_CHARACTERS = 280_000
"""What 5 chunks can hold."""
LOOK_S = 0.05
NUMBER = re.compile(r"\d{1,6}")
FASTER, OF_BOUND, CACHED, EXTRA_MB = 8.0, 0.85, 0.05, 500.0
"""The goals."""


@dataclass
class Run:
    """What a run in its own process took; `result` is what `long_paper_run` prints."""

    result: dict[str, Any]
    extra_mb: float

    @property
    def reading_s(self) -> float:
        """Seconds of the map over the chunks."""
        return float(self.result["stages"]["summarize"])


def write_text(papers: list[Path], path: Path, characters: int, folder: Path) -> int:
    """The papers' texts again and again, each time with other numbers; the characters written."""
    texts = []
    for paper in papers:
        extract(paper, folder / "paper.txt")
        texts.append((folder / "paper.txt").read_text())
    written = copy = 0
    with path.open("w") as file:
        while written < characters:
            shift = copy // len(texts)
            text = NUMBER.sub(lambda number, by=shift: str(int(number[0]) + by), texts[copy % len(texts)])  # type: ignore[misc]
            written += file.write(text[: characters - written])
            copy += 1
    return written


@contextlib.contextmanager
def model_server(tokens_per_minute: int, latency: float) -> Iterator[str]:
    """The server's address, in a process of its own."""
    options = ["--tokens-per-minute", str(tokens_per_minute), "--latency", str(latency)]
    command = [sys.executable, "-m", "evals.benchmarks.limited_model", *options]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        try:
            assert process.stdout is not None
            yield f"http://127.0.0.1:{int(process.stdout.readline())}"
        finally:
            process.kill()


def counts(address: str) -> dict[str, Any]:
    """What the server has served to limited models."""
    with urllib.request.urlopen(f"{address}/counts", timeout=10) as reply:
        return dict(json.load(reply))


def run(paper: Path, folder: Path, model: str, name: str, *options: str) -> Run:
    """One brief in a process of its own, watched."""
    command = [sys.executable, "-m", "evals.benchmarks.long_paper_run", str(paper), str(folder), model, "--run", name]
    with subprocess.Popen([*command, *options], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdin is not None and process.stdout is not None
        if process.stdout.readline().strip() != "ready":
            raise SystemExit("the run did not start")
        before, most, over = resident_mb(process.pid), [0.0], threading.Event()

        def watch() -> None:
            while not over.wait(LOOK_S):
                most.append(resident_mb(process.pid))

        watcher = threading.Thread(target=watch)
        watcher.start()
        try:
            answer, _ = process.communicate("\n")
        finally:
            over.set()
            watcher.join()
    if process.returncode:
        raise SystemExit("the run failed")
    return Run(json.loads(answer.splitlines()[-1]), max(most) - before)


def resident_mb(pid: int) -> float:
    """Of a process and its children, in MB (Linux)."""
    with contextlib.suppress(OSError, StopIteration):
        status = Path(f"/proc/{pid}/status").read_text()
        own = next(int(line.split()[1]) for line in status.splitlines() if line.startswith("VmRSS"))
        children = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
        return own / 1024 + sum(resident_mb(int(child)) for child in children)
    return 0.0


def one_after_another(paper: Path, address: str, folder: Path) -> tuple[float, int]:
    """Seconds of one chunk, the mean of SAMPLE, and how many chunks the text has."""
    extract(paper, folder / "text.txt")
    clean(folder / "text.txt", folder / "cleaned.txt")
    calls = ModelCalls({"chunk": f"openai:free@{address}/v1"}, load_settings(env_file=None), Ledger(), Budget())
    reader = ModelChunkReader(calls)
    chunks = split(folder / "cleaned.txt", chunk_characters=reader.chunk_characters)
    sample = chunks[:: max(1, len(chunks) // SAMPLE)][:SAMPLE]
    started = time.perf_counter()
    for chunk in sample:
        text = read_chunk(folder / "cleaned.txt", chunk)
        place = {"section": chunk.section, "number": chunk.number, "of": len(chunks)}
        reader.read(ChunkRequest(paper_title="", text=text, **place))
    return (time.perf_counter() - started) / len(sample), len(chunks)


def measure(options: argparse.Namespace, folder: Path) -> dict[str, Any]:
    """Every way, one after another on a machine that does nothing else."""
    long, short = folder / "long.txt", folder / "short.txt"
    written = write_text(options.papers, long, options.characters, folder)
    write_text(options.papers, short, SEED_CHARACTERS, folder)
    limit = options.tokens_per_minute
    with model_server(limit, options.latency) as address:
        single, of = one_after_another(long, address, folder)
        limited = f"openai:limited@{address}/v1"
        limits = ["--tokens-per-minute", str(limit), "--workers", str(options.workers)]
        first = run(long, folder / "first", limited, "first", *limits)
        served = counts(address)
        second = run(long, folder / "first", limited, "second", *limits)
        free = f"openai:free@{address}/v1"
        pace = ["--num-chunks", str(SEED_CHUNKS), "--delay", str(SEED_DELAY_S)]
        seed = run(short, folder / "seed", free, "seed", *pace)
        ours = run(short, folder / "ours", free, "ours")
    bound, whole_bound = (
        max(0.0, tokens - limit) / limit * 60 + options.latency
        for tokens in (first.result["chunk_tokens"], served["tokens"])
    )
    asking = served["last"] - served["first"]
    return {
        "characters": written,
        "cleaned_characters": first.result["characters"],
        "chunks": first.result["chunks"],
        "failed": first.result["failed"],
        "coverage": first.result["coverage"],
        "tokens": served["tokens"],
        "tokens_per_minute": limit,
        "refused": served["refused"],
        "most_in_flight": served["most_in_flight"],
        "single_call_s": single,
        "one_after_another_s": single * of,
        "reading_s": first.reading_s,
        "asking_s": asking,
        "whole_bound_s": whole_bound,
        "bound_s": bound,
        "whole_s": first.result["seconds"],
        "stages": first.result["stages"],
        "faster": single * of / first.reading_s,
        "of_bound": bound / first.reading_s,
        "whole_of_bound": whole_bound / asking,
        "second_s": second.result["seconds"],
        "second_stages": second.result["stages"],
        "second_cached": second.result["cached"],
        "cached_share": second.result["seconds"] / first.result["seconds"],
        "cached_reading_share": second.reading_s / first.reading_s,
        "extra_mb": first.extra_mb,
        "seed_s": seed.reading_s,
        "seed_chunks": seed.result["chunks"],
        "ours_s": ours.reading_s,
        "ours_chunks": ours.result["chunks"],
        "faster_than_seed": seed.reading_s / ours.reading_s,
    }


def table(found: dict[str, Any]) -> str:
    """Both sides of each comparison, and whether the goal was met."""
    f = found
    stages = ", ".join(f"{name} {seconds:.1f} s" for name, seconds in f["stages"].items())
    again = ", ".join(f"{name} {seconds:.1f} s" for name, seconds in f["second_stages"].items())
    rows = [
        ("one after another / arxla", f["one_after_another_s"], f["reading_s"], f["faster"], f"≥ {FASTER:g}"),
        ("limit's bound / reading", f["bound_s"], f["reading_s"], f["of_bound"], f"≥ {OF_BOUND:g}"),
        ("  the same with the reduction", f["whole_bound_s"], f["asking_s"], f["whole_of_bound"], ""),
        ("from the cache / first, whole", f["second_s"], f["whole_s"], f["cached_share"], f"≤ {CACHED:g}"),
        ("seed's way / arxla, short text", f["seed_s"], f["ours_s"], f["faster_than_seed"], ""),
    ]
    lines = [
        f"{f['characters']:,} characters, {f['cleaned_characters']:,} cleaned, {f['chunks']} chunks "
        f"({f['failed']} failed), {f['tokens']:,} tokens at {f['tokens_per_minute']:,} a minute, "
        f"{f['refused']} refused, at most {f['most_in_flight']} in flight",
        f"one after another: {f['single_call_s']:.2f} s, the mean of {SAMPLE} chunks, times {f['chunks']}",
        f"first run: {stages}",
        f"second run: {again} ({f['second_cached']} cached, reading {f['cached_reading_share']:.3f} of the first)",
        f"short text: the seed's way reads {f['seed_chunks']} chunks, arxla {f['ours_chunks']}",
        f"memory beyond the imports: {f['extra_mb']:.0f} MB (goal < {EXTRA_MB:g})",
        f"{'':32} {'left s':>8} {'right s':>8} {'ratio':>7}  goal",
    ]
    return "\n".join(
        [*lines, *(f"{name:32} {a:8.1f} {b:8.1f} {ratio:7.3f}  {goal}" for name, a, b, ratio, goal in rows)]
    )


def main() -> None:
    """Print the table, or JSON; exit 1 when a goal is missed."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("papers", nargs="+", type=Path)
    parser.add_argument("--characters", type=int, default=18_000_000)
    parser.add_argument("--tokens-per-minute", type=int, default=2_000_000)
    parser.add_argument("--latency", type=float, default=2.0, help="seconds of every answer")
    parser.add_argument("--workers", type=int, default=32)
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        found = measure(options, Path(folder))
    print(json.dumps(found) if options.json else table(found))
    met = found["faster"] >= FASTER and found["of_bound"] >= OF_BOUND and found["cached_share"] <= CACHED
    sys.exit(0 if met and found["extra_mb"] < EXTRA_MB else 1)


if __name__ == "__main__":
    main()
