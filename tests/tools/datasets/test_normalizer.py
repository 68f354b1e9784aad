"""The normaliser knows the train rows and nothing else."""

import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from tools.datasets import apply_normalizer, prepare
from tools.datasets.array_features import ArrayFeatures
from tools.datasets.columns import Column
from tools.datasets.table_features import TableFeatures


def parameters_of(prepared):
    return json.loads((Path(prepared.folder) / "normalizer.json").read_text())


@pytest.mark.parametrize("shape", [(5,), (2, 30), (3, 9, 9)])
def test_a_shifted_test_part_does_not_move_it(shape, builders, tmp_path, rng):
    train, test = rng.normal(size=(60, *shape)), rng.normal(size=(30, *shape))
    y, z = rng.integers(0, 2, 60), rng.integers(0, 2, 30)
    plain = prepare(builders["npz"](tmp_path, "a", X_train=train, y_train=y, X_test=test, y_test=z), tmp_path / "plain")
    moved = prepare(
        builders["npz"](tmp_path, "b", X_train=train, y_train=y, X_test=test + 100, y_test=z), tmp_path / "moved"
    )
    assert parameters_of(plain) == parameters_of(moved)
    assert np.load(tmp_path / "moved" / "X_test.npy").mean() > 50
    assert abs(np.load(tmp_path / "moved" / "X_train.npy").mean()) < 1e-4


def test_a_table_is_encoded_from_the_train_rows_alone(builders, tmp_path):
    rows = [{"size": float(i), "colour": "rg"[i % 2], "split": "train", "label": i // 2 % 2} for i in range(60)]
    rows += [{"size": 1e6, "colour": "purple", "split": "test", "label": i % 2} for i in range(12)]
    rows[3]["size"] = None
    path = builders["csv"](tmp_path, pd.DataFrame(rows).to_csv(index=False))
    prepared = prepare(path, tmp_path / "out", target_column="label")
    parameters = parameters_of(prepared)
    size, colour = parameters["columns"]
    assert size["fill"] < 60
    assert colour["categories"] == ["g", "r"]
    assert np.load(tmp_path / "out" / "X_test.npy")[:, 0].min() > 1000


def test_missing_values_become_the_train_median():
    values = np.array([[1.0, 5], [np.nan, 5], [3, 5], [100, 5], [np.inf, 5]])
    normalizer = ArrayFeatures(values, "tabular").fit(np.arange(4))
    prepared = normalizer(np.arange(5))
    assert prepared[1, 0] == prepared[4, 0] == pytest.approx((3 - 104 / 3) / np.std([1, 3, 100]))
    assert (prepared[:, 1] == 0).all()
    assert any(warning.startswith("Constant features") for warning in normalizer.warnings)


def test_an_exported_project_gets_the_same_numbers(builders, tmp_path, rng):
    frame = builders["frame"](rng)
    path = builders["csv"](tmp_path, frame.to_csv(index=False))
    prepared = prepare(path, tmp_path / "out")
    raw = {name: frame[name].tolist() for name in ("size", "colour", "smooth")}
    raw["smooth"] = [str(value) for value in raw["smooth"]]
    raw["seen"] = frame["seen"].to_numpy()
    again = apply_normalizer(parameters_of(prepared), raw)
    held = {row.tobytes() for part in ("train", "val", "test") for row in np.load(tmp_path / "out" / f"X_{part}.npy")}
    assert {row.tobytes() for row in again} == held


def test_dates_become_days_and_calendar_parts():
    dates = np.array(["2024-03-04T12:00", "2024-05-05T00:00", "NaT"], dtype="datetime64[s]")
    normalizer = TableFeatures([Column("seen", "date", dates)]).fit(np.arange(3))
    assert normalizer.feature_names == ["seen.day", "seen.month", "seen.weekday", "seen.hour"]
    from tools.datasets.normalizer import encode_columns

    matrix = encode_columns(normalizer.parameters["columns"], {"seen": dates})
    assert matrix[0].tolist() == [19786.5, 3, 0, 12]
    assert matrix[1, 2] == 6
    assert 19786 < matrix[2, 0] < 19849


def test_an_unseen_category_is_no_known_one():
    colour = np.array(["a", "b", "c", "d", None], dtype=object)
    normalizer = TableFeatures([Column("c", "category", colour)]).fit(np.array([0, 1, 2, 4]))
    assert normalizer.feature_names == ["c=a", "c=b", "c=c", "c=(missing)"]
    from tools.datasets.normalizer import encode_columns

    assert encode_columns(normalizer.parameters["columns"], {"c": ["d"]}).tolist() == [[0, 0, 0, 0]]


def test_the_width_of_a_crowded_table_is_bounded(rng):
    columns = [
        Column(f"c{i}", "category", np.array([f"v{v}" for v in rng.integers(0, 60, 400)], dtype=object))
        for i in range(60)
    ]
    normalizer = TableFeatures(columns).fit(np.arange(400))
    assert len(normalizer.feature_names) <= 512
    assert any(warning.startswith("Many categories") for warning in normalizer.warnings)
