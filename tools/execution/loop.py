"""How the training loop runs: the agent is asked with what the plain run showed, and its answer is measured.

| target | may also run | why |
|---|---|---|
| cpu | torch.compile, XLA on the CPU | the processor and the model stay what they are |
| xla, on a CPU | eager, torch.compile: trials alone | the final training runs on XLA, which is what is delivered |
| any other device | nothing | no loop was measured there |

torch.compile starts a C compiler, which no box lets it.
"""

from importlib.util import find_spec
from pathlib import Path

from runtime.compiler.training_loops import LoopCharacteristics, LoopDecision, LoopStrategy, loop_agent
from runtime.task import Target
from tools.execution.comparison import LEAST_GAIN, Measured, PlainRun, compared, why_it_failed
from tools.execution.training import TrainingRun
from tools.results.record import LoopRecord

EAGER_ON_CPU, XLA_ON_CPU = "eager PyTorch on the CPU", "XLA on CPU"
NAMES = {LoopStrategy.EAGER: "eager", LoopStrategy.COMPILED: "torch.compile", LoopStrategy.XLA: "XLA"}


def choose_loop(plain: PlainRun, before: Measured, compiled: Path | None, no_compiler: str) -> LoopRecord:
    """Ask, measure, and say what came of it. `before`: the run to beat, with the functions in `compiled`.

    `no_compiler` says why no C compiler may be started in the box, if so. Raises `SandboxFailure`.
    """
    present = present_way(plain.target, plain.run)
    if present is None or plain.run.loop is None or not plain.run.loop.steps:
        where = plain.run.device or "its device"
        why = f"no loop was measured on {where}" if present is None else "no step of an optimizer was seen"
        return LoopRecord(sentence=f"The training loop runs as it is: {why}.")
    loop = plain.run.loop
    step_s = plain.run.phases.get("call", 0.0) / loop.steps if present is LoopStrategy.EAGER else 0.0
    seen = LoopCharacteristics(loop.network, plain.run.parameters, loop.batch, loop.steps, "cpu", step_s)
    refused = _refused(no_compiler)
    decision = loop_agent().decide_strategy(seen, tuple(refused))
    record = LoopRecord(
        network=loop.network, parameters=plain.run.parameters, batch=loop.batch, steps=loop.steps, present=present,
        chosen=decision.strategy, expected=decision.expected_speedup / _over_eager(decision)[present], sentence="",
        reasons=[f"{NAMES[name]}: {reason}" for name, reason in refused.items()],
    )  # fmt: skip
    if record.chosen == present or record.expected < LEAST_GAIN:
        record.chosen = present
        record.sentence = _stays(record, decision)
        return record
    again = plain.again("loop", compiled, decision.strategy)
    gained, why = "", why_it_failed(again)
    if not why:
        after = Measured.of(again)
        record.before_s, record.after_s, record.score = before.seconds, after.seconds, after.score
        gained, why = compared(before, after, random_alike=False)
    record.used = bool(gained)
    record.sentence = _used(record, plain.target, gained) if gained else _left(record, why)
    return record


def present_way(target: Target, run: TrainingRun) -> LoopStrategy | None:
    """How the plain run's steps ran, where loops were measured; None on an accelerator."""
    if target == "cpu" and run.device == EAGER_ON_CPU:
        return LoopStrategy.EAGER
    return LoopStrategy.XLA if target == "xla" and run.device == XLA_ON_CPU else None


def _refused(no_compiler: str) -> dict[LoopStrategy, str]:
    refused = {LoopStrategy.COMPILED: no_compiler} if no_compiler else {}
    return refused | ({} if find_spec("torch_xla") else {LoopStrategy.XLA: "torch_xla is not installed."})


def _over_eager(decision: LoopDecision) -> dict[LoopStrategy, float]:
    """How many times as fast as eager each possible way is expected to be."""
    return {decision.strategy: decision.expected_speedup, **dict(decision.alternatives)}


def _stays(record: LoopRecord, decision: LoopDecision) -> str:
    """One sentence with what was expected of the other ways."""
    expected = _over_eager(decision)
    now = expected[LoopStrategy(record.present)]
    others = [
        f"{NAMES[name]} {value / now:.2f} × as fast" for name, value in expected.items() if name != record.present
    ]
    told = f": over {_loop(record)}, {' and '.join(others)} would be expected" if others else ""
    return " ".join([f"The training loop stays {_name(record.present)}{told}.", *record.reasons])


def _used(record: LoopRecord, target: Target, gained: str) -> str:
    by = "eagerly" if record.chosen == LoopStrategy.EAGER else f"by {_name(record.chosen)}"
    if target == "xla":
        return f"Trials run {by}; the final training runs on XLA, as the target says. {gained}"
    return f"The training loop runs {by}. {gained}"


def _left(record: LoopRecord, why: str) -> str:
    expected = f"{_name(record.chosen)} was expected to be {record.expected:.1f} × as fast"
    return f"The training loop stays {_name(record.present)}, though {expected}: {why}"


def _name(strategy: str) -> str:
    return NAMES[LoopStrategy(strategy)]


def _loop(record: LoopRecord) -> str:
    network = "recurrent network" if record.network == "recurrent" else record.network
    return f"{record.steps} steps of {record.batch} rows, {network} with {record.parameters:,} parameters"
