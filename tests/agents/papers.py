"""A brief as a summarizer writes it."""

from typing import Any

from tools.papers.brief import ArchitectureRow, Criterion, Hyperparameter, PaperBrief


def make_brief(**changes: Any) -> PaperBrief:
    facts: dict[str, Any] = {
        "paper_id": "omni",
        "title": "Omni-Scale CNNs",
        "domain": "sequence",
        "task": "time series classification",
        "method": "A block of convolutions whose kernel sizes are 1 and the primes covers every receptive field.",
        "equations": ["RF = sum(p_i - 1) + 1"],
        "algorithm": ["choose the primes up to N", "train with cross-entropy"],
        "architecture": [ArchitectureRow(component="OS-block", details="three layers of parallel Conv1d", chunk=1)],
        "hyperparameters": [
            Hyperparameter(name="learning rate", value="1e-3"),
            Hyperparameter(name="batch size", value="16"),
            Hyperparameter(name="d_model", value="2048"),
        ],
        "datasets": ["UCR"],
        "training_recipe": "Adam, halve the learning rate on a plateau.",
        "evaluation": "accuracy on the UCR archive",
        "criteria": [
            Criterion(id="C1", text="Kernel sizes are 1 and the primes up to N.", kind="architecture"),
            Criterion(id="C2", text="Every convolution is followed by batch normalisation and ReLU."),
            Criterion(id="C3", text="Training uses Adam with a learning rate of 0.001.", kind="training"),
        ],
        "coverage": 0.97,
        "generated_by": "openai:m",
    }
    return PaperBrief(**{**facts, **changes})
