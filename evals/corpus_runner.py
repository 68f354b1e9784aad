"""Runs corpus programs on tiny random data, each in a fork of a process that has only imported torch and torch_xla.

Reads a JSON list of {"name", "source", "data"} from standard input and writes one JSON object a line:
{"name", "ok", "detail", "seconds"}. The programs are the project's own corpus; nothing from outside is run here.
"""

import json
import math
import multiprocessing
import sys
import time
import types
from typing import Any

import torch
import torch_xla

from evals.review import ROWS, SHAPES, VAL_ROWS


def tiny_data(kind: str) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor, torch.Tensor]:
    """X_train, y_train, X_val, y_val of a kind: tabular (n, 8), image (n, 1, 8, 8), sequence (n, 24, 2),
    tokens (n, 16) of ids, regression and binary (n, 8)."""
    generator = torch.Generator().manual_seed(0)
    n = ROWS + VAL_ROWS
    if kind == "tokens":
        x = torch.randint(0, 40, (n, *SHAPES[kind]), generator=generator)
    else:
        x = torch.randn(n, *SHAPES.get(kind, (8,)), generator=generator)
    y = torch.arange(n) % (2 if kind == "binary" else 3)
    if kind == "regression":
        y = x[:, 0] * 2 + 0.1 * torch.randn(n, generator=generator)
    return x[:ROWS], y[:ROWS], x[ROWS:], y[ROWS:]


def run_one(source: str, kind: str, device_name: str, seed: int, answer: Any) -> None:
    """Define and call `train_model`, check what it returns, and send (ok, detail)."""
    sys.stdout = sys.stderr
    torch.manual_seed(seed)
    device = torch_xla.device() if device_name == "xla" else torch.device("cpu")
    torch.nn.GRU = getattr(torch.nn.GRU, "_orig", torch.nn.GRU)  # type: ignore[misc]  # torch_xla's own fails on the CPU
    module = types.ModuleType("training_function")
    sys.modules[module.__name__] = module
    try:
        exec(compile(source, "training_function.py", "exec"), module.__dict__)
        model, metrics = module.train_model(*tiny_data(kind), device)
        detail = check(model, metrics)
    except BaseException as error:  # noqa: BLE001 - whatever the program raises is the answer
        detail = f"{type(error).__name__}: {str(error).splitlines()[0] if str(error) else ''}"
    answer.send(detail)
    answer.close()


def check(model: object, metrics: dict[str, Any]) -> str:
    """What is wrong with a returned pair; empty when nothing is."""
    if not isinstance(model, torch.nn.Module):
        return f"returned {type(model).__name__}, no torch.nn.Module"
    for names in (["train_losses"], ["val_losses"], ["val_acc", "val_metric"]):
        values = next((metrics[name] for name in names if name in metrics), None)
        if not values:
            return f"metrics hold no {names[0]}"
        if not all(math.isfinite(float(value)) for value in values):
            return f"{names[0]} are not finite"
    return ""


def main() -> None:
    device, limit = sys.argv[1], float(sys.argv[2])
    context = multiprocessing.get_context("fork")
    for job in json.load(sys.stdin):
        receiver, sender = context.Pipe(duplex=False)
        started = time.monotonic()
        child = context.Process(target=run_one, args=(job["source"], job["data"], device, 0, sender), daemon=True)
        child.start()
        sender.close()
        try:
            detail = receiver.recv() if receiver.poll(limit) else f"ran longer than {limit:.0f} s"
        except EOFError:
            detail = "the process died"
        child.kill()
        child.join()
        seconds = round(time.monotonic() - started, 2)
        print(json.dumps({"name": job["name"], "ok": not detail, "detail": detail, "seconds": seconds}), flush=True)


if __name__ == "__main__":
    main()
