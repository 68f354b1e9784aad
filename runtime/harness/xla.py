"""The XLA device inside the box: opening it, seeding it, reading its counters, and saving it a compilation."""

import os
from typing import Any, NamedTuple

import torch

from runtime.box.environment import CPU_XLA_FLAGS


class Counters(NamedTuple):
    """Totals since the process began."""

    compilations: int
    compile_s: float
    executions: int
    execute_s: float
    host_syncs: int
    """Values read back with `.item()` and the like."""
    fallbacks: int
    """Operations that ran on the host because XLA has no lowering for them."""

    def since(self, earlier: "Counters") -> dict[str, float]:
        """What was added after `earlier`; `step_s` is the mean time of one execution, in seconds."""
        runs = self.executions - earlier.executions
        seconds = self.execute_s - earlier.execute_s
        return {
            "compilations": float(self.compilations - earlier.compilations),
            "compile_s": round(self.compile_s - earlier.compile_s, 4),
            "executions": float(runs),
            "step_s": round(seconds / runs, 6) if runs else 0.0,
            "host_syncs": float(self.host_syncs - earlier.host_syncs),
            "fallbacks": float(self.fallbacks - earlier.fallbacks),
        }


def open_device() -> torch.device:
    """The XLA device. Must come before any CPU backward in this process, which would break XLA's own."""
    if os.environ.setdefault("PJRT_DEVICE", "CPU") == "CPU":
        os.environ.setdefault("XLA_FLAGS", CPU_XLA_FLAGS)
    import torch_xla

    return torch_xla.device()


def device_kind() -> str:
    """CPU, TPU, NEURON or CUDA, as PJRT says."""
    import torch_xla.runtime

    return str(torch_xla.runtime.device_type())


def seed_device(seed: int) -> None:
    """Seed XLA's own random stream, which `torch.manual_seed` does not reach."""
    import torch_xla

    torch_xla.manual_seed(seed)  # type: ignore[no-untyped-call]


def sync() -> None:
    """Run what was recorded so far, without waiting for it."""
    import torch_xla

    torch_xla.sync()


def finish_pending() -> None:
    """Run whatever generated code left unsynchronised, so that nothing leaks into the next job of a warm process."""
    import torch_xla

    torch_xla.sync(wait=True)


def compilations() -> int:
    """Graphs compiled by this process so far."""
    return _samples("CompileTime")[0]


def read_counters() -> Counters:
    """The process's totals, from `torch_xla.debug.metrics`."""
    import torch_xla.debug.metrics

    metrics: Any = torch_xla.debug.metrics
    compiled, compile_s = _samples("CompileTime")
    executed, execute_s = _samples("ExecuteTime")
    names = metrics.counter_names()
    fallen = [name for name in names if name.startswith("aten::") and name != "aten::_local_scalar_dense"]
    syncs = metrics.counter_value("aten::_local_scalar_dense") if "aten::_local_scalar_dense" in names else 0
    fallbacks = sum(metrics.counter_value(name) or 0 for name in fallen)
    return Counters(compiled, compile_s, executed, execute_s, syncs or 0, fallbacks)


def _samples(metric: str) -> tuple[int, float]:
    """(count, seconds) of a duration metric, which torch_xla keeps in nanoseconds."""
    import torch_xla.debug.metrics

    metrics: Any = torch_xla.debug.metrics
    data = metrics.metric_data(metric)
    return (0, 0.0) if data is None else (int(data[0]), float(data[1]) / 1e9)
