"""The boxed prediction job: an exported graph with the trusted side's quantized weights, and rows without labels.

No generated Python runs here; the graph is still untrusted, which is why it is loaded in a box.
"""

import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy
import torch

from runtime.events import Emit
from runtime.harness import inference, next_tokens, quantize
from runtime.harness.failure import ContractError, GeneratedCodeError, report_failure
from runtime.harness.spec import TEST_PREDICTIONS, VALIDATION_PREDICTIONS, PredictSpec

Where = str | Path
OUTPUTS = {"X_test": TEST_PREDICTIONS, "X_val": VALIDATION_PREDICTIONS}


def run(payload: dict[str, Any], inputs: Mapping[str, Where], scratch: Where, emit: Emit) -> dict[str, Any]:
    """Predict each given X; returns `{"seconds": …, "rows": {"X_test": n}}`; a bad graph raises GeneratedCodeError."""
    spec = PredictSpec.model_validate(payload)
    start = time.perf_counter()
    torch.manual_seed(0)
    try:
        model = load_model(Path(inputs["graph"]), Path(inputs["model"]))
        rows = {}
        for name, output in OUTPUTS.items():
            if name in inputs:
                samples = numpy.load(inputs[name], mmap_mode="c", allow_pickle=False)
                inference.check_rows_apart(model, samples)
                answer = next_tokens.log_probabilities if spec.next_tokens else inference.predict
                numpy.save(Path(scratch) / output, answer(model, samples))
                rows[name] = len(samples)
                emit({"kind": "note", "text": f"predicted {len(samples)} rows of {name}"})
    except Exception as error:  # noqa: BLE001  whatever an untrusted graph raises becomes data
        raise GeneratedCodeError(report_failure(error, "measure")) from None
    return {"seconds": round(time.perf_counter() - start, 4), "rows": rows}


def load_model(graph: Path, weights: Path) -> torch.nn.Module:
    """The graph with every parameter and buffer replaced by the quantized ones; raises `ContractError` on a misfit."""
    model = torch.export.load(graph).module()
    values = quantize.unpack(weights.read_bytes())
    state = model.state_dict()
    if set(state) != set(values):
        odd = sorted(set(state) ^ set(values))[:5]
        raise ContractError(f"the graph and the weights name different tensors: {', '.join(odd)}")
    tensors = {name: torch.from_numpy(numpy.array(array)) for name, array in values.items()}
    for name, tensor in tensors.items():
        if tuple(state[name].shape) != tuple(tensor.shape):
            raise ContractError(f"the graph's {name!r} has another shape than the weights'")
    model.load_state_dict(tensors)
    return model
