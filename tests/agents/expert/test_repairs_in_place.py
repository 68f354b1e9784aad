"""Failures of the debug corpus's tuned part, as the box told them: each is mended where it is, and the rest is kept."""

from typing import NamedTuple

import pytest

from agents.contracts import Correction, DebugRequest
from agents.expert import ExpertDebugger
from evals.debugging.programs import corpus, prepared
from evals.runners.debug import kept
from runtime.job import ErrorReport, ExecutionResult, Status
from runtime.outcome import StopCause
from runtime.search_space import defaults


class Told(NamedTuple):
    """What the box said of a program, and what its correction holds."""

    name: str
    phase: str
    kind: str
    message: str
    line: str
    """The failing line's text, for its number."""
    holds: str


CONTRACT, MEASURE = ("contract", "ContractError"), ("measure", "ContractError")
NAN = "metrics['train_losses'][0] is nan: the training diverged"
FAILURES = [
    Told("nan_entropy_of_hard_targets", *CONTRACT, NAN, "", "(target).clamp(min=1e-8).log()"),
    Told("nan_root_at_zero", *CONTRACT, NAN, "", ".clamp(min=1e-12).sqrt()"),
    Told("nan_constant_pixels", *CONTRACT, NAN, "", "(x - self.mean) / (self.spread + 1e-4)"),
    Told("divergence_growing_recurrence", *CONTRACT, NAN, "", "std=0.12"),
    Told("dtype_tokens_as_floats", "call", "RuntimeError",
         "Check failed: indices->dtype() == at::ScalarType::Long", "self.embed(ids)", "self.embed(ids.long())"),
    Told("device_tensor_in_a_dict", "call", "RuntimeError", "Expected XLA tensor. Got: torch.FloatTensor",
         "angle = x @", 'x @ self.basis["frequencies"].to(x.device)'),
    Told("import_invented_submodule", "load", "ModuleNotFoundError", "No module named 'torch.nn.quantization'",
         "from torch.nn.quant", "from torch.quantization import"),
    Told("key_metric_names", *CONTRACT, "metrics lacks 'train_losses': give", "", "'train_loss': 'train_losses'"),
    Told("key_state_of_a_part", "call", "RuntimeError", "Error(s) in loading state_dict for TrunkAndHead: Missing",
         "model.load_state_dict", "snapshot(model.state_dict())"),
    Told("leak_labels_in_forward", "measure", "TypeError",
         "Hinted.forward() missing 1 required positional argument: 'labels'", "", "if labels is not None else logits"),
    Told("leak_statistics_of_the_batch", "export", "ContractError",
         "the model's answer for a row changes with the other rows of its batch", "",
         "self.statistics = torch.nn.BatchNorm1d(12, affine=False)"),
    Told("leak_of_the_next_token", *MEASURE, "the model looks ahead: its answer", "", "src_mask=torch.triu("),
    Told("return_figures_as_text", *CONTRACT, "metrics['val_acc'][0] must be a number, not str", "",
         "va.append(hits / len(y_val))"),
    Told("return_pair_from_forward", *MEASURE,
         "the model's forward must return one tensor (logits or values), not tuple", "",
         "return FirstOutput(model), metrics"),
    Told("return_restless_model", "export", "ContractError", "the exported graph answers differently from the model",
         "",
         "if self.training else x"),
    Told("return_weights_instead_of_model", *CONTRACT,
         "the first value that train_model returns must be a torch.nn.Module, not OrderedDict", "",
         'model.load_state_dict(best["weights"])\n    return model, metrics'),
]  # fmt: skip
ENDS = [
    ("memory_all_pairs", Status.OUT_OF_MEMORY, "The job used more than 400 MB of memory.", "X_train[_rows]"),
    ("timeout_waits_for_a_loss", Status.TIMED_OUT, "The job ran longer than 20 s.", "for _round in range(50):"),
    (
        "size_vocabulary_in_code",
        Status.OK,
        "the model takes 3866.2 KB, and 256 KB is the limit",
        "self.lookup = nn.Embedding(50, dim)",
    ),
    ("size_memory_bank", Status.OK, "the model takes 527.8 KB, and 96 KB is the limit", "32), persistent=False)"),
]  # fmt: skip


def ask(name: str, failure: ExecutionResult, tmp_path) -> tuple[Correction, str]:
    (program,) = corpus(name)
    function = program.function(prepared(program, tmp_path))
    asked = DebugRequest(
        function=function,
        hyperparameters=defaults(function.bo_config),
        failure=failure,
        target=program.target,
    )
    return ExpertDebugger().correct(asked), function.training_code


def number_of(code: str, text: str) -> int | None:
    return next((n for n, line in enumerate(code.splitlines(), 1) if text and text in line), None)


@pytest.mark.parametrize("told", FAILURES, ids=lambda told: told.name)
def test_a_failure_is_mended_where_it_is(told: Told, tmp_path) -> None:
    (program,) = corpus(told.name)
    line = number_of(program.source, told.line)
    frame = f'  File "<training_function>", line {line}, in forward\n' if line else ""
    error = ErrorReport(type=told.kind, message=told.message, phase=told.phase, line=line, traceback=frame)
    correction, code = ask(told.name, ExecutionResult(status=Status.RAISED, error=error), tmp_path)
    assert correction.kind == "training_code" and correction.training_code is not None, correction
    assert told.holds in correction.training_code
    assert kept(code, correction.training_code) > 0.85, "the program is repaired, not replaced"


@pytest.mark.parametrize(("name", "status", "detail", "holds"), ENDS)
def test_what_the_box_ended_is_mended_where_it_is(name, status, detail, holds, tmp_path) -> None:
    correction, code = ask(name, ExecutionResult(status=status, detail=detail), tmp_path)
    assert correction.training_code is not None and holds in correction.training_code
    assert kept(code, correction.training_code) > 0.85


def test_epochs_follow_what_there_was_time_for(tmp_path) -> None:
    printed = ExecutionResult(status=Status.TIMED_OUT, stdout="epoch 1/60000 val_acc=1\nepoch 901/60000 val_acc=1\n")
    correction, _ = ask("timeout_epochs_default", printed, tmp_path)
    assert correction.bo_config is not None and correction.bo_config["epochs"].default == 360


def test_a_program_that_a_missing_package_is_made_of_stops(tmp_path) -> None:
    error = ErrorReport(type="ModuleNotFoundError", message="No module named 'timm'", phase="load", line=7)
    correction, _ = ask("import_of_what_is_not_installed", ExecutionResult(status=Status.RAISED, error=error), tmp_path)
    assert (correction.kind, correction.cause) == ("system_issue", StopCause.MISSING_DEPENDENCY)


def test_numbers_that_were_sound_at_first_take_a_smaller_rate_first(tmp_path) -> None:
    message = "metrics['train_losses'][3] is nan: the training diverged"
    error = ErrorReport(type="ContractError", message=message, phase="contract")
    correction, _ = ask("nan_root_at_zero", ExecutionResult(status=Status.RAISED, error=error), tmp_path)
    assert correction.bo_config is not None and correction.bo_config["lr"].default == pytest.approx(0.0005)
