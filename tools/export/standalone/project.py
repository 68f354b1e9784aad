"""What `project.json`, `normalizer.json` and `classes.json` say."""

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

FOLDER = Path(__file__).resolve().parent.parent
"""The project's own folder."""


@dataclass(frozen=True)
class Project:
    model_name: str
    task_type: str
    """classification, regression or language_modeling."""
    target: str
    """The device that the code was written for."""
    seed: int
    quantization_bits: int
    batch: int
    """Rows in one call of the exported graph."""
    input_shape: tuple[int, ...]
    """Of one sample, channels first."""
    target_name: str
    epoch_names: tuple[str, ...]
    """What training functions call the number of epochs."""
    hyperparameters: dict[str, Any]
    normalizer: dict[str, Any]
    classes: list[str]


def read_project(folder: Path = FOLDER) -> Project:
    """Read the project that this file is part of."""
    facts = json.loads((folder / "project.json").read_text(encoding="utf-8"))
    facts["input_shape"] = tuple(facts["input_shape"])
    facts["epoch_names"] = tuple(facts["epoch_names"])
    return Project(
        normalizer=json.loads((folder / "normalizer.json").read_text(encoding="utf-8")),
        classes=json.loads((folder / "classes.json").read_text(encoding="utf-8")),
        **facts,
    )
