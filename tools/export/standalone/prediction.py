"""`python predict.py`: answer with the measured weights. No training code runs: the graph holds the architecture."""

import argparse
import csv
import warnings
from pathlib import Path
from typing import Any

import numpy
import torch
from numpy.typing import NDArray

from runtime.harness import quantize
from tools.export.standalone.data import Rows, load_rows
from tools.export.standalone.project import FOLDER, Project, read_project
from tools.export.standalone.scores import predict, score, score_language_model
from tools.export.standalone.texts import encode, go_on, reads_text

SHOWN = 10
"""Answers that are printed."""


def main() -> None:
    """Read the command line, predict, print and, when asked, save."""
    project = read_project()
    parser = argparse.ArgumentParser(description=f"Predict with {project.model_name}'s measured weights.")
    parser.add_argument(
        "data", nargs="?", default=str(FOLDER / "sample.npz"), help="NPZ, CSV or text file, or a text (default: sample)"
    )
    parser.add_argument("--weights", type=Path, default=FOLDER / "model.safetensors")
    parser.add_argument("--out", type=Path, help="write every answer to this CSV file")
    options = parser.parse_args()
    model = load_model(FOLDER / "graph.pt2", options.weights)
    if project.task_type == "language_modeling":
        _answer_language_model(model, options.data, project)
        return
    for part, (X, y) in _rows(options.data, project).items():
        outputs = predict(model, X, project.batch)
        answers = _answers(outputs, project)
        for index, answer in enumerate(answers[:SHOWN]):
            print(f"row {index}: {', '.join(answer)}")
        if y is not None:
            metric, value = score(outputs, y, project.task_type)
            print(f"{metric} on {len(X)} rows ({part}): {value:.4f}")
        if options.out:
            with options.out.open("w", newline="", encoding="utf-8") as file:
                csv.writer(file).writerows(answers)


def _rows(data: str, project: Project) -> dict[str, Rows]:
    """The rows of a file, or the one row of a text for a model that reads texts."""
    if _is_file(data) or not reads_text(project):
        return load_rows(Path(data), project)
    return {"text": (encode([data], project), None)}


def _answer_language_model(model: torch.nn.Module, data: str, project: Project) -> None:
    """Print the perplexity of a file, or a text and what the model writes after it."""
    if not _is_file(data) and reads_text(project):
        print(go_on(model, data, project))
        return
    for part, (X, y) in load_rows(Path(data), project).items():
        if y is not None:
            perplexity = score_language_model(model, X, y, project.batch)
            print(f"perplexity on {len(X)} rows ({part}): {perplexity:.4f}")


def _is_file(data: str) -> bool:
    try:
        return Path(data).is_file()
    except (OSError, ValueError):  # a text is longer than any path
        return False


def load_model(graph: Path, weights: Path) -> torch.nn.Module:
    """The exported graph with the quantized weights; `SystemExit` when they do not belong together."""
    for file in (graph, weights):
        if not file.is_file():
            raise SystemExit(f"There is no {file.name}: this project holds no measured model; run train.py first.")
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", "The given buffer is not writable")  # torch's own loader warns of itself
        model = torch.export.load(graph).module()
    values = quantize.unpack(weights.read_bytes())
    if set(values) != set(model.state_dict()):
        raise SystemExit(f"{weights.name} does not fit graph.pt2: they name different weights.")
    model.load_state_dict({name: torch.from_numpy(numpy.array(value)) for name, value in values.items()})
    return model


def _answers(outputs: NDArray[Any], project: Project) -> list[list[str]]:
    """One line a row: the class and its probability, or the value."""
    if project.task_type == "regression":
        return [[f"{value:.6g}"] for value in outputs.reshape(-1)]
    exps = numpy.exp(outputs - outputs.max(axis=1, keepdims=True))
    shares = exps / exps.sum(axis=1, keepdims=True)
    names = project.classes or [str(index) for index in range(outputs.shape[1])]
    return [[names[row.argmax()], f"{row.max():.3f}"] for row in shares]
