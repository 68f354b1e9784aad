"""The networks of the training loops that are measured: five families, from tiny to what one core still trains.

Written as generated code writes them, so that what is learned of them holds for it.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import pairwise

from torch import Tensor, nn

CLASSES = 10
TOKENS = 512


class Recurrent(nn.Module):
    """A GRU or LSTM over a sequence, read out at its end."""

    def __init__(
        self, kind: type[nn.GRU] | type[nn.LSTM], inputs: int, hidden: int, layers: int = 1, both: bool = False
    ) -> None:
        super().__init__()
        self.layers = kind(inputs, hidden, num_layers=layers, batch_first=True, bidirectional=both)
        self.out = nn.Linear(hidden * (2 if both else 1), CLASSES)

    def forward(self, x: Tensor) -> Tensor:
        """`x`: batch × time × inputs."""
        return self.out(self.layers(x)[0][:, -1])  # type: ignore[no-any-return]


class Transformer(nn.Module):
    """An encoder over tokens, averaged."""

    def __init__(self, width: int, layers: int) -> None:
        super().__init__()
        self.embed = nn.Embedding(TOKENS, width)
        layer = nn.TransformerEncoderLayer(width, 4, 4 * width, dropout=0.1, batch_first=True)
        self.encoder = nn.TransformerEncoder(layer, layers)
        self.out = nn.Linear(width, CLASSES)

    def forward(self, x: Tensor) -> Tensor:
        """`x`: batch × time of token numbers."""
        return self.out(self.encoder(self.embed(x)).mean(1))  # type: ignore[no-any-return]


class Residual(nn.Module):
    """`inner` beside the identity."""

    def __init__(self, *inner: nn.Module) -> None:
        super().__init__()
        self.inner = nn.Sequential(*inner)

    def forward(self, x: Tensor) -> Tensor:
        """Of any shape that `inner` keeps."""
        return x + self.inner(x)  # type: ignore[no-any-return]


def mlp(inputs: int, hidden: int, layers: int) -> nn.Module:
    """Linear layers with ReLU between."""
    parts: list[nn.Module] = [nn.Flatten()]
    for before, after in pairwise([inputs] + [hidden] * layers):
        parts += [nn.Linear(before, after), nn.ReLU()]
    return nn.Sequential(*parts, nn.Linear(hidden, CLASSES))


def residual_mlp(inputs: int, width: int, blocks: int) -> nn.Module:
    """Normalised residual blocks with GELU and dropout: more elementwise work than products."""
    parts = [
        Residual(nn.LayerNorm(width), nn.Linear(width, width), nn.GELU(), nn.Dropout(0.1), nn.Linear(width, width))
        for _ in range(blocks)
    ]
    return nn.Sequential(nn.Linear(inputs, width), *parts, nn.LayerNorm(width), nn.Linear(width, CLASSES))


def cnn(channels: int, width: int, blocks: int) -> nn.Module:
    """Blocks of convolution, normalisation and pooling."""
    parts: list[nn.Module] = []
    for block in range(blocks):
        after = width * 2**block
        parts += [nn.Conv2d(channels, after, 3, padding=1), nn.BatchNorm2d(after), nn.ReLU(), nn.MaxPool2d(2)]
        channels = after
    return nn.Sequential(*parts, nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(channels, CLASSES))


def residual_cnn(channels: int, width: int, blocks: int) -> nn.Module:
    """Residual blocks at full resolution."""
    parts = [Residual(nn.Conv2d(width, width, 3, padding=1), nn.BatchNorm2d(width), nn.GELU()) for _ in range(blocks)]
    head = [nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(width, CLASSES)]
    return nn.Sequential(nn.Conv2d(channels, width, 3, padding=1), *parts, *head)


def cnn_1d(channels: int, width: int, blocks: int) -> nn.Module:
    """Convolutions over time."""
    parts: list[nn.Module] = []
    for block in range(blocks):
        after = width * 2**block
        parts += [nn.Conv1d(channels, after, 5, padding=2), nn.BatchNorm1d(after), nn.ReLU(), nn.MaxPool1d(2)]
        channels = after
    return nn.Sequential(*parts, nn.AdaptiveAvgPool1d(1), nn.Flatten(), nn.Linear(channels, CLASSES))


@dataclass(frozen=True)
class Loop:
    """One training loop."""

    name: str
    family: str
    """`mlp`, `cnn`, `cnn1d`, `recurrent` or `transformer`."""
    make: Callable[[], nn.Module]
    example: tuple[int, ...]
    """Shape of one row; token numbers for a transformer."""
    batch: int


Network = tuple[str, str, Callable[[], nn.Module], tuple[int, ...], tuple[int, ...]]
"""Name, family, maker, shape of a row, batches."""
SMALL: list[Network] = [
    ("mlp 64-64x2", "mlp", lambda: mlp(64, 64, 2), (64,), (32, 256)),
    ("cnn 8x2", "cnn", lambda: cnn(1, 8, 2), (1, 28, 28), (32, 256)),
    ("gru 8-32", "recurrent", lambda: Recurrent(nn.GRU, 8, 32), (40, 8), (32, 256)),
    ("transformer 32x1", "transformer", lambda: Transformer(32, 1), (32,), (32, 256)),
    ("mlp 784-256x3", "mlp", lambda: mlp(784, 256, 3), (784,), (32, 256)),
    ("residual mlp 128x8", "mlp", lambda: residual_mlp(32, 128, 8), (32,), (64, 512)),
    ("cnn1d 16x3", "cnn1d", lambda: cnn_1d(6, 16, 3), (6, 128), (32, 128)),
    ("lstm both 16-48", "recurrent", lambda: Recurrent(nn.LSTM, 16, 48, both=True), (50, 16), (32, 128)),
    ("transformer 64x2", "transformer", lambda: Transformer(64, 2), (64,), (32, 128)),
    ("cnn 16x3", "cnn", lambda: cnn(3, 16, 3), (3, 32, 32), (32, 128)),
    ("gru 16-96", "recurrent", lambda: Recurrent(nn.GRU, 16, 96), (80, 16), (32,)),
    ("mlp 784-1024x4", "mlp", lambda: mlp(784, 1024, 4), (784,), (32, 256)),
    ("residual cnn 16x3", "cnn", lambda: residual_cnn(3, 16, 3), (3, 32, 32), (32,)),
    ("transformer 128x3", "transformer", lambda: Transformer(128, 3), (64,), (32,)),
    ("lstm 4-16x2", "recurrent", lambda: Recurrent(nn.LSTM, 4, 16, layers=2), (20, 4), (64, 256)),
    ("transformer 16x1", "transformer", lambda: Transformer(16, 1), (16,), (64,)),
    ("residual mlp 32x3", "mlp", lambda: residual_mlp(16, 32, 3), (16,), (128,)),
    ("cnn 32x2", "cnn", lambda: cnn(3, 32, 2), (3, 32, 32), (64,)),
    ("residual cnn 8x6", "cnn", lambda: residual_cnn(1, 8, 6), (1, 28, 28), (64,)),
    ("cnn 12x4", "cnn", lambda: cnn(3, 12, 4), (3, 48, 48), (32,)),
    ("mlp 64-512x2", "mlp", lambda: mlp(64, 512, 2), (64,), (512,)),
    ("cnn1d 32x2", "cnn1d", lambda: cnn_1d(3, 32, 2), (3, 256), (64,)),
    ("transformer 96x1", "transformer", lambda: Transformer(96, 1), (48,), (64,)),
]
LARGE: list[Network] = [
    ("cnn 64x4", "cnn", lambda: cnn(3, 64, 4), (3, 64, 64), (256, 1024)),
    ("gru 64-512", "recurrent", lambda: Recurrent(nn.GRU, 64, 512), (128, 64), (256, 1024)),
    ("transformer 256x6", "transformer", lambda: Transformer(256, 6), (128,), (256, 1024)),
    ("mlp 784-4096x6", "mlp", lambda: mlp(784, 4096, 6), (784,), (256, 1024)),
]
"""Only an accelerator should be asked for them."""


def loops(large: bool) -> Iterator[Loop]:
    """Every network with its first batch, small ones first, then with the others."""
    networks = SMALL + LARGE if large else SMALL
    for place in range(2):
        for name, family, make, example, batches in networks:
            if place < len(batches):
                yield Loop(name, family, make, example, batches[place])
