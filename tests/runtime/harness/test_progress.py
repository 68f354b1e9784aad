"""Printed lines become events, and nothing else does."""

import io

import pytest

from runtime.harness.failure import RecompilationError
from runtime.harness.progress import EpochWatcher, parse_epoch


@pytest.mark.parametrize(
    ("line", "event"),
    [
        (
            "epoch 3/20 train_loss=0.123 val_loss=0.140 val_acc=0.95",
            {"epoch": 3, "epochs": 20, "train_loss": 0.123, "val_loss": 0.14, "val_acc": 0.95},
        ),
        (
            "[Epoch 1 / 5] - train_loss: 1e-3, val_metric: -.5",
            {"epoch": 1, "epochs": 5, "train_loss": 0.001, "val_metric": -0.5},
        ),
        ("Epoch: 2 of 3 | val_loss = nan", {"epoch": 2, "epochs": 3}),
        ("epoch 2", None),
        ("loss 3/4", None),
        ("", None),
    ],
)  # fmt: skip
def test_parse(line, event):
    assert parse_epoch(line) == (None if event is None else {"kind": "epoch", **event})


def test_lines_may_come_in_pieces():
    events, stream = [], io.StringIO()
    watcher = EpochWatcher(stream, events.append)
    for piece in ("epo", "ch 1/2 val_acc=0.5\nepoch 2/2", " val_acc=0.6", "\nx"):
        watcher.write(piece)
    assert [event["val_acc"] for event in events] == [0.5, 0.6]
    assert stream.getvalue() == "epoch 1/2 val_acc=0.5\nepoch 2/2 val_acc=0.6\nx"


@pytest.mark.parametrize(
    ("counts", "stops_at"),
    [([2, 3, 3, 3, 3], None), ([2, 4, 6, 8, 10], 4), ([2, 2, 3, 3, 4], None), ([5, 5, 5, 6, 7], 5), ([0, 0], None)],
)
def test_growth_stops_a_job(counts, stops_at):
    remaining = iter(counts)
    watcher = EpochWatcher(io.StringIO(), lambda _event: None, lambda: next(remaining))
    for epoch in range(1, len(counts) + 1):
        if epoch == stops_at:
            with pytest.raises(RecompilationError, match=f"in epoch {epoch}"):
                watcher.write(f"epoch {epoch}/9\n")
            return
        watcher.write(f"epoch {epoch}/9\n")
    assert stops_at is None


def test_a_long_line_is_bounded():
    watcher = EpochWatcher(io.StringIO(), lambda _event: None)
    for _ in range(50):
        watcher.write("x" * 1000)
    assert len(watcher._line) <= 2000
