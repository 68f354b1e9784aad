"""How a family is trained: learning rate, regularisation, batches and epochs."""

from agents.expert.families import Family
from runtime.data_profile import DataProfile
from runtime.search_space import CategoricalParameter, IntegerParameter, RealParameter, SearchSpace

STEPS = 2000
"""Optimizer steps after which the blueprints have settled on small data."""
EPOCHS = (8, 40)
MILLIONS_AFFORDED = 5e5
"""Multiplications (in millions) that a training run may take on two CPU cores: a few minutes."""
TOKEN_ROWS = 16
"""Rows of a language model's batch; 64 rows of 64 tokens learnt half as fast for the time they took."""
TRAIN_SHARE, GIVEN_TRAIN_SHARE = 0.64, 0.3
"""Train rows in all rows: with arxla's own split, and (unknown, often less) where the data brings its own."""


def recipe(family: Family, profile: DataProfile, fast: bool) -> tuple[SearchSpace, int]:
    """The training hyperparameters, and the patience in epochs."""
    rows = profile.sample_count * (GIVEN_TRAIN_SHARE if profile.split_kind == "given" else TRAIN_SHARE)
    batch = 32 if rows < 2000 else 64 if rows < 20000 else 128
    if profile.task_type == "language_modeling":
        batch = TOKEN_ROWS  # every token of a row is an example
    epochs = _epochs(family, profile, rows, batch, fast)
    space: SearchSpace = {
        "lr": RealParameter(default=family.lr, low=family.lr / 10, high=family.lr * 4, prior="log-uniform"),
        "weight_decay": RealParameter(default=0.01, low=1e-4, high=0.3, prior="log-uniform"),
        "batch_size": CategoricalParameter(default=batch, categories=[batch, 2 * batch]),
        "epochs": IntegerParameter(default=epochs, low=max(2, epochs // 2), high=epochs + epochs // 2),
    }
    if family.dropout is not None:
        space["dropout"] = RealParameter(default=family.dropout, low=0.02, high=0.5)
    if profile.task_type == "regression":
        space["huber_beta"] = RealParameter(default=1.0, low=0.1, high=3.0, prior="log-uniform")
    else:
        smoothing = 0.05 if profile.task_type == "classification" else 0.01
        space["label_smoothing"] = RealParameter(default=smoothing, low=0.005, high=0.2, prior="log-uniform")
    return space, patience_for(space)


def patience_for(space: SearchSpace) -> int:
    """Epochs without a better score after which training stops, for a space's epochs."""
    return max(5, int(space["epochs"].default) // 2)


def _epochs(family: Family, profile: DataProfile, rows: float, batch: int, fast: bool) -> int:
    """Enough epochs for STEPS steps, bounded, and fewer where an epoch is dear."""
    steps_an_epoch = max(16.0, rows / batch)
    wanted = STEPS / steps_an_epoch
    affordable = MILLIONS_AFFORDED / max(1.0, 3 * rows * family.example_cost(profile))
    epochs = max(EPOCHS[0], min(EPOCHS[1], wanted))
    epochs = min(epochs, max(3, affordable))
    return max(3, round(epochs / 2 if fast else epochs))
