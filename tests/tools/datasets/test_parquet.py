"""Parquet tables."""

import numpy as np
import pandas as pd
import pytest

from runtime.errors import InputError
from tools.datasets import prepare


def test_typed_columns(tmp_path, rng):
    frame = pd.DataFrame(
        {
            "whole": pd.array([None, *range(59)], dtype="Int64"),
            "kind": pd.Categorical(["u", "v", "w"] * 20),
            "when": pd.date_range("2024-01-01", periods=60, tz="Europe/Paris"),
            "lasting": pd.to_timedelta(np.arange(60), unit="s"),
            "vector": [[1, 2]] * 60,
            "raw": [b"x"] * 60,
            "price": rng.normal(size=60) * 9,
        }
    )
    frame.to_parquet(tmp_path / "t.parquet")
    profile = prepare(str(tmp_path / "t.parquet"), tmp_path / "out", target_column="price").profile
    assert profile.feature_names[:4] == ["whole", "kind=u", "kind=v", "kind=w"]
    assert profile.feature_names[-1] == "lasting"
    assert profile.missing_values == 1
    assert any("'vector', 'raw' hold lists" in warning for warning in profile.warnings)
    with pytest.raises(InputError, match="holds lists or records"):
        prepare(str(tmp_path / "t.parquet"), tmp_path / "out", target_column="vector")


def test_files_with_parts_in_their_names(tmp_path, builders, rng):
    (tmp_path / "t").mkdir()
    builders["frame"](rng, 60).to_parquet(tmp_path / "t" / "train-0.parquet")
    builders["frame"](rng, 25).to_parquet(tmp_path / "t" / "test-0.parquet")
    prepared = prepare(str(tmp_path / "t"), tmp_path / "out")
    assert (prepared.profile.split_kind, prepared.test_count) == ("given", 25)


def test_files_that_differ_are_refused(tmp_path, builders, rng):
    (tmp_path / "t").mkdir()
    builders["frame"](rng).to_parquet(tmp_path / "t" / "a.parquet")
    builders["frame"](rng).rename(columns={"size": "weight"}).to_parquet(tmp_path / "t" / "b.parquet")
    with pytest.raises(InputError, match="different columns"):
        prepare(str(tmp_path / "t"), tmp_path / "out")


def test_a_row_limit_reads_only_the_sample(tmp_path, builders, rng):
    builders["frame"](rng, 500).to_parquet(tmp_path / "t.parquet", row_group_size=64)
    profile = prepare(str(tmp_path / "t.parquet"), tmp_path / "out", max_rows=50).profile
    assert profile.sample_count == 50
    assert "Row limit: a sample of 50 of 500 rows is used." in profile.warnings


def test_no_rows(tmp_path, builders, rng):
    builders["frame"](rng, 20).iloc[:0].to_parquet(tmp_path / "t.parquet")
    with pytest.raises(InputError, match="holds no rows"):
        prepare(str(tmp_path / "t.parquet"), tmp_path / "out")
