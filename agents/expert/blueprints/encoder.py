"""The transformer block that the transformer and the language model share."""

import torch
from torch import Tensor, nn


class Block(nn.Module):
    """Pre-norm self-attention and a two-layer perceptron over (rows, length, heads * head_dim).

    After Vaswani et al. (NeurIPS 2017), normalised before each part as in Xiong et al. (ICML 2020). The width is
    heads * head_dim, so that the heads always divide it.
    """

    def __init__(self, heads: int, head_dim: int, dropout: float, causal: bool = False) -> None:
        super().__init__()
        width = heads * head_dim
        self.heads, self.head_dim, self.causal = heads, head_dim, causal
        self.norm_attention, self.norm_feed = nn.LayerNorm(width), nn.LayerNorm(width)
        self.project = nn.Linear(width, 3 * width)
        self.merge = nn.Linear(width, width)
        self.feed = nn.Sequential(nn.Linear(width, 2 * width), nn.GELU(), nn.Linear(2 * width, width))
        self.dropout = nn.Dropout(dropout)

    def attend(self, x: Tensor) -> Tensor:
        rows, length, width = x.shape
        parts = self.project(x).reshape(rows, length, 3, self.heads, self.head_dim).permute(2, 0, 3, 1, 4)
        query, key, value = parts[0], parts[1], parts[2]
        scores = query @ key.transpose(2, 3) * self.head_dim**-0.5
        if self.causal:
            scores = scores - 1e9 * torch.ones(length, length, device=x.device).triu(1)
        mixed: Tensor = self.merge((scores.softmax(-1) @ value).transpose(1, 2).reshape(rows, length, width))
        return mixed

    def forward(self, x: Tensor) -> Tensor:
        x = x + self.dropout(self.attend(self.norm_attention(x)))
        output: Tensor = x + self.dropout(self.feed(self.norm_feed(x)))
        return output
