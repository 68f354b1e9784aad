"""One training function as a JSON file in the seed's format, read tolerantly and never executed."""

import json
import re
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from runtime.data_profile import DataProfile
from runtime.errors import InputError
from runtime.training_function import TrainingFunction
from tools.results.writing import json_bytes, write_atomically
from tools.tuning.space import validate_space

MAX_BYTES = 2_000_000
NAME_LENGTH = 60
PREFIX = "training_function_"
FIELDS = {"model_name", "training_code", "bo_config", "confidence", "data_profile", "timestamp", "metadata"}
REQUIRED = ("model_name", "training_code", "bo_config")
_UNSAFE = re.compile(r"[^A-Za-z0-9_-]+")


def file_name(function: TrainingFunction) -> str:
    """`training_function_{data_type}_{model_name}_{timestamp}.json`, with nothing in it that could leave the folder."""
    data_type, model_name = (
        _UNSAFE.sub("_", part)[:NAME_LENGTH].strip("_") or "unnamed"
        for part in (function.data_profile.data_type, function.model_name)
    )
    return f"{PREFIX}{data_type}_{model_name}_{function.timestamp}.json"


def write_function(path: Path, function: TrainingFunction) -> None:
    """Write atomically; raises `DiskFull` when the place can't be written."""
    write_atomically(path, json_bytes(function, indent=2))


def read_function(path: Path) -> TrainingFunction:
    """The function of a file: arxla's own, or any in the seed's format.

    A short `data_profile` is filled in; what it holds beyond `DataProfile` is kept in `metadata["data_profile_extra"]`.
    Raises `InputError` with one sentence for a file that can't be used.
    """
    content = _content(path)
    missing = [name for name in REQUIRED if name not in content]
    if missing:
        raise InputError(f"{path.name} is not a training function: {', '.join(missing)} is missing.")
    unknown = sorted(content.keys() - FIELDS)
    if unknown:
        raise InputError(f"{path.name} holds {', '.join(unknown)}, which the format does not have; remove it.")
    code = content["training_code"]
    if not isinstance(code, str) or "train_model" not in code:
        raise InputError(f"{path.name}: its training_code does not define train_model.")
    metadata = content.get("metadata") or {}
    if not isinstance(metadata, dict):
        raise InputError(f"{path.name}: its metadata is not an object.")
    profile, extra = _profile(path, content.get("data_profile") or {})
    if extra:
        metadata = {**metadata, "data_profile_extra": extra}
    try:
        return TrainingFunction(
            model_name=content["model_name"],
            training_code=code,
            bo_config=validate_space(content["bo_config"]),
            confidence=content.get("confidence", 0.0),
            data_profile=profile,
            timestamp=content.get("timestamp", 0),
            metadata=metadata,
        )
    except ValidationError as error:
        raise InputError(f"{path.name}: {_first_fault(error)}.") from error
    except InputError as error:
        raise InputError(f"{path.name}: {error}") from error


def _content(path: Path) -> dict[str, Any]:
    try:
        if path.stat().st_size > MAX_BYTES:
            raise InputError(f"{path.name} is larger than {MAX_BYTES // 1_000_000} MB; that is no training function.")
        content = json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError as error:
        raise InputError(f"There is no file {path}; see `arxla functions list`.") from error
    except OSError as error:
        raise InputError(f"Can't read {path}: {error.strerror}.") from error
    except (ValueError, RecursionError) as error:
        raise InputError(f"{path.name} is not JSON; delete it or write it anew.") from error
    if not isinstance(content, dict):
        raise InputError(f"{path.name} does not hold a JSON object; delete it or write it anew.")
    return content


def _profile(path: Path, given: object) -> tuple[DataProfile, dict[str, Any]]:
    """A whole profile from what the file says, and what a profile has no place for."""
    if not isinstance(given, dict):
        raise InputError(f"{path.name}: its data_profile is not an object.")
    known = {name: value for name, value in given.items() if name in DataProfile.model_fields and value is not None}
    extra = {name: value for name, value in given.items() if name not in DataProfile.model_fields}
    sample_count = known.get("sample_count", 0)
    one = given.get("input_shape") or [known.get("feature_count", 0)]
    shape = known.get("shape") or [sample_count, *(one if isinstance(one, list) else [one])]
    filled = {"dataset_name": "unknown", "shape": shape, "sample_count": sample_count, "feature_count": 0} | known
    try:
        return DataProfile.model_validate(filled), extra
    except ValidationError as error:
        raise InputError(f"{path.name}: its data_profile is wrong: {_first_fault(error)}.") from error


def _first_fault(error: ValidationError) -> str:
    fault = error.errors(include_url=False)[0]
    return f"{'.'.join(map(str, fault['loc']))}: {fault['msg']}"
