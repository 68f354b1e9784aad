"""Trains texts on XLA, in a process that has done nothing else: reads JSON from stdin, writes JSON lines.

XLA's backward breaks in a process that has run a CPU backward before, so this can't happen inside pytest.
"""

import json
import sys
import types

import torch
import torch_xla
import torch_xla.debug.metrics as metrics

DEVICE = torch_xla.device()


def compilations() -> int:
    found = metrics.metric_data("CompileTime")
    return int(found[0]) if found else 0


def probe(case: dict) -> dict:
    """Scores, compilations after each epoch and host fallbacks of one text on one data set."""
    metrics.clear_all()
    torch.manual_seed(0)
    torch_xla.manual_seed(0)
    X = torch.tensor(case["X"])
    y = torch.tensor(case["y"])
    cut = len(X) * 4 // 5
    counts: list[int] = []
    module = types.ModuleType("training_function")
    module.__dict__["print"] = lambda *_args, **_kwargs: counts.append(compilations())
    exec(compile(case["code"], "<training_function>", "exec"), module.__dict__)
    model, kept = module.train_model(X[:cut], y[:cut], X[cut:], y[cut:], DEVICE, **case["values"])
    model(X[cut:])
    fallbacks = [name for name in metrics.counter_names() if name.startswith("aten::") and "_local_scalar" not in name]
    return {"name": case["name"], "counts": counts, "metrics": kept, "fallbacks": fallbacks}


for one in json.load(sys.stdin):
    print(json.dumps(probe(one)), flush=True)
