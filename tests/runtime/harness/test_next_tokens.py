"""What language models are worth, and those that look ahead."""

import numpy
import pytest
import torch

from runtime.harness.failure import ContractError
from runtime.harness.next_tokens import check_causal, log_probabilities

VOCABULARY = 11


class Mixer(torch.nn.Module):
    """Each place sees the tokens at the given distances; a negative one lies ahead."""

    def __init__(self, *distances: int) -> None:
        super().__init__()
        torch.manual_seed(0)
        self.embed = torch.nn.Embedding(VOCABULARY, VOCABULARY)
        self.distances = distances

    def forward(self, tokens: torch.Tensor) -> torch.Tensor:
        seen = [self._moved(self.embed(tokens), distance) for distance in self.distances]
        return torch.stack(seen).sum(0)

    def _moved(self, x: torch.Tensor, distance: int) -> torch.Tensor:
        padded = torch.nn.functional.pad(x, (0, 0, max(distance, 0), max(-distance, 0)))
        return padded[:, max(-distance, 0) :][:, : x.shape[1]]


@pytest.fixture
def rows():
    return numpy.random.default_rng(0).integers(0, VOCABULARY, (150, 9))


def test_log_probabilities_are_those_of_the_tokens_that_came(rows):
    model = Mixer(0, 2)
    found = log_probabilities(model, rows)
    assert found.shape == (150, 8)
    with torch.no_grad():
        expected = model(torch.from_numpy(rows)).log_softmax(2)
    for row, place in ((0, 0), (149, 7), (64, 3)):
        assert found[row, place] == pytest.approx(float(expected[row, place, rows[row, place + 1]]), abs=1e-5)


@pytest.mark.parametrize("distance", [-1, -3, -7])
def test_looking_ahead_is_found(rows, distance):
    with pytest.raises(ContractError, match="looks ahead"):
        check_causal(Mixer(0, distance), rows)


def test_looking_ahead_at_one_place_is_found(rows):
    class Sly(Mixer):
        def forward(self, tokens):
            plain = super().forward(tokens)
            peek = 9.0 * torch.nn.functional.one_hot(tokens[:, 5], VOCABULARY)
            return torch.cat([plain[:, :4], (plain[:, 4] + peek)[:, None], plain[:, 5:]], dim=1)

    with pytest.raises(ContractError, match="looks ahead"):
        check_causal(Sly(0), rows)


def test_a_few_rows_are_enough(rows):
    check_causal(Mixer(0, 1), rows[:1])
    with pytest.raises(ContractError, match="looks ahead"):
        check_causal(Mixer(0, -1), rows[:1])


def test_other_shapes_are_named(rows):
    with pytest.raises(ContractError, match=r"\(rows, length, vocabulary\)"):
        log_probabilities(lambda tokens: torch.zeros(len(tokens), 5), rows)
    with pytest.raises(ContractError, match="knows 5 tokens"):
        log_probabilities(lambda tokens: torch.zeros(*tokens.shape, 5), rows)
