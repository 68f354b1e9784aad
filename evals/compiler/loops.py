"""Small training loops run eagerly, by torch.compile and by XLA, timed in turns; writes JSON.

    python -m evals.compiler.loops [--device cuda] [--minutes 60] [--out loops_cpu.json]

What the file has already is kept. `startup_s` is what a loop costs once in a fresh process (capture, compilation)
beyond its steady steps; `step_s` is one step with its batch's transfer, the best of several turns. Each choice has a
process of its own, on one core, set up as a boxed training is, and waits for its turn. On a processor the seconds are
the processor's, those of compilers included: a busy machine must not make a choice dearer.
"""

import argparse
import importlib.util
import json
import os
import platform
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import torch
from torch import nn

from evals.compiler.networks import CLASSES, TOKENS, Loop, loops
from runtime.box.environment import job_environment
from runtime.compiler.training_loops import LoopChoice, LoopStrategy, LoopTable, MeasuredLoop
from runtime.harness import loop as loop_harness
from runtime.harness import optimizer_state, recurrence

TABLE = Path(__file__).with_name("loops_cpu.json")
WARM = 3
ROUNDS = 5
LEAST_S = 0.25
MOST_STEPS = 400
MOST_S = 180
"""A choice that takes longer to begin is left out."""
REASON = 200
MARK = "measured: "


class Running:
    """One loop under one choice, ready to take steps."""

    def __init__(self, choice: LoopStrategy, loop: Loop, device: str) -> None:
        self.choice, self.clock = choice, time.perf_counter if device == "cuda" else processor_seconds
        size, tokens = (loop.batch, *loop.example), loop.family == "transformer"
        torch.manual_seed(0)
        self.batches = [
            (torch.randint(TOKENS, size) if tokens else torch.randn(size), torch.randint(CLASSES, (loop.batch,)))
            for _ in range(4)
        ]
        self.settle: Callable[[], object] = torch.cuda.synchronize if device == "cuda" else lambda: None
        self.place: Any = torch.device(device)
        if choice is LoopStrategy.XLA:
            import torch_xla

            self.place, self.settle = torch_xla.device(), lambda: torch_xla.sync(wait=True)
        recurrence.install()
        self.model = loop.make().to(self.place)
        self.optimiser = torch.optim.AdamW(self.model.parameters(), lr=1e-3)
        if choice is LoopStrategy.COMPILED:
            loop_harness.compile_in_place(self.model)

    def steps(self, count: int) -> float:
        """Take steps; seconds, with all work done."""
        start = self.clock()
        for step in range(count):
            inputs, labels = self.batches[step % len(self.batches)]
            self.optimiser.zero_grad(set_to_none=True)
            loss = nn.functional.cross_entropy(self.model(inputs.to(self.place)), labels.to(self.place))
            loss.backward()  # type: ignore[no-untyped-call]
            self.optimiser.step()
            if self.choice is LoopStrategy.XLA:
                import torch_xla

                torch_xla.sync()
        self.settle()
        return self.clock() - start


def processor_seconds() -> float:
    """Of this process and of the compilers that it started."""
    return time.process_time() + sum(os.times()[2:4])


def why_absent(choice: LoopStrategy, device: str) -> str:
    """Why a choice can't be tried here; empty when it can."""
    if choice is LoopStrategy.XLA and importlib.util.find_spec("torch_xla") is None:
        return "torch_xla is not installed."
    if choice is LoopStrategy.XLA and device == "cuda":
        return "This torch_xla has no device for CUDA."
    return ""


class Turn:
    """A process that holds one loop under one choice and takes steps when told to."""

    def __init__(self, number: int, choice: LoopStrategy, device: str) -> None:
        command = [sys.executable, "-m", "evals.compiler.loops", "--device", device, "--turn", str(number)]
        self.folder = tempfile.TemporaryDirectory(prefix="loops-")
        settings = job_environment(self.folder.name, device.upper())
        cold = {"TORCHINDUCTOR_COMPILE_THREADS": "1", "TORCHINDUCTOR_CACHE_DIR": self.folder.name}
        self.process = subprocess.Popen(
            [*command, "--choice", choice.value], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
            env=os.environ | settings | cold, start_new_session=True,
        )  # fmt: skip

    def steps(self, count: int) -> float:
        """Seconds. Raises `RuntimeError` with what went wrong."""
        assert self.process.stdin and self.process.stdout
        try:
            self.process.stdin.write(f"{count}\n")
            self.process.stdin.flush()
        except BrokenPipeError:
            raise RuntimeError("its process ended.") from None
        for line in self.process.stdout:
            if line.startswith(MARK):
                told = json.loads(line.removeprefix(MARK))
                if isinstance(told, str):
                    raise RuntimeError(told)
                return float(told)
        late = self.process.wait() == -signal.SIGALRM
        raise RuntimeError(f"It took longer than {MOST_S} s." if late else "its process ended.")

    def end(self) -> None:
        """Also when it hangs, with what it started."""
        os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait()
        self.folder.cleanup()


def take_turns(number: int, choice: LoopStrategy, device: str) -> None:
    """What the process of a `Turn` does: the first steps are those that compile."""
    if device == "cpu":
        os.sched_setaffinity(0, {max(os.sched_getaffinity(0))})
    try:
        import torch._dynamo  # an optimizer imports it when it is first made, and imports are no cost of a loop

        if choice is LoopStrategy.XLA:
            import torch_xla

            torch_xla.device()
            optimizer_state.install()
        if choice is LoopStrategy.COMPILED:
            import torch._inductor.compile_fx  # noqa: F401
        made: Running | None = None
        for line in sys.stdin:
            start = time.perf_counter() if device == "cuda" else processor_seconds()
            signal.alarm(MOST_S)
            made = made or Running(choice, list(loops(device == "cuda"))[number], device)
            made.steps(int(line))
            signal.alarm(0)
            print(f"{MARK}{made.clock() - start}", flush=True)
    except Exception as fault:  # noqa: BLE001 - whatever a compiler fails with is a result
        print(MARK + json.dumps(f"{type(fault).__name__}: {fault}"[:REASON]), flush=True)


def measured(number: int, loop: Loop, device: str) -> MeasuredLoop:
    """One row: startup seconds of each choice, then steps of all in turns."""
    choices: dict[LoopStrategy, LoopChoice] = {}
    turns: dict[LoopStrategy, Turn] = {}
    counts: dict[LoopStrategy, int] = {}
    began: dict[LoopStrategy, float] = {}
    for choice in LoopStrategy:
        reason = why_absent(choice, device)
        if not reason:
            turns[choice] = Turn(number, choice, device)
            try:
                began[choice] = turns[choice].steps(WARM)
                counts[choice] = max(2, min(MOST_STEPS, round(LEAST_S / max(turns[choice].steps(2) / 2, 0.001))))
            except RuntimeError as fault:
                reason = str(fault)
        if reason:
            choices[choice] = LoopChoice(reason=reason)
    times: dict[LoopStrategy, list[float]] = {choice: [] for choice in counts}
    for _ in range(ROUNDS):
        for choice, count in counts.items():
            times[choice].append(turns[choice].steps(count) / count)
    for turn in turns.values():
        turn.end()
    for choice, taken in times.items():
        step = min(taken)
        choices[choice] = LoopChoice(startup_s=_short(max(0.0, began[choice] - WARM * step)), step_s=_short(step))
    parameters = sum(parameter.numel() for parameter in loop.make().parameters())
    facts: dict[str, Any] = {"name": loop.name, "network": loop.family, "parameters": parameters}
    return MeasuredLoop(**facts, batch=loop.batch, example=list(loop.example), choices=choices)


def _short(number: float) -> float:
    return float(f"{number:.4g}")


def machine(device: str) -> str:
    """In words."""
    if device == "cuda":
        return f"{torch.cuda.get_device_name()}, torch {torch.__version__}"
    info = Path("/proc/cpuinfo")
    lines = info.read_text().splitlines() if info.exists() else []
    models = [line.partition(": ")[2] for line in lines if line.startswith("model name")]
    name = models[0] if models else platform.processor()
    return f"{name}, one core, torch {torch.__version__}"


def main() -> None:
    """Measure what the table lacks; one line a row."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--device", choices=("cpu", "cuda"), default="cuda" if torch.cuda.is_available() else "cpu")
    parser.add_argument("--minutes", type=float, default=60.0)
    parser.add_argument("--out", type=Path, default=TABLE)
    parser.add_argument("--turn", type=int, help=argparse.SUPPRESS)
    parser.add_argument("--choice", type=LoopStrategy, help=argparse.SUPPRESS)
    wish = parser.parse_args()
    if wish.turn is not None:
        take_turns(wish.turn, wish.choice, wish.device)
        return
    rows = LoopTable.load(wish.out).loops if wish.out.exists() else []
    for row in _missing(rows, wish.device, time.monotonic() + wish.minutes * 60):
        rows.append(row)
        print(row.model_dump_json(), flush=True)
        LoopTable(machine=machine(wish.device), device=wish.device, loops=rows).save(wish.out)


def _missing(rows: list[MeasuredLoop], device: str, deadline: float) -> Iterator[MeasuredLoop]:
    known = {(row.name, row.batch) for row in rows}
    for number, loop in enumerate(loops(device == "cuda")):
        if time.monotonic() > deadline:
            print("The time is over before all loops were measured.")
            return
        if (loop.name, loop.batch) not in known:
            yield measured(number, loop, device)


if __name__ == "__main__":
    main()
