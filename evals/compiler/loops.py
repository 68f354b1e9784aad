"""Small training loops run eagerly, by torch.compile and by XLA, timed in turns; prints JSON.

    python evals/compiler/loops.py [--device cuda] [--minutes 15] > loops.json

Needs torch alone: a choice that this machine lacks is left out with the reason. `startup_s` is what a loop of that
choice costs once (capture, compilation) beyond its steady steps; `step_s` is one step with its batch's transfer. Each
choice has a process of its own (torch_xla changes how recurrent networks run on the processor) and waits for its turn.
"""

import argparse
import importlib.util
import json
import platform
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from itertools import pairwise
from pathlib import Path
from statistics import median
from typing import Any

import torch
from torch import Tensor, nn

CHOICES = ("eager", "torch.compile", "xla")
CLASSES = 10
WARM = 3
ROUNDS = 5
LEAST_S = 0.25
MOST_STEPS = 40
REASON = 200
MARK = "measured: "


class Recurrent(nn.Module):
    """A GRU over a sequence, read out at its end."""

    def __init__(self, inputs: int, hidden: int) -> None:
        super().__init__()
        self.gru = nn.GRU(inputs, hidden, batch_first=True)
        self.out = nn.Linear(hidden, CLASSES)

    def forward(self, x: Tensor) -> Tensor:
        """`x`: batch × time × inputs."""
        return self.out(self.gru(x)[0][:, -1])  # type: ignore[no-any-return]


class Transformer(nn.Module):
    """A small encoder over tokens, averaged."""

    def __init__(self, width: int, layers: int) -> None:
        super().__init__()
        self.embed = nn.Embedding(512, width)
        layer = nn.TransformerEncoderLayer(width, 4, 4 * width, dropout=0.0, batch_first=True)
        self.encoder = nn.TransformerEncoder(layer, layers)
        self.out = nn.Linear(width, CLASSES)

    def forward(self, x: Tensor) -> Tensor:
        """`x`: batch × time of token numbers."""
        return self.out(self.encoder(self.embed(x)).mean(1))  # type: ignore[no-any-return]


def mlp(inputs: int, hidden: int, layers: int) -> nn.Module:
    """Linear layers with ReLU between."""
    widths = [inputs] + [hidden] * layers
    parts: list[nn.Module] = [nn.Flatten()]
    for before, after in pairwise(widths):
        parts += [nn.Linear(before, after), nn.ReLU()]
    return nn.Sequential(*parts, nn.Linear(hidden, CLASSES))


def cnn(channels: int, width: int, blocks: int) -> nn.Module:
    """Blocks of convolution, normalisation and pooling."""
    parts: list[nn.Module] = []
    for block in range(blocks):
        after = width * 2**block
        parts += [nn.Conv2d(channels, after, 3, padding=1), nn.BatchNorm2d(after), nn.ReLU(), nn.MaxPool2d(2)]
        channels = after
    return nn.Sequential(*parts, nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(channels, CLASSES))


Loop = tuple[str, Callable[[], nn.Module], tuple[int, ...], int]
"""Kind, its maker, the shape of one example (none: tokens), the batch."""


def loops(large: bool) -> Iterator[Loop]:
    """Small ones first; `large`: what only an accelerator should be asked for, too."""
    sizes: list[tuple[str, Callable[[], nn.Module], tuple[int, ...]]] = [
        ("mlp", lambda: mlp(64, 64, 2), (64,)),
        ("cnn", lambda: cnn(1, 8, 2), (1, 28, 28)),
        ("gru", lambda: Recurrent(8, 32), (40, 8)),
        ("transformer", lambda: Transformer(32, 1), (32,)),
        ("mlp", lambda: mlp(784, 256, 3), (784,)),
        ("cnn", lambda: cnn(3, 16, 3), (3, 32, 32)),
        ("gru", lambda: Recurrent(16, 96), (80, 16)),
        ("transformer", lambda: Transformer(64, 2), (64,)),
        ("mlp", lambda: mlp(784, 1024, 4), (784,)),
    ]
    if large:
        sizes += [
            ("cnn", lambda: cnn(3, 64, 4), (3, 64, 64)),
            ("gru", lambda: Recurrent(64, 512), (128, 64)),
            ("transformer", lambda: Transformer(256, 6), (128,)),
            ("mlp", lambda: mlp(784, 4096, 6), (784,)),
        ]
    for kind, make, shape in sizes:
        for batch in (32, 256, 1024) if large else (32, 256):
            yield kind, make, shape, batch


class Running:
    """One loop under one choice, ready to take steps."""

    def __init__(self, choice: str, loop: Loop, device: str) -> None:
        kind, make, shape, batch = loop
        self.choice, self.device = choice, device
        torch.manual_seed(0)
        model = make()
        tokens = kind == "transformer"
        size = (batch, *shape)
        self.batches = [
            (torch.randint(512, size) if tokens else torch.randn(size), torch.randint(CLASSES, (batch,)))
            for _ in range(4)
        ]
        if choice == "xla":
            import torch_xla

            self.place: Any = torch_xla.device()
            self.settle: Callable[[], object] = lambda: torch_xla.sync(wait=True)
        else:
            self.place = torch.device(device)
            self.settle = torch.cuda.synchronize if device == "cuda" else lambda: None
        model = model.to(self.place)
        self.optimiser = torch.optim.AdamW(model.parameters(), lr=1e-3)
        self.model: Any = torch.compile(model) if choice == "torch.compile" else model

    def steps(self, count: int) -> float:
        """Take steps; seconds, with all work done."""
        start = time.perf_counter()
        for step in range(count):
            inputs, labels = self.batches[step % len(self.batches)]
            self.optimiser.zero_grad(set_to_none=True)
            loss = nn.functional.cross_entropy(self.model(inputs.to(self.place)), labels.to(self.place))
            loss.backward()  # type: ignore[no-untyped-call]
            self.optimiser.step()
            if self.choice == "xla":
                import torch_xla

                torch_xla.sync()
        self.settle()
        return time.perf_counter() - start


def why_absent(choice: str, device: str) -> str:
    """Why a choice can't be tried here; empty when it can."""
    if choice == "xla" and importlib.util.find_spec("torch_xla") is None:
        return "torch_xla is not installed."
    if choice == "xla" and device == "cuda":
        return "This torch_xla has no device for CUDA."
    return ""


class Turn:
    """A process that holds one loop under one choice and takes steps when told to."""

    def __init__(self, number: int, choice: str, device: str) -> None:
        command = [sys.executable, __file__, "--device", device, "--turn", str(number), "--choice", choice]
        self.process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)

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
        raise RuntimeError("its process ended.")

    def end(self) -> None:
        """Also when it hangs."""
        self.process.kill()
        self.process.wait()


def take_turns(number: int, choice: str, device: str) -> None:
    """What the process of a `Turn` does: the first steps are those that compile."""
    torch._inductor.config.force_disable_caches = True
    warm = ("mlp", lambda: mlp(8, 8, 1), (8,), 4)
    try:
        Running(choice, warm, device).steps(WARM)  # what a process pays once for its compiler is no loop's cost
        torch._dynamo.reset()
        made: Running | None = None
        for line in sys.stdin:
            start = time.perf_counter()
            made = made or Running(choice, list(loops(device == "cuda"))[number], device)
            made.steps(int(line))
            print(f"{MARK}{time.perf_counter() - start}", flush=True)
    except Exception as fault:  # noqa: BLE001 - whatever a compiler fails with is a result
        print(MARK + json.dumps(f"{type(fault).__name__}: {fault}"[:REASON]), flush=True)


def measured(number: int, device: str) -> dict[str, Any]:
    """One row: startup seconds of each choice, then steps of all in turns."""
    kind, make, shape, batch = list(loops(device == "cuda"))[number]
    choices: dict[str, dict[str, Any]] = {}
    turns: dict[str, Turn] = {}
    counts: dict[str, int] = {}
    times: dict[str, list[float]] = {choice: [] for choice in CHOICES}
    for choice in CHOICES:
        reason = why_absent(choice, device)
        if not reason:
            turns[choice] = Turn(number, choice, device)
            try:
                choices[choice] = {"startup_s": turns[choice].steps(WARM)}
                counts[choice] = max(2, min(MOST_STEPS, round(LEAST_S / (turns[choice].steps(2) / 2))))
            except RuntimeError as fault:
                reason = str(fault)
        if reason:
            choices[choice] = {"reason": reason}
    for _ in range(ROUNDS):
        for choice, count in counts.items():
            times[choice].append(turns[choice].steps(count) / count)
    for turn in turns.values():
        turn.end()
    for choice in counts:
        step = median(times[choice])
        choices[choice]["step_s"] = float(f"{step:.4g}")
        choices[choice]["startup_s"] = float(f"{max(0.0, choices[choice]['startup_s'] - WARM * step):.4g}")
    parameters = sum(p.numel() for p in make().parameters())
    return {"network": kind, "parameters": parameters, "batch": batch, "example": list(shape), "choices": choices}


def machine(device: str) -> str:
    """In words."""
    if device == "cuda":
        return f"{torch.cuda.get_device_name()}, torch {torch.__version__}"
    info = Path("/proc/cpuinfo")
    lines = info.read_text().splitlines() if info.exists() else []
    models = [line.partition(": ")[2] for line in lines if line.startswith("model name")]
    name = models[0] if models else platform.processor()
    return f"{name}, {torch.get_num_threads()} threads, torch {torch.__version__}"


def main() -> None:
    """Print the rows as JSON, and one line a row on the error stream."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--device", choices=("cpu", "cuda"), default="cuda" if torch.cuda.is_available() else "cpu")
    parser.add_argument("--minutes", type=float, default=15.0)
    parser.add_argument("--only", type=int, nargs="*", help="numbers of the loops to measure")
    parser.add_argument("--out", type=Path, help="write the JSON there after every row")
    parser.add_argument("--turn", type=int, help=argparse.SUPPRESS)
    parser.add_argument("--choice", choices=CHOICES, help=argparse.SUPPRESS)
    wish = parser.parse_args()
    if wish.turn is not None:
        take_turns(wish.turn, wish.choice, wish.device)
        return
    deadline = time.monotonic() + wish.minutes * 60
    rows: list[dict[str, Any]] = []

    def told() -> str:
        lines = ",\n".join(json.dumps(row) for row in rows)
        head = f'"version": 1, "machine": {json.dumps(machine(wish.device))}, "device": "{wish.device}"'
        return f'{{{head}, "loops": [\n{lines}\n]}}\n'

    for number in wish.only if wish.only is not None else range(len(list(loops(wish.device == "cuda")))):
        if time.monotonic() > deadline:
            print("The time is over before all loops were measured.", file=sys.stderr)
            break
        rows.append(measured(number, wish.device))
        print(json.dumps(rows[-1]), file=sys.stderr, flush=True)
        if wish.out:
            wish.out.write_text(told())
    print(told(), end="")


if __name__ == "__main__":
    main()
