"""Small data of each kind, and a bench that runs a module text as the harness would, in this process."""

import types
from collections.abc import Callable
from typing import Any

import pytest
import torch

from runtime.data_profile import DataProfile
from runtime.harness.contract import check_returned
from runtime.harness.failure import MODULE_FILE, report_failure
from runtime.job import ErrorReport, ExecutionResult, Status

Arrays = tuple[torch.Tensor, torch.Tensor, torch.Tensor, torch.Tensor]

PROFILES: dict[str, dict[str, Any]] = {
    "table": {"shape": (200, 12), "feature_count": 12, "num_classes": 3, "is_tabular": True},
    "regression": {"shape": (200, 12), "feature_count": 12, "task_type": "regression", "is_tabular": True},
    "sequence": {"shape": (200, 2, 40), "feature_count": 80, "num_classes": 3, "is_sequence": True},
    "image": {"shape": (200, 1, 12, 12), "feature_count": 144, "num_classes": 3, "is_image": True},
    "text": {"shape": (200, 16), "feature_count": 16, "num_classes": 2, "is_text": True, "vocabulary_size": 60},
    "language": {
        "shape": (200, 16), "feature_count": 16, "task_type": "language_modeling", "is_text": True,
        "vocabulary_size": 30,
    },
}  # fmt: skip


def make_profile(kind: str, **changes: Any) -> DataProfile:
    facts = {"dataset_name": kind, "sample_count": PROFILES[kind]["shape"][0], **PROFILES[kind], **changes}
    return DataProfile(**facts)


def make_data(kind: str, rows: int = 160, seed: int = 0) -> Arrays:
    """Learnable data of a kind: train rows, and a quarter as many validation rows."""
    torch.manual_seed(seed)
    total = rows + rows // 4
    shape = PROFILES[kind]["shape"][1:]
    if kind == "text":
        X = torch.randint(10, 60, (total, *shape))
        y = torch.randint(0, 2, (total,))
        X[:, ::3] = (y * 5 + torch.randint(0, 5, (total,)))[:, None]
    elif kind == "language":
        start = torch.randint(0, 30, (total, 1))
        ramp = (start + torch.arange(17)) % 30
        X, y = ramp[:, :-1], ramp[:, 1:]
    else:
        X = torch.randn(total, *shape)
        flat = X.flatten(1)
        if kind == "regression":
            y = 40 + 7 * (flat[:, 0] + 0.5 * flat[:, 1] * flat[:, 2] + flat[:, 3])
        else:
            y = torch.randint(0, 3, (total,))
            wave = torch.sin(torch.arange(flat.shape[1]) * 0.35)
            flat += (y[:, None] - 1) * 1.2 * wave
    return X[:rows], y[:rows], X[rows:], y[rows:]


def run_text(code: str, data: Arrays, device: Any = "cpu", **hyperparams: Any) -> tuple[Any, ExecutionResult]:
    """((model, metrics) or None, result): what the box would report, produced by the harness's own functions."""
    module = types.ModuleType("training_function")
    torch.nn.GRU = getattr(torch.nn.GRU, "_orig", torch.nn.GRU)  # once imported, torch_xla's own fails on the CPU
    phase = "load"
    try:
        exec(compile(code, MODULE_FILE, "exec"), module.__dict__)
        if not hasattr(module, "train_model"):
            raise AttributeError("the module must define train_model(X_train, y_train, X_val, y_val, device)")
        phase = "call"
        returned = module.train_model(*(part.clone() for part in data), torch.device(device), **hyperparams)
        phase = "contract"
        check_returned(returned)
        returned[0].cpu().eval()(data[2][:4])
    except Exception as error:  # noqa: BLE001 - the code under test may raise anything
        report = ErrorReport(**report_failure(error, phase))
        return None, ExecutionResult(status=Status.RAISED, error=report, detail=f"{report.type}: {report.message}")
    return returned, ExecutionResult(status=Status.OK, value={})


@pytest.fixture
def profile() -> Callable[..., DataProfile]:
    return make_profile


@pytest.fixture
def data() -> Callable[..., Arrays]:
    return make_data


@pytest.fixture(scope="session")
def run_code() -> Callable[..., tuple[Any, ExecutionResult]]:
    return run_text


@pytest.fixture(scope="session")
def make() -> tuple[Callable[..., DataProfile], Callable[..., Arrays]]:
    """(profile, data) makers for fixtures of a wider scope."""
    return make_profile, make_data
