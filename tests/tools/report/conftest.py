import math
import random

import pytest

from runtime.data_profile import DataProfile
from runtime.outcome import Outcome, StopCause
from runtime.task import Task
from tools.papers.brief import (
    ArchitectureRow,
    ChunkResult,
    Criterion,
    CriterionVerdict,
    Hyperparameter,
    PaperBrief,
)
from tools.recommend.recommendation import Mention, RankedDataset, Recommendation
from tools.results.folder import RunFolder
from tools.results.record import (
    DebugRecord,
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
from tools.review.finding import Finding, Severity

CODE = '''"""A small network for rows of numbers."""

import torch
import torch_xla
import torch_xla.core.xla_model as xm
from torch import nn


class TabularMLP(nn.Module):
    """Two hidden layers with dropout."""

    def __init__(self, features: int, classes: int, width: int, dropout: float) -> None:
        super().__init__()
        self.layers = nn.Sequential(
            nn.Linear(features, width), nn.ReLU(), nn.Dropout(dropout), nn.Linear(width, classes)
        )

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return self.layers(x)


def train_model(X_train, y_train, X_val, y_val, device, lr=1e-3, width=96, dropout=0.1, epochs=20, batch_size=64):
    model = TabularMLP(X_train.shape[1], int(y_train.max()) + 1, width, dropout).to(device)
    optimizer = torch.optim.AdamW(model.parameters(), lr=lr)
    loss_fn = nn.CrossEntropyLoss()
    metrics = {"train_losses": [], "val_losses": [], "val_acc": []}
    for epoch in range(epochs):  # one pass over the rows
        for start in range(0, len(X_train) - batch_size + 1, batch_size):
            batch = X_train[start : start + batch_size].to(device)
            loss = loss_fn(model(batch), y_train[start : start + batch_size].to(device))
            optimizer.zero_grad()
            loss.backward()
            xm.optimizer_step(optimizer)
            torch_xla.sync()
        print(f"epoch {epoch}: <b>{loss.item():.4f}</b>")
    return model, metrics
'''


def profile(**changes):
    facts = {
        "dataset_name": "digits",
        "dataset_source": "scikit-learn",
        "data_type": "sklearn",
        "shape": (1797, 64),
        "is_tabular": True,
        "sample_count": 1797,
        "feature_count": 64,
        "num_classes": 10,
        "class_names": [str(digit) for digit in range(10)],
        "class_balance": [0.1, 0.101, 0.099, 0.102, 0.1, 0.101, 0.1, 0.1, 0.097, 0.1],
        "value_range": (0.0, 16.0),
        "warnings": ["3 duplicated rows were found in train and test"],
    }
    return DataProfile(**(facts | changes))


def trials(count):
    chance = random.Random(3)
    tried = []
    for index in range(1, count + 1):
        size = chance.uniform(8, 180)
        score = 0.97 - 0.08 * math.exp(-index / 6) * chance.random() - 0.3 / size
        state = {4: "failed", 9: "stopped_early"}.get(index, "completed")
        lost = state == "failed"
        tried.append(
            TrialRecord(
                index=index,
                hyperparameters={"lr": 10 ** chance.uniform(-4, -1), "width": chance.randint(32, 256), "dropout": 0.1},
                state=state,
                score=None if lost else score,
                objective=None if lost else score - size / 5000,
                model_kb=None if lost else size,
                seconds=chance.uniform(0.5, 3),
                reason="the loss became NaN" if lost else "",
            )
        )
    best = max((t for t in tried if t.state == "completed"), key=lambda t: t.objective)
    return TuningRecord(
        tuner="ax", trials=tried, best_index=best.index, importance={"lr": 0.62, "width": 0.29, "dropout": 0.09}
    )


def evidence(test, **changes):
    facts = {
        "test": test,
        "validation": Measurement(metric=test.metric, score=test.score - 0.004),
        "baselines": {"majority class": 0.102, "logistic regression": 0.958},
        "beats_baselines": True,
        "size": ModelSize(parameters=38_122, quantization_bits=8, real_bytes=42_188, formula_kb=40.95),
        "size_limit_kb": 256,
        "test_rows": 360,
        "model_file": "project/model.safetensors",
        "graph_file": "project/graph.pt2",
        "predictions_file": "metrics/test_predictions.npy",
        "project_folder": "project",
        "project_ran": True,
        "hashes": {"project/model.safetensors": "9f" * 32, "project/graph.pt2": "07" * 32},
    }
    return Evidence(**(facts | changes))


def confusion():
    chance = random.Random(1)
    matrix = [[0] * 10 for _ in range(10)]
    for true in range(10):
        for _ in range(36):
            matrix[true][true if chance.random() > 0.03 else chance.randrange(10)] += 1
    return matrix


def record(run_id, **changes):
    facts = {
        "id": run_id,
        "task": Task(dataset="digits", goal="read handwritten digits", trials=20),
        "outcome": Outcome.SUCCESS,
        "message": "TabularMLP reads 97.2 % of unseen digits in 41 KB.",
        "started": "2026-11-20T10:15:02+00:00",
        "seconds": 96.4,
        "profile": profile(),
        "model_name": "TabularMLP",
        "generated_by": "expert (rule-based)",
        "confidence": 0.86,
        "reasons": ["64 numeric features and 1,797 rows: a small MLP", "width 96 keeps 8-bit weights far below 256 KB"],
        "hyperparameters": {"lr": 0.00213, "width": 96, "dropout": 0.1, "epochs": 20, "quantization_bits": 8},
        "stages": [
            StageRecord(name="dataset", started=0.0, seconds=0.6, note="1,797 rows, 10 classes"),
            StageRecord(name="code", started=0.6, seconds=0.1, note="TabularMLP by the expert"),
            StageRecord(name="review", started=0.8, seconds=0.4, note="2 fixed, 1 left after 1 round"),
            StageRecord(name="execute", started=1.2, seconds=14.2, note="failed: shapes do not fit"),
            StageRecord(name="debug", started=15.4, seconds=0.2, note="training_code"),
            StageRecord(name="execute", started=15.6, seconds=16.0, note="validation 0.964"),
            StageRecord(name="tune", started=31.6, seconds=55.0, note="20 trials, best 0.969"),
            StageRecord(name="finalize", started=86.6, seconds=9.8, note="test 0.972"),
        ],
        "reviews": [
            ReviewRecord(
                round=1,
                findings=[
                    Finding(
                        rule="XLA010",
                        severity=Severity.WARNING,
                        message="print of a device value once an epoch waits for the device",
                        line=35,
                        column=9,
                    )
                ],
                fixed=["XLA001", "XLA004"],
                model_issues=["dropout stays on during validation"],
            )
        ],
        "debugging": [
            DebugRecord(
                stage="smoke run",
                failure="RuntimeError: mat1 and mat2 shapes cannot be multiplied (64x64 and 32x10)",
                correction="the output layer took the wrong width",
                kind="training_code",
                line=16,
            )
        ],
        "repairs": ["width 1000 was clipped to 512"],
        "tuning": trials(20),
        "curves": {
            "train_losses": [2.1 * math.exp(-e / 4) + 0.05 for e in range(20)],
            "val_losses": [2.0 * math.exp(-e / 4) + 0.12 + 0.01 * math.sin(e) for e in range(20)],
            "val_acc": [0.97 - 0.8 * math.exp(-e / 2.5) for e in range(20)],
        },
        "xla": {"compilations": 3, "compile_s": 2.1, "step_s": 9.4, "host_syncs": 20, "fallbacks": 0},
        "device": "XLA on CPU",
        "sandbox": "zygote",
        "evidence": evidence(
            Measurement(
                metric="accuracy",
                score=0.9722,
                details={"balanced_accuracy": 0.971, "macro_f1": 0.972},
                confusion=confusion(),
            )
        ),
        "usage": [
            Usage(
                agent="coder",
                model="openai:gpt-5",
                calls=2,
                input_tokens=8100,
                output_tokens=5400,
                usd=0.0641,
                seconds=61,
            ),
            Usage(
                agent="reviewer",
                model="openai:gpt-5",
                calls=1,
                input_tokens=4100,
                output_tokens=400,
                usd=0.0091,
                seconds=9,
            ),
        ],
        "warnings": ["3 duplicated rows were found in train and test"],
        "skipped": ["literature review: switched off by the task"],
        "files": {"run.json": "this record", "project": "the exported project"},
    }
    return RunRecord(**(facts | changes))


def regression(run_id):
    chance = random.Random(5)
    pairs = [(true, true * 0.9 + 2.5 + chance.gauss(0, 2.4)) for true in (chance.uniform(9, 46) for _ in range(78))]
    test = Measurement(metric="r2", score=0.842, details={"rmse": 3.02, "mae": 2.24}, residuals=pairs)
    return record(
        run_id,
        task=Task(dataset="cars.csv", target_column="mpg", trials=20),
        profile=profile(
            dataset_name="cars",
            dataset_source="",
            data_type="csv",
            shape=(392, 9),
            sample_count=392,
            feature_count=9,
            num_classes=None,
            class_names=[],
            class_balance=[],
            task_type="regression",
            target_name="mpg",
            target_range=(9.0, 46.6),
        ),
        message="TabularMLP predicts mpg with an R² of 0.842 in 12 KB, not better than ridge regression.",
        evidence=evidence(
            test, baselines={"mean": -0.002, "ridge regression": 0.861}, beats_baselines=False, test_rows=78
        ),
        curves={"train_losses": [60 / (e + 1) for e in range(60)], "val_losses": [70 / (e + 1) for e in range(60)]},
        usage=[],
    )


def stopped(run_id):
    return record(
        run_id,
        outcome=Outcome.STOP_PIPELINE,
        cause=StopCause.OUT_OF_MEMORY,
        message="Training needs more than the 4096 MB that a job may use, with the smallest batch too.",
        evidence=None,
        partial={
            "what": "validation only, not evidence",
            "validation": {"metric": "accuracy", "score": 0.61},
            "size": {"real_bytes": 307_200},
        },
        tuning=None,
        curves={"train_losses": [2.3, math.nan, math.inf], "val_losses": [2.4, 2.2, math.nan]},
    )


def paper(run_id):
    """A run of a paper's method, with everything that the page can show of it."""
    texts = [
        "Kernel sizes are 1 and the primes up to N, so that every receptive field is covered.",
        "Every convolution is followed by batch normalisation and a ReLU.",
        "The learning rate is halved when the training loss has not fallen for 50 epochs.",
        "The last layer is a global average pooling and one linear layer.",
    ]
    criteria = [
        Criterion(id=f"C{n}", text=text, kind="architecture", chunk=n, quotation=text[:-12])
        for n, text in enumerate(texts, 1)
    ]
    brief = PaperBrief(
        paper_id="omni-scale-cnn.txt",
        title="Omni-Scale CNNs: a simple and effective kernel size configuration for time series classification",
        domain="sequence",
        task="time series classification",
        method="The receptive field size has been one of the most important factors. " * 8,
        equations=["F = \\max_{p} \\sum_{i=1}^{3} (p^{(i)} - 1) + 1", "x < y & z"],
        algorithm=["Collect the prime numbers up to N.", "Build three layers of parallel convolutions.", "Train."],
        architecture=[
            ArchitectureRow(component="OS-block", details="three layers of parallel 1-D convolutions", chunk=2),
            ArchitectureRow(component="Head", details="global average pooling and one linear layer", chunk=4),
        ],
        hyperparameters=[
            Hyperparameter(name="learning rate", value="1e-3"),
            Hyperparameter(name="batch size", value="16"),
        ],
        datasets=["UCR 85", "UEA 30"],
        training_recipe="Adam; the learning rate is halved on a plateau.",
        evaluation="Accuracy on the official splits.",
        criteria=criteria,
        coverage=0.94,
        generated_by="openai:gpt-5",
        dropped_quotations=3,
        warnings=["1 of 6 chunks of the paper was not summarised."],
    )
    verdicts = [
        CriterionVerdict(id="C1", verdict="met", lines=[17, 18]),
        CriterionVerdict(id="C2", verdict="partly", lines=[14], note="only after the first convolution"),
        CriterionVerdict(id="C3", verdict="not", note="there is no scheduler"),
        CriterionVerdict(id="C4", verdict="not", note="not judged"),
    ]
    chunks = [
        ChunkResult(
            chunk_number=n, success=n != 5, processing_time=1.5 * n, section=f"{n} Section", characters=11_000,
            cached=n == 2, summary_length=800, error="the model answered nothing usable" if n == 5 else "",
        )
        for n in (3, 1, 2, 6, 5, 4)
    ]  # fmt: skip
    recommendation = Recommendation(
        primary="mnist",
        ranked=[
            RankedDataset(name="ecg5000.npz", score=1.0, reasons=["the user's own data goes before all others"]),
            RankedDataset(name="mnist", score=0.31, reasons=["named 2 times in Experiments", "images"]),
        ],
        mentions=[
            Mention(name="ucr", count=14, weight=9.5, quotation="on 85 UCR datasets"),
            Mention(name="mnist", count=1, weight=0.0, negated=1, quotation="unlike MNIST"),
        ],
        source="the user's own file",
    )
    candidate = {
        "number": 0, "model": "openai:gpt-5", "temperature": None, "model_name": "OmniScaleNet", "outcome": "ran",
        "reason": "", "score": 0.9312, "size_kb": 41.3, "seconds": 31.5, "criteria_met": 3, "criteria": 4,
        "chosen": True,
    }  # fmt: skip
    failed = {"outcome": "failed", "reason": "RuntimeError: shapes", "score": None, "size_kb": None, "chosen": False}
    return record(
        run_id,
        task=Task(paper="papers/omni-scale-cnn.txt", dataset="/data/ecg5000.npz", trials=20, candidates=2),
        profile=profile(dataset_name="ecg5000"),
        dataset="ecg5000.npz",
        message="OmniScaleNet tells 93.4 % of unseen heartbeats apart in 41 KB.",
        paper={
            "id": "omni-scale-cnn.txt", "source": "file", "title": brief.title,
            "authors": ["Wensi Tang", "Guodong Long"], "published": "2022-01-29",
            "url": "https://example.org/omni", "form": "text", "sha256": "ab" * 32,
            "cleaning": {
                "characters_before": 68_164, "characters_after": 51_020,
                "removed": {"references": 15_000, "base64": 2_144},
            },
            "num_chunks": 6, "chunks": [],
        },
        brief=brief,
        chunks=chunks,
        recommendation=recommendation,
        criteria=verdicts,
        candidates=[candidate, candidate | failed | {"number": 1, "temperature": 0.5, "criteria_met": None}],
        literature={
            "query": "ecg5000 omni-scale", "review_text": "Convolutions with many kernel sizes do well.\nSo do others.",
            "key_findings": ["large receptive fields help"], "recommended_approaches": ["an inception network"],
            "recent_papers": [{"title": "InceptionTime", "year": "2020"}], "confidence": 0.6, "timestamp": 1,
            "source": "2 searches", "searches": ["arxiv: time series classification (10 results)"],
            "dropped_citations": 2,
        },
    )  # fmt: skip


def nothing_yet(run_id):
    return RunRecord(id=run_id, task=Task(dataset="/data/heart beats.npz"), started="2026-11-20T10:15:02+00:00")


RECORDS = {"success": record, "regression": regression, "stopped": stopped, "nothing": nothing_yet, "paper": paper}


@pytest.fixture
def records():
    """Functions that make a record for a run's id, by kind."""
    return RECORDS


@pytest.fixture
def folder(tmp_path):
    made = RunFolder.create(tmp_path / "results", "digits-20261120T101502-ab12")
    made.save_code("code-generation", CODE.replace("xm.optimizer_step(optimizer)", "optimizer.step()"))
    made.save_code("code-review", CODE)
    (made.project / "README.md").write_text("x")
    return made
