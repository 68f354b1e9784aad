"""Runs long LSTM, GRU and RNN layers on XLA as one `While` instead of an unrolled graph.

Unrolled, a bidirectional LSTM takes minutes to compile at 100 steps and all memory at 1000. `scan` compiles one step
(torch_xla.experimental.scan, after jax.lax.scan). The equations are those of `torch.nn`, gates in its order, so weights
and results are the same. On any other device the original forward runs. Patched in the box's child only.
"""

from collections.abc import Callable
from typing import Any, NamedTuple

import torch
from torch import Tensor, nn

UNROLLED_STEPS = 4
"""Sequences up to this long stay unrolled."""
Carry = dict[str, Tensor]


class _Weights(NamedTuple):
    w_ih: Tensor
    w_hh: Tensor
    b_ih: Tensor
    b_hh: Tensor


def install() -> None:
    """Patch `nn.LSTM`, `nn.GRU` and `nn.RNN` in this process; harmless when done twice.

    Importing torch_xla replaced `nn.GRU` by its own, which knows one direction and fails on the CPU: that is undone.
    """
    nn.GRU = getattr(nn.GRU, "_orig", nn.GRU)  # type: ignore[misc]
    for kind in (nn.LSTM, nn.GRU, nn.RNN):
        if not hasattr(kind.forward, "original"):
            kind.forward = _dispatching(kind.forward)  # type: ignore[method-assign]


def _dispatching(original: Callable[..., Any]) -> Callable[..., Any]:
    def forward(self: nn.RNNBase, input: Any, hx: Any = None) -> Any:
        if _scannable(self, input):
            return _run_layers(self, input, hx)
        return original(self, input, hx)

    forward.original = original  # type: ignore[attr-defined]
    return forward


def _scannable(layer: nn.RNNBase, data: object) -> bool:
    if not isinstance(data, Tensor) or data.device.type != "xla" or data.dim() != 3 or layer.proj_size:
        return False
    return data.shape[1 if layer.batch_first else 0] > UNROLLED_STEPS


def _run_layers(layer: nn.RNNBase, data: Tensor, hx: Any) -> Any:
    """`layer(data, hx)` for a batch of shape (batch, steps, features), or (steps, batch, features)."""
    output = data.transpose(0, 1) if layer.batch_first else data
    directions = 2 if layer.bidirectional else 1
    h0, c0 = _initial_state(layer, output, hx, directions)
    last_h, last_c = [], []
    for depth in range(layer.num_layers):
        sides = []
        for side in range(directions):
            index = depth * directions + side
            weights = _weights(layer, f"_l{depth}{'_reverse' if side else ''}")
            steps, carry = _scan_side(layer.mode, output.flip(0) if side else output, weights, h0[index], c0[index])
            sides.append(steps.flip(0) if side else steps)
            last_h.append(carry["h"])
            last_c.append(carry.get("c", carry["h"]))
        output = torch.cat(sides, dim=-1) if directions == 2 else sides[0]
        if depth < layer.num_layers - 1 and layer.dropout:
            output = nn.functional.dropout(output, layer.dropout, layer.training)
    result = output.transpose(0, 1) if layer.batch_first else output
    hidden = torch.stack(last_h)
    return result, (hidden, torch.stack(last_c)) if layer.mode == "LSTM" else hidden


def _initial_state(layer: nn.RNNBase, data: Tensor, hx: Any, directions: int) -> tuple[Tensor, Tensor]:
    if hx is None:
        shape = (layer.num_layers * directions, data.shape[1], layer.hidden_size)
        zeros = torch.zeros(shape, dtype=data.dtype, device=data.device)
        return zeros, zeros
    return hx if layer.mode == "LSTM" else (hx, hx)


def _weights(layer: nn.RNNBase, suffix: str) -> _Weights:
    w_ih, w_hh = getattr(layer, f"weight_ih{suffix}"), getattr(layer, f"weight_hh{suffix}")
    if layer.bias:
        return _Weights(w_ih, w_hh, getattr(layer, f"bias_ih{suffix}"), getattr(layer, f"bias_hh{suffix}"))
    none = torch.zeros(w_ih.shape[0], dtype=w_ih.dtype, device=w_ih.device)
    return _Weights(w_ih, w_hh, none, none)


def _scan_side(mode: str, data: Tensor, weights: _Weights, h: Tensor, c: Tensor) -> tuple[Tensor, Carry]:
    """One direction of one layer over (steps, batch, features); the input's share of the gates is one large product."""
    from torch_xla.experimental.scan import scan

    gates = data @ weights.w_ih.t() + weights.b_ih
    carry = {"h": h, "w": weights.w_hh, "b": weights.b_hh}
    if mode == "LSTM":
        carry["c"] = c
    last, steps = scan(_STEPS[mode], carry, gates, is_fn_pure=True)
    return steps, last


def _lstm_step(carry: Carry, gates: Tensor) -> tuple[Carry, Tensor]:
    i, f, g, o = (gates + carry["h"] @ carry["w"].t() + carry["b"]).chunk(4, dim=-1)
    c = torch.sigmoid(f) * carry["c"] + torch.sigmoid(i) * torch.tanh(g)
    h = torch.sigmoid(o) * torch.tanh(c)
    return {"h": h, "w": carry["w"], "b": carry["b"], "c": c}, h


def _gru_step(carry: Carry, gates: Tensor) -> tuple[Carry, Tensor]:
    r, z, n = gates.chunk(3, dim=-1)
    h_r, h_z, h_n = (carry["h"] @ carry["w"].t() + carry["b"]).chunk(3, dim=-1)
    update = torch.sigmoid(z + h_z)
    h = (1 - update) * torch.tanh(n + torch.sigmoid(r + h_r) * h_n) + update * carry["h"]
    return {"h": h, "w": carry["w"], "b": carry["b"]}, h


def _tanh_step(carry: Carry, gates: Tensor) -> tuple[Carry, Tensor]:
    h = torch.tanh(gates + carry["h"] @ carry["w"].t() + carry["b"])
    return {"h": h, "w": carry["w"], "b": carry["b"]}, h


def _relu_step(carry: Carry, gates: Tensor) -> tuple[Carry, Tensor]:
    h = torch.relu(gates + carry["h"] @ carry["w"].t() + carry["b"])
    return {"h": h, "w": carry["w"], "b": carry["b"]}, h


_STEPS = {"LSTM": _lstm_step, "GRU": _gru_step, "RNN_TANH": _tanh_step, "RNN_RELU": _relu_step}
