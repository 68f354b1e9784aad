"""A run's result as a project of its own that needs no arxla."""

import hashlib
import json
import shutil
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

from runtime.data_profile import PreparedData
from runtime.errors import InputError
from runtime.harness.spec import BATCH, EPOCH_NAMES
from runtime.job import ExecutionResult, Job, Limits
from runtime.search_space import Hyperparameters, defaults
from runtime.training_function import TrainingFunction
from tools.export.readme import readme
from tools.export.sample import write_sample
from tools.export.sources import project_sources
from tools.results.record import RunRecord
from tools.results.writing import json_bytes, naming_disk_faults

ENTRY = "runtime.harness.script:run"
LIMITS = Limits(wall_s=300.0, cpu_s=600.0)
RETRAINED = "retrained.safetensors"


def export_project(
    record: RunRecord, function: TrainingFunction, data: PreparedData, run_folder: Path, destination: Path
) -> Path:
    """Write a project that trains and predicts without arxla; returns `destination`.

    With evidence in the record the measured weights and graph go with it, after their hashes were checked; without,
    the code goes alone and nothing is claimed. Raises `InputError` when a measured file has changed, and `DiskFull`.
    """
    with naming_disk_faults(destination):
        (destination / "standalone").mkdir(parents=True, exist_ok=True)
        for name, text in project_sources(function.training_code, measured=record.evidence is not None).items():
            (destination / name).write_text(text, encoding="utf-8", errors="replace")
        for name in ("normalizer.json", "classes.json"):
            shutil.copyfile(Path(data.folder) / name, destination / name)
        with_text = _copy_tokenizer(Path(data.folder), destination)
        values: Hyperparameters = {**defaults(function.bo_config), **record.hyperparameters}
        (destination / "project.json").write_bytes(json_bytes(project_facts(record, function, data, values)))
        rows = write_sample(data, destination / "sample.npz")
        _copy_measured(record, run_folder, destination)
        (destination / "requirements.txt").write_text(requirements(record.task.target, with_text), encoding="utf-8")
        (destination / "README.md").write_text(readme(record, function, data, rows, values), encoding="utf-8")
    return destination


def project_job(project: Path, scratch: Path, script: str = "train.py") -> Job:
    """A boxed job that runs one of the project's scripts on its sample: `train.py` for one epoch, or `predict.py`."""
    argv = ["--epochs", "1", "--out", RETRAINED] if script == "train.py" else []
    payload = {"file": script, "argv": argv}
    inputs = {"script": project}
    with naming_disk_faults(scratch):
        scratch.mkdir(parents=True, exist_ok=True)
    return Job(name=f"project {script}", entry=ENTRY, payload=payload, inputs=inputs, scratch=scratch, limits=LIMITS)


def project_ran(result: ExecutionResult, scratch: Path, script: str = "train.py") -> bool:
    """Whether a `project_job` came to its end and, for training, left weights behind."""
    ended = result.ok and (result.value or {}).get("exit_code") == 0
    left = scratch / RETRAINED
    return ended and (script != "train.py" or (left.is_file() and left.stat().st_size > 0))


def project_facts(
    record: RunRecord, function: TrainingFunction, data: PreparedData, values: Hyperparameters
) -> dict[str, object]:
    """`project.json`: what `standalone.project.Project` reads."""
    bits = record.evidence.size.quantization_bits if record.evidence else values.get("quantization_bits")
    return {
        "model_name": function.model_name,
        "task_type": data.profile.task_type,
        "target": record.task.target,
        "seed": record.task.seed,
        "quantization_bits": bits if bits in (8, 16) else 32,
        "batch": BATCH,
        "input_shape": data.profile.input_shape,
        "target_name": data.profile.target_name,
        "epoch_names": EPOCH_NAMES,
        "hyperparameters": values,
    }


def requirements(target: str, with_text: bool = False) -> str:
    """`requirements.txt` with the versions that measured the model."""
    names = ["torch", "numpy", "safetensors", *(["torch_xla"] if target == "xla" else [])]
    names += ["tokenizers"] if with_text else []
    return "".join(f"{name}{_pin(name)}\n" for name in names)


def _pin(name: str) -> str:
    try:
        return f"=={version(name).split('+')[0]}"
    except PackageNotFoundError:
        return ""


def _copy_tokenizer(data: Path, destination: Path) -> bool:
    """Copy the tokenizer that the data was made with, if there is one; raises `InputError` when it has changed."""
    facts = json.loads((data / "normalizer.json").read_text(encoding="utf-8"))
    if "tokenizer" not in facts:
        return False
    path = data / "tokenizer.json"
    content = path.read_bytes() if path.is_file() else b""
    if hashlib.sha256(content).hexdigest() != facts["sha256"]:
        raise InputError(f"{path} is not the tokenizer that the data was made with; prepare the data again.")
    (destination / path.name).write_bytes(content)
    return True


def _copy_measured(record: RunRecord, run_folder: Path, destination: Path) -> None:
    if record.evidence is None:
        return
    evidence = record.evidence
    for source, name in ((evidence.model_file, "model.safetensors"), (evidence.graph_file, "graph.pt2")):
        path = run_folder / source
        if not path.is_file():
            raise InputError(f"The measured file {path} is missing; run the task again.")
        content = path.read_bytes()
        expected = evidence.hashes.get(source)
        if expected and hashlib.sha256(content).hexdigest() != expected:
            raise InputError(f"{path} is not the file that was measured (its SHA-256 has changed); run the task again.")
        (destination / name).write_bytes(content)
