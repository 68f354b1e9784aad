"""Small training loops run eagerly, by torch.compile and by XLA, timed in turns; prints JSON.

    python evals/compiler/loops.py [--device cuda] [--minutes 15] > loops.json

Needs torch alone: a choice that this machine lacks is left out with the reason. `startup_s` is what a loop of that
choice costs once (capture, compilation) beyond its steady steps; `step_s` is one step with its batch's transfer.
"""

import argparse
import importlib.util
import json
import platform
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


def measured(loop: Loop, device: str) -> dict[str, Any]:
    """One row: startup seconds of each choice, then steps of all in turns."""
    kind, make, shape, batch = loop
    torch._dynamo.reset()
    choices: dict[str, dict[str, Any]] = {}
    running: dict[str, Running] = {}
    for choice in CHOICES:
        reason = why_absent(choice, device)
        if not reason:
            try:
                made = Running(choice, loop, device)
                choices[choice] = {"startup_s": made.steps(WARM)}
                running[choice] = made
            except Exception as fault:  # noqa: BLE001 - whatever a compiler fails with is a result
                reason = f"{type(fault).__name__}: {fault}"[:REASON]
        if reason:
            choices[choice] = {"reason": reason}
    counts = {}
    for choice, made in running.items():
        once = made.steps(2) / 2
        counts[choice] = max(2, min(MOST_STEPS, round(LEAST_S / once)))
    times: dict[str, list[float]] = {choice: [] for choice in running}
    for _ in range(ROUNDS):
        for choice, made in running.items():
            times[choice].append(made.steps(counts[choice]) / counts[choice])
    for choice, kept in times.items():
        step = median(kept)
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
    parser.add_argument("--only", type=int, default=1000, help="so many rows at most")
    parser.add_argument("--out", type=Path, help="write the JSON there after every row")
    wish = parser.parse_args()
    torch._inductor.config.force_disable_caches = True
    deadline = time.monotonic() + wish.minutes * 60
    rows: list[dict[str, Any]] = []

    def told() -> str:
        lines = ",\n".join(json.dumps(row) for row in rows)
        head = f'"version": 1, "machine": {json.dumps(machine(wish.device))}, "device": "{wish.device}"'
        return f'{{{head}, "loops": [\n{lines}\n]}}\n'

    if not why_absent("xla", wish.device):
        import torch_xla

        torch_xla.device()  # PyTorch's autograd starts a thread for each device that it knows at its first use
    # What a process pays once for its compilers is no loop's cost.
    measured(("mlp", lambda: mlp(8, 8, 1), (8,), 4), wish.device)
    for loop in list(loops(wish.device == "cuda"))[: wish.only]:
        if time.monotonic() > deadline:
            print("The time is over before all loops were measured.", file=sys.stderr)
            break
        rows.append(measured(loop, wish.device))
        print(json.dumps(rows[-1]), file=sys.stderr, flush=True)
        if wish.out:
            wish.out.write_text(told())
    print(told(), end="")


if __name__ == "__main__":
    main()
