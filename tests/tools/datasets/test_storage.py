"""Prepared data is whole, checked, and replaced in one step."""

import json
from pathlib import Path

import numpy as np
import pytest

from runtime.errors import DiskFull, InputError
from tools.datasets import open_prepared, prepare, storage


def test_changed_arrays_are_noticed_and_prepared_again(tmp_path):
    first = prepare("iris", tmp_path / "out")
    path = tmp_path / "out" / "X_train.npy"
    X = np.load(path)
    X[0, 0] += 1
    np.save(path, X)
    with pytest.raises(InputError, match="has been changed"):
        open_prepared(tmp_path / "out")
    assert prepare("iris", tmp_path / "out") == first


@pytest.mark.parametrize("victim", ["hidden/y_test.npy", "X_val.npy", "prepared.json"])
def test_missing_files_are_noticed(victim, tmp_path):
    prepare("iris", tmp_path / "out")
    (tmp_path / "out" / victim).unlink()
    with pytest.raises(InputError):
        open_prepared(tmp_path / "out")


@pytest.mark.parametrize("record", ["", "[]", "{}", '{"prepared": 3}'])
def test_a_damaged_record_is_noticed(record, tmp_path):
    prepare("iris", tmp_path / "out")
    (tmp_path / "out" / "prepared.json").write_text(record)
    with pytest.raises(InputError, match="prepare it again"):
        open_prepared(tmp_path / "out")


def test_another_version_is_not_used(tmp_path):
    prepare("iris", tmp_path / "out")
    path = tmp_path / "out" / "prepared.json"
    path.write_text(json.dumps(json.loads(path.read_text()) | {"version": 0}))
    with pytest.raises(InputError, match="another version"):
        open_prepared(tmp_path / "out")


@pytest.mark.parametrize("change", [{"seed": 1}, {"max_rows": 100}, {"dataset_name": "other"}, {"dataset": "wine"}])
def test_another_request_replaces_what_is_there(change, tmp_path):
    first = prepare("iris", tmp_path / "out")
    second = prepare(change.pop("dataset", "iris"), tmp_path / "out", **change)
    assert second != first
    assert open_prepared(tmp_path / "out") == second


def test_a_changed_source_is_read_again(builders, tmp_path):
    text = "a,label\n" + "".join(f"{i},{i % 2}\n" for i in range(40))
    path = builders["csv"](tmp_path, text)
    first = prepare(path, tmp_path / "out")
    builders["csv"](tmp_path, text + "41,1\n42,0\n")
    assert prepare(path, tmp_path / "out").profile.sample_count == first.profile.sample_count + 2


def test_prepared_data_outlives_its_source_for_the_same_request_alone(builders, tmp_path):
    path = builders["csv"](tmp_path, "a,label\n" + "".join(f"{i},{i % 2}\n" for i in range(40)))
    first = prepare(path, tmp_path / "out")
    Path(path).unlink()
    assert prepare(path, tmp_path / "out") == first
    with pytest.raises(InputError, match="no file"):
        prepare(path, tmp_path / "out", seed=1)


def test_a_moved_run_folder_is_opened_where_it_is(tmp_path):
    first = prepare("iris", tmp_path / "out")
    (tmp_path / "out").rename(tmp_path / "moved")
    moved = open_prepared(tmp_path / "moved")
    assert moved.folder == str(tmp_path / "moved")
    assert moved.content_hash == first.content_hash


def test_a_failure_half_way_leaves_the_old_data(tmp_path, monkeypatch):
    first = prepare("iris", tmp_path / "out")
    written = []

    def failing(path, array, allow_pickle):
        written.append(path)
        if len(written) == 3:
            raise OSError(28, "No space left on device")
        with path.open("wb") as file:
            np.lib.format.write_array(file, array, allow_pickle=allow_pickle)

    monkeypatch.setattr(storage.np, "save", failing)
    with pytest.raises(DiskFull, match="No space left"):
        prepare("wine", tmp_path / "out")
    assert open_prepared(tmp_path / "out") == first
    assert sorted(entry.name for entry in tmp_path.iterdir()) == ["out"]
