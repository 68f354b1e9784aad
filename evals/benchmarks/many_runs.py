"""A results folder with as many runs as wanted, in the sizes that real ones have."""

import json
import math
import random
from datetime import UTC, datetime, timedelta
from pathlib import Path

from runtime.outcome import Outcome
from runtime.task import Task
from tools.results.folder import RunFolder, timestamp
from tools.results.record import (
    Evidence,
    Measurement,
    ModelSize,
    ReviewRecord,
    RunRecord,
    StageRecord,
    TrialRecord,
    TuningRecord,
    Usage,
)

DATASETS = ("digits", "wine", "breast_cancer", "iris", "synthetic")
MODELS = ("mlp", "cnn1d", "cnn2d", "transformer")
STAGES = ("intake", "dataset", "research", "code", "review", "execute", "tune", "finalize", "report")
ENDS = (Outcome.SUCCESS, Outcome.SUCCESS, Outcome.SUCCESS, Outcome.CONSTRAINT_UNMET, Outcome.DEBUG_CHANCES_EXHAUSTED)
FIRST = datetime(2026, 1, 1, tzinfo=UTC)
CODE = "def train_model(X_train, y_train, X_val, y_val, device, lr=0.001):\n    return None, {}\n"


def make_runs(results: Path, count: int, seed: int = 0) -> list[RunFolder]:
    """Runs of 10 to 40 trials with curves, evidence and events; records of 10 to 30 KB, as real runs leave them."""
    chance = random.Random(seed)
    return [_make_run(results, index, chance) for index in range(count)]


def _make_run(results: Path, index: int, chance: random.Random) -> RunFolder:
    dataset, model = chance.choice(DATASETS), chance.choice(MODELS)
    started = FIRST + timedelta(minutes=7 * index)
    folder = RunFolder.create(results, f"{dataset}-{timestamp(started)}-{index:04x}")
    outcome, epochs = chance.choice(ENDS), chance.randint(15, 60)
    losses = [1.5 * math.exp(-epoch / 9) + 0.1 * chance.random() for epoch in range(epochs)]
    tuning = _tuning(chance)
    seconds = [chance.uniform(0.1, 40) for _ in STAGES]
    record = RunRecord(
        id=folder.id,
        task=Task(dataset=dataset),
        outcome=outcome,
        message=f"test accuracy 0.95 on 200 rows by {model}",
        started=started.isoformat(timespec="seconds"),
        seconds=sum(seconds),
        model_name=model,
        generated_by="expert (rule-based)",
        reasons=[f"{model} suits rows of this kind, as measured on the bundled data"] * 3,
        hyperparameters=tuning.trials[0].hyperparameters,
        dataset=dataset,
        stages=[
            StageRecord(name=name, started=sum(seconds[:at]), seconds=seconds[at], note=f"{name} of {dataset}")
            for at, name in enumerate(STAGES)
        ],
        reviews=[ReviewRecord(round=1, fixed=["XLA001", "XLA004"])],
        tuning=tuning,
        curves={"train_losses": losses, "val_losses": [loss * 1.1 for loss in losses]},
        evidence=_evidence(chance) if outcome is Outcome.SUCCESS else None,
        usage=[Usage(agent="coder", model="openai:gpt-5", calls=3, input_tokens=9000, usd=chance.uniform(0, 0.2))],
    )
    folder.save_record(record)
    folder.save_code("code-generation", CODE.replace("0.001", f"{chance.uniform(1e-4, 1e-1):.6f}"), started)
    folder.events.write_text("".join(json.dumps(event) + "\n" for event in _events(record, losses)))
    return folder


def _tuning(chance: random.Random) -> TuningRecord:
    trials = [
        TrialRecord(
            index=index,
            hyperparameters={
                "lr": 10 ** chance.uniform(-4, -1),
                "weight_decay": 10 ** chance.uniform(-5, -1),
                "batch_size": chance.choice([32, 64]),
                "epochs": chance.randint(20, 60),
                "dropout": chance.uniform(0, 0.5),
                "width": chance.randint(8, 128),
                "quantization_bits": chance.choice([8, 16, 32]),
            },
            state="completed",
            score=(score := chance.uniform(0.6, 0.99)),
            objective=score,
            model_kb=chance.uniform(2, 240),
            seconds=chance.uniform(1, 60),
        )
        for index in range(chance.randint(10, 40))
    ]
    best = max(trials, key=lambda trial: trial.score or 0.0)
    return TuningRecord(tuner="ax", trials=trials, best_index=best.index, importance={"lr": 0.6, "width": 0.3})


def _evidence(chance: random.Random) -> Evidence:
    score, size = chance.uniform(0.7, 0.99), chance.randint(2_000, 250_000)
    confusion = [[20 if i == j else 0 for j in range(10)] for i in range(10)]
    test = Measurement(metric="accuracy", score=score, confusion=confusion)
    return Evidence(
        test=test,
        validation=test,
        baselines={"majority class": 0.1, "logistic regression": 0.9},
        beats_baselines=score > 0.9,
        size=ModelSize(parameters=size, quantization_bits=8, real_bytes=size, formula_kb=size * 1.1 / 1024),
        size_limit_kb=256,
        test_rows=200,
        model_file="project/model.safetensors",
        graph_file="project/graph.pt2",
        predictions_file="metrics/test_predictions.npy",
        project_folder="project",
        project_ran=True,
        hashes={"project/model.safetensors": "9f" * 32},
    )


def _events(record: RunRecord, losses: list[float]) -> list[dict[str, object]]:
    trials = record.tuning.trials if record.tuning else []
    within: dict[str, list[dict[str, object]]] = {
        "execute": [
            {"kind": "epoch", "epoch": at, "epochs": len(losses), "train_loss": loss, "val_loss": 1.1 * loss}
            for at, loss in enumerate(losses, 1)
        ],
        "tune": [
            {"kind": "trial", **trial.model_dump(), "index": trial.index + 1, "of": len(trials)} for trial in trials
        ],
    }
    events: list[dict[str, object]] = []
    for stage in record.stages:
        events.append({"kind": "stage", "name": stage.name, "state": "start", "note": ""})
        events += within.get(stage.name, [])
        facts = {"state": "end", "note": stage.note, "seconds": stage.seconds}
        events.append({"kind": "stage", "name": stage.name, **facts})
    return events
