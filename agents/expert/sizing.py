"""Search spaces that keep a family under the size limit."""

from dataclasses import dataclass

from agents.expert.families import Family
from agents.expert.families.family import Buckets
from runtime.data_profile import DataProfile
from runtime.search_space import CategoricalParameter, Hyperparameters, HyperparameterValue, SearchSpace

BITS = (8, 16, 32)
HEADROOM = 1.25
"""Real bytes exceed params x bits/8 by scales and 16-bit vectors: the seed says 1.1, small 8-bit models need more."""
CONTAINER_KB = 1.0
"""Names and shapes in the file."""


@dataclass(frozen=True)
class Sizing:
    """The sizes that fit a limit: their search space, and the kilobytes of its default and of its upper end."""

    space: SearchSpace
    default_kb: float
    largest_kb_at_8_bits: float


def kilobytes(values: int, bits: int) -> float:
    """A careful estimate of the file that holds `values` numbers at `bits` bits each."""
    return values * bits / 8 * HEADROOM / 1024 + CONTAINER_KB


def size_for(family: Family, profile: DataProfile, limit_kb: float, shrink: int = 0) -> Sizing | None:
    """Sizes whose upper end fits `limit_kb` at 8 bits, or None when not even the smallest does.

    `shrink` moves each first choice that many buckets down. The default precision is 16 bits where that takes at most
    half of the limit (16 bits lose nothing), else 8.
    """
    sizes = _fitting(family, profile, limit_kb)
    if sizes is None:
        return None
    chosen: Hyperparameters = {name: _start(buckets, shrink) for name, buckets in sizes.items()}
    space: SearchSpace = {
        name: CategoricalParameter(default=chosen[name], categories=list(buckets.values))
        for name, buckets in sizes.items()
    }
    largest = family.stored_values(profile, _upper(sizes))
    return with_precision(space, family.stored_values(profile, chosen), limit_kb, kilobytes(largest, 8))


def with_precision(space: SearchSpace, values: int, limit_kb: float, largest_kb_at_8_bits: float) -> Sizing:
    """The sizes of `space`, whose defaults make `values` numbers, with the precisions at which those fit."""
    bits = 16 if kilobytes(values, 16) <= limit_kb / 2 else 8
    allowed: list[HyperparameterValue] = [width for width in BITS if kilobytes(values, width) <= limit_kb]
    precision = CategoricalParameter(default=bits, categories=allowed)
    return Sizing({**space, "quantization_bits": precision}, kilobytes(values, bits), largest_kb_at_8_bits)


def smallest_kb(family: Family, profile: DataProfile) -> float:
    """The least that a model of this family can take."""
    sizes: Hyperparameters = {name: buckets.values[0] for name, buckets in family.sizes(profile).items()}
    return kilobytes(family.stored_values(profile, sizes), 8)


def _fitting(family: Family, profile: DataProfile, limit_kb: float) -> dict[str, Buckets] | None:
    """Drop the largest bucket of whichever size has most of them until the upper end fits."""
    sizes = family.sizes(profile)
    while kilobytes(family.stored_values(profile, _upper(sizes)), 8) > limit_kb:
        widest = max(sizes, key=lambda name: len(sizes[name].values), default=None)
        if widest is None or len(sizes[widest].values) == 1:
            return None
        sizes[widest] = Buckets(sizes[widest].values[:-1], sizes[widest].preferred)
    return sizes


def _upper(sizes: dict[str, Buckets]) -> Hyperparameters:
    return {name: buckets.values[-1] for name, buckets in sizes.items()}


def _start(buckets: Buckets, shrink: int) -> int:
    """The largest value up to the preferred one, `shrink` places down."""
    place = max((i for i, value in enumerate(buckets.values) if value <= buckets.preferred), default=0)
    return buckets.values[max(0, place - shrink)]
