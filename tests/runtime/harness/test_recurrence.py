"""Scanned recurrences equal the originals, gradients included."""

import pytest
import torch
from torch import nn

pytestmark = pytest.mark.xla_here


@pytest.fixture(scope="module")
def device():
    from runtime.harness import recurrence, xla

    opened = xla.open_device()
    recurrence.install()
    recurrence.install()
    return opened


def _run(layer, data, hx):
    output, last = layer(data, hx)
    states = last if isinstance(last, tuple) else (last,)
    (output.square().sum() + sum(state.sum() for state in states)).backward()
    return output, states


@pytest.mark.parametrize(
    ("kind", "options", "with_state"),
    [
        (nn.LSTM, {"bidirectional": True, "num_layers": 2, "batch_first": True}, False),
        (nn.LSTM, {"bias": False}, True),
        (nn.GRU, {"bidirectional": True, "batch_first": True}, True),
        (nn.RNN, {"nonlinearity": "relu"}, False),
        (nn.RNN, {"batch_first": True, "bidirectional": True}, True),
    ],
)
def test_scan_equals_the_original(device, kind, options, with_state):
    torch.manual_seed(0)
    kind = getattr(nn, kind.__name__)
    layer = kind(3, 5, **options)
    twin = kind(3, 5, **options)
    twin.load_state_dict(layer.state_dict())
    twin = twin.to(device)
    data = torch.randn(7, 12, 3) if options.get("batch_first") else torch.randn(12, 7, 3)
    states = layer.num_layers * (2 if layer.bidirectional else 1)
    h0 = torch.randn(states, 7, 5)
    hx = None if not with_state else (h0, h0 * 0.5) if kind is nn.LSTM else h0
    moved = tuple(part.to(device) for part in hx) if isinstance(hx, tuple) else hx if hx is None else hx.to(device)
    output, last = _run(twin, data.to(device), moved)
    expected, expected_last = _run(layer, data, hx)
    assert torch.allclose(output.cpu(), expected, atol=1e-5)
    for got, wanted in zip(last, expected_last, strict=True):
        assert torch.allclose(got.cpu(), wanted, atol=1e-5)
    for got, wanted in zip(twin.parameters(), layer.parameters(), strict=True):
        assert torch.allclose(got.grad.cpu(), wanted.grad, atol=1e-4)


def test_the_graph_does_not_grow_with_the_sequence(device):
    from runtime.harness import xla

    layer = nn.LSTM(2, 4, bidirectional=True).to(device)
    before = xla.read_counters()
    layer(torch.zeros(400, 2, 2).to(device))[0].sum().backward()
    xla.finish_pending()
    assert xla.read_counters().since(before)["compile_s"] < 5
