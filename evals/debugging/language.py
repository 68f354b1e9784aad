"""A small artificial language: text with rules that a language model can learn in seconds, made from a seed."""

from pathlib import Path

import numpy as np

from runtime.data_profile import DataProfile, PreparedData

LENGTH, WORDS = 24, 32
ROWS = {"train": 240, "val": 60, "test": 60}
SEED = 0


def write_language(folder: Path) -> PreparedData:
    """Rows of tokens whose successors are few, as prepared data for language modelling in `folder`."""
    random = np.random.default_rng(SEED)
    follows = np.stack([random.choice(WORDS, 3, replace=False) for _ in range(WORDS)])
    (folder / "hidden").mkdir(parents=True, exist_ok=True)
    for part, rows in ROWS.items():
        text = np.zeros((rows, LENGTH + 1), dtype=np.int64)
        text[:, 0] = random.integers(0, WORDS, rows)
        for place in range(LENGTH):
            text[:, place + 1] = follows[text[:, place], random.choice(3, rows, p=[0.7, 0.2, 0.1])]
        np.save(folder / f"X_{part}.npy", text[:, :-1])
        np.save(folder / ("hidden" if part == "test" else "") / f"y_{part}.npy", text[:, 1:])
    profile = DataProfile(
        dataset_name="language", data_type="text", shape=(sum(ROWS.values()), LENGTH), dtype="int64", is_text=True,
        sample_count=sum(ROWS.values()), feature_count=LENGTH, task_type="language_modeling", vocabulary_size=WORDS,
    )  # fmt: skip
    return PreparedData(
        folder=str(folder), profile=profile, train_count=ROWS["train"], val_count=ROWS["val"],
        test_count=ROWS["test"], normalizer="none", content_hash=f"language-{SEED}",
    )  # fmt: skip
