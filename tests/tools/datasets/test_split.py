"""Properties of the split, over data drawn by hypothesis."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from runtime.errors import InputError
from tools.datasets.raw import TEST, TRAIN, VAL
from tools.datasets.split import SplitRequest, absent_class_warnings, split_rows

SEEDS = st.integers(0, 2**32 - 1)
COUNTS = st.integers(20, 200)


def codes(count: int, top: int):
    return arrays(np.int64, count, elements=st.integers(0, top))


@given(COUNTS.flatmap(lambda n: codes(n, 3)), SEEDS)
@settings(max_examples=60, deadline=None)
def test_every_row_is_in_one_part_and_shares_are_kept(classes, seed):
    count = len(classes)
    split = split_rows(SplitRequest(np.arange(count), seed, classes))
    assert split.kind == "stratified"
    assert sorted(np.concatenate([split.rows(p) for p in (TRAIN, VAL, TEST)])) == list(range(count))
    for code in np.unique(classes):
        mine = classes == code
        if mine.sum() >= 3:
            for part in (VAL, TEST):
                taken = int((split.part[mine] == part).sum())
                assert taken >= 1
                assert abs(taken - 0.15 * mine.sum()) <= 1
            assert (split.part[mine] == TRAIN).any()


@given(COUNTS.flatmap(lambda n: st.tuples(codes(n, 12), codes(n, 2))), SEEDS)
@settings(max_examples=60, deadline=None)
def test_groups_never_straddle(drawn, seed):
    groups, classes = drawn
    if len(np.unique(groups)) < 3:
        return
    split = split_rows(SplitRequest(np.arange(len(groups)), seed, classes, groups=groups))
    assert split.kind == "group"
    parts = [set(groups[split.rows(part)]) for part in (TRAIN, VAL, TEST)]
    assert all(parts)
    assert not parts[0] & parts[1]
    assert not parts[0] & parts[2]
    assert not parts[1] & parts[2]


@given(COUNTS.flatmap(lambda n: st.tuples(codes(n, 60), codes(n, 2))), SEEDS)
@settings(max_examples=60, deadline=None)
def test_copies_stay_together_or_a_warning_says_so(drawn, seed):
    copies, classes = drawn
    split = split_rows(SplitRequest(copies, seed, classes))
    straddling = any(len(np.unique(split.part[copies == copy])) > 1 for copy in np.unique(copies))
    assert straddling == any(warning.startswith("Leak") for warning in split.warnings)
    if len(np.unique(copies)) > 40 and np.bincount(copies).max() < 4:
        assert not straddling


@given(st.lists(st.floats(-1e6, 1e6), min_size=20, max_size=200, unique=True), SEEDS)
@settings(max_examples=60, deadline=None)
def test_time_goes_forward_from_train_to_test(times, seed):
    time = np.array(times)
    split = split_rows(SplitRequest(np.arange(len(time)), seed, None, time=time))
    assert split.kind == "time"
    train, val, test = (time[split.rows(part)] for part in (TRAIN, VAL, TEST))
    assert train.max() < val.min()
    assert val.max() < test.min()
    assert abs(len(test) - 0.15 * len(time)) <= 1


@given(COUNTS.flatmap(lambda n: st.tuples(codes(n, 2), codes(n, 2))), SEEDS)
@settings(max_examples=60, deadline=None)
def test_a_given_test_part_is_respected(drawn, seed):
    classes, given_part = drawn
    given_part = given_part.astype(np.int8)
    if (given_part == TRAIN).sum() < 10 or not (given_part == TEST).any():
        return
    split = split_rows(SplitRequest(np.arange(len(classes)), seed, classes, given=given_part))
    assert split.kind == "given"
    assert (split.rows(TEST) == np.flatnonzero(given_part == TEST)).all()
    if (given_part == VAL).any():
        assert (split.part == given_part).all()
    else:
        assert len(split.rows(VAL)) > 0


def test_equal_times_are_never_divided():
    time = np.repeat(np.arange(10), 10)
    split = split_rows(SplitRequest(np.arange(100), 0, None, time=time))
    assert all(len(np.unique(split.part[time == value])) == 1 for value in range(10))


def test_too_few_times_fall_back_with_a_warning():
    split = split_rows(SplitRequest(np.arange(100), 0, None, time=np.zeros(100)))
    assert split.kind == "random"
    assert any(warning.startswith("Not split by time") for warning in split.warnings)


def test_an_order_that_hides_a_class_from_train_is_not_used():
    classes = (np.arange(100) >= 70).astype(np.int64)
    split = split_rows(SplitRequest(np.arange(100), 0, classes, time=np.arange(100)))
    assert split.kind == "stratified"
    assert any("one class only" in warning for warning in split.warnings)


def test_groups_that_share_copies_are_kept_together():
    groups = np.repeat(np.arange(12), 5)
    copies = np.arange(60)
    copies[5] = copies[0]
    split = split_rows(SplitRequest(copies, 0, np.arange(60) % 2, groups=groups))
    assert len(np.unique(split.part[np.isin(groups, (0, 1))])) == 1
    assert any(warning.startswith("Merged groups: 1") for warning in split.warnings)


def test_two_groups_are_too_few():
    split = split_rows(SplitRequest(np.arange(60), 0, np.arange(60) % 2, groups=np.arange(60) // 30))
    assert split.kind == "stratified"
    assert any(warning.startswith("Not split by group") for warning in split.warnings)


def test_a_leak_into_a_given_test_part_is_counted():
    given_part = np.array([TRAIN] * 40 + [TEST] * 20, dtype=np.int8)
    copies = np.arange(60)
    copies[40:47] = copies[:7]
    split = split_rows(SplitRequest(copies, 1, np.arange(60) % 2, given=given_part))
    leak = next(warning for warning in split.warnings if warning.startswith("Leak"))
    train_copies = set(copies[split.rows(TRAIN)])
    assert leak.startswith(f"Leak: {sum(copy in train_copies for copy in copies[40:])} row(s) of the given test part")


def test_absent_classes_are_named():
    split = split_rows(SplitRequest(np.arange(60), 0, None, time=np.arange(60)))
    classes = (np.arange(60) >= 55).astype(np.int64)
    classes[0] = 1
    assert any("validation part has no row of b" in w for w in absent_class_warnings(split, classes, ["a", "b"]))
    with pytest.raises(InputError, match="'a' is in the train part"):
        absent_class_warnings(split, (np.arange(60) >= 55).astype(np.int64), ["a", "b"])


def test_a_train_part_without_rows_to_spare_is_refused():
    given_part = np.array([TRAIN] + [TEST] * 20, dtype=np.int8)
    with pytest.raises(InputError, match="too few to take a validation part"):
        split_rows(SplitRequest(np.arange(21), 0, np.arange(21) % 2, given=given_part))
