"""Annotated records: windows, classes, and how they are divided."""

from pathlib import Path

import numpy as np
import pytest

from tools.datasets import prepare
from tools.datasets.loaders.wfdb_records import AAMI, STEPS, read_beats


@pytest.mark.parametrize("ending", ["", ".hea", ".dat", ".atr"])
def test_one_record_is_split_by_time(ending, builders, tmp_path, rng):
    base = builders["record"](tmp_path, "100", rng)
    profile = prepare(base + ending, tmp_path / "out").profile
    assert (profile.shape, profile.class_names, profile.split_kind) == ((79, 2, STEPS), ["N", "V"], "time")
    assert profile.data_type == "wfdb"


def test_several_records_are_split_by_person(builders, tmp_path, rng):
    folder = tmp_path / "records"
    folder.mkdir()
    for name in ("100", "101", "201", "202"):
        builders["record"](folder, name, rng, beats=30)
    profile = prepare(str(folder), tmp_path / "out").profile
    assert profile.split_kind == "group"
    assert profile.sample_count == 4 * 29


def test_two_records_are_split_by_time_in_each(builders, tmp_path, rng):
    folder = tmp_path / "records"
    folder.mkdir()
    for name in ("100", "101"):
        builders["record"](folder, name, rng, beats=40)
    assert prepare(str(folder), tmp_path / "out").profile.split_kind == "time"


def test_only_leads_in_common_are_used(builders, tmp_path, rng):
    folder = tmp_path / "records"
    folder.mkdir()
    for name, leads in (("a", ("MLII", "V5")), ("b", ("V1", "MLII")), ("c", ("MLII", "V2"))):
        builders["record"](folder, name, rng, beats=30, leads=leads)
    profile = prepare(str(folder), tmp_path / "out").profile
    assert profile.input_shape == (1, STEPS)
    assert "Leads: MLII." in profile.warnings


def test_records_without_annotations_are_left_out_and_counted(builders, tmp_path, rng):
    folder = tmp_path / "records"
    folder.mkdir()
    for name in ("a", "b", "c", "d"):
        builders["record"](folder, name, rng, beats=30)
    (folder / "d.atr").unlink()
    told = prepare(str(folder), tmp_path / "out").profile.warnings
    assert "Records without annotations: 1 left out." in told


def test_a_window_is_the_signal_around_its_beat(builders, tmp_path, rng):
    import wfdb

    base = Path(builders["record"](tmp_path, "100", rng))
    record = read_beats(base, alone=True)
    signal = wfdb.rdsamp(str(base))[0]
    times = np.arange(len(signal)) / 100
    center = (100 + 90) / 100
    expected = np.interp(center + np.linspace(-0.25, 0.46, STEPS), times, signal[:, 1])
    assert record.windows[0, 1] == pytest.approx(expected, abs=1e-5)


def test_aami_classes():
    assert {AAMI[sign] for sign in "NLRej"} == {"N"}
    assert {AAMI[sign] for sign in "AaJS"} == {"S"}
    assert (AAMI["V"], AAMI["E"], AAMI["F"], AAMI["/"], AAMI["Q"]) == ("V", "V", "F", "Q", "Q")
    assert "+" not in AAMI
