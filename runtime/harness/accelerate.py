"""The boxed job that looks for pure-Python hot spots of generated code and compiles them.

Trains twice: first while calls of pure functions are kept, which also warms every compiler of the device up, then
under the tracer. What takes over a tenth of that second time by itself is compiled, verified on the kept calls, and
left in the scratch folder for later jobs. The returned dict fits `tools.execution.acceleration.Report`; nothing in it
is believed: whether the training gains by it is measured outside.
"""

import contextlib
import io
import time
from collections.abc import Mapping
from pathlib import Path
from types import FunctionType
from typing import Any

import torch

from runtime.compiler.backends.native_build import why_no_native_code
from runtime.compiler.calls import seen_in
from runtime.compiler.capture import Recorder
from runtime.compiler.effects import why_not_repeatable
from runtime.compiler.pipeline import AICompilationPipeline, CompilationResult
from runtime.compiler.profile import FunctionProfile, Profile
from runtime.compiler.source import Source, source_of
from runtime.compiler.strategy import CompilationStrategy
from runtime.compiler.strategy_agent import SHIPPED, StrategyAgent
from runtime.compiler.tracer import RuntimeTracer
from runtime.devices import Device, open_device
from runtime.events import Emit
from runtime.harness import compiled, optimizer_state, recurrence
from runtime.harness.failure import MODULE_FILE, GeneratedCodeError, report_failure
from runtime.harness.module_loader import MODULE_NAME, limit_epochs, load_train_model
from runtime.harness.spec import COMPILED, AccelerateSpec
from runtime.harness.train import ARRAYS, Where, load_array, seed_all

HOT = 0.1
"""Share of the time that a function has to take by itself."""
MOST_REASONS, LONGEST_REASON = 6, 300


def run(payload: dict[str, Any], inputs: Mapping[str, Where], scratch: Where, _emit: Emit) -> dict[str, Any]:
    """Trace, compile and verify; raises `GeneratedCodeError` for whatever goes wrong."""
    begun = time.monotonic()
    spec = AccelerateSpec.model_validate(payload)
    device = open_device(spec.target)
    hook = optimizer_state.install() if device.handle.type == "xla" else None
    try:
        recorder, profile = _watched(spec, device, inputs)
        work = _Work(recorder, profile, Path(scratch) / COMPILED, spec.repeats, begun + spec.seconds)
        functions = [work.compiled(name, seen) for name, seen in profile.functions.items() if work.share(seen) >= HOT]
        compiled.keep(Path(scratch) / COMPILED, work.kept)
    except BaseException as error:  # noqa: BLE001  the one place where any end of generated code becomes data
        raise GeneratedCodeError(report_failure(error, "accelerate")) from None
    finally:
        if hook is not None:
            hook.remove()
    return {"functions": functions, "no_compiler": work.no_compiler}


def _watched(spec: AccelerateSpec, device: Device, inputs: Mapping[str, Where]) -> tuple[Recorder, Profile]:
    """Calls of the functions that can be run twice, and where the time of a second training goes."""
    recurrence.install()
    train_model = load_train_model(spec.code)
    values = limit_epochs(spec.code, train_model, spec.hyperparameters, spec.max_epochs)

    def train() -> None:
        seed_all(spec.seed, device)
        tensors = [torch.from_numpy(load_array(inputs[name])) for name in ARRAYS]
        with contextlib.redirect_stdout(io.StringIO()):
            train_model(*tensors, device.handle, **values)

    codes = {function.__code__ for function in compiled.own_functions().values() if _repeats_itself(function)}
    recorder, tracer = Recorder(MODULE_FILE, codes), RuntimeTracer(folders=(), include=[MODULE_NAME])
    with recorder:
        train()
    with tracer:
        train()
    assert tracer.profile is not None
    return recorder, tracer.profile


def _repeats_itself(function: FunctionType) -> bool:
    source = source_of(function)
    return isinstance(source, Source) and why_not_repeatable(source) is None


class _Work:
    """Compiles one hot function after the other."""

    def __init__(self, recorder: Recorder, profile: Profile, place: Path, repeats: float, deadline: float) -> None:
        self.kept: list[compiled.KeptFunction] = []
        self._recorder, self._profile, self._repeats, self._deadline = recorder, profile, repeats, deadline
        self._functions = {_place(function): function for function in compiled.own_functions().values()}
        self._no_native = why_no_native_code()
        self.no_compiler = self._no_native.reason[:LONGEST_REASON] if self._no_native else ""
        agent = StrategyAgent.load_model(SHIPPED)
        if self._no_native:
            agent.actions = tuple(one for one in agent.actions if one != CompilationStrategy.NATIVE)
        self._pipeline = AICompilationPipeline(place, agent.decide_strategy)  # it learns nothing beside hostile code

    def share(self, seen: FunctionProfile) -> float:
        """Of the time of the whole training, what the function took by itself."""
        return seen.self_s / self._profile.wall_s

    def compiled(self, name: str, seen: FunctionProfile) -> dict[str, Any]:
        """What became of one function, as a dict for `tools.execution.acceleration.FunctionReport`."""
        result = self._result(name.removeprefix(f"{MODULE_NAME}."), seen)
        told = {"name": name.removeprefix(f"{MODULE_NAME}."), "line": seen.line, "share": self.share(seen)}
        if isinstance(result, str):
            return told | {"reasons": [result]}
        reasons = [f"native: {self._no_native.reason}"] if self._no_native and result.decision else []
        reasons += result.refused
        if result.strategy is CompilationStrategy.INTERPRET and result.decision and not result.refused:
            reasons.append(result.decision.reason)
        return told | {
            "strategy": result.strategy.value,
            "backend": result.backend,
            "speedup": result.speedup,
            "compile_s": result.compile_time,
            "reasons": [reason[:LONGEST_REASON] for reason in reasons[:MOST_REASONS]],
        }

    def _result(self, name: str, seen: FunctionProfile) -> CompilationResult | str:
        """What the pipeline made of it, or why it was not asked."""
        function = self._functions.get((seen.line, name))
        if function is None:
            return f"{name} is a method or an inner function: only functions of the module itself are replaced."
        if time.monotonic() > self._deadline:
            return f"The seconds for compiling were over before {name}."
        calls = self._recorder.of(function)
        if not calls and _repeats_itself(function):
            return f"{name} was called with other values than numbers, text, arrays and containers of these."
        types = seen_in(function, calls)
        expected = max(1, round(seen.calls * self._repeats))
        result = self._pipeline.compile_with_strategy(function, None, calls, types, expected)
        if result.strategy is not CompilationStrategy.INTERPRET:
            kept = {"name": name, "strategy": result.strategy, "backend": result.backend, "types": types}
            self.kept.append(compiled.KeptFunction.model_validate(kept))
        return result


def _place(function: FunctionType) -> tuple[int, str]:
    return function.__code__.co_firstlineno, function.__qualname__
