"""What the reviewer knows about a value: its kind, where it lives, and which data it came from."""

from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Any


class Kind(StrEnum):
    UNKNOWN = "unknown"
    TENSOR = "tensor"
    ARRAY = "array"
    MODEL = "model"
    LOSS = "loss"
    OPTIMIZER = "optimizer"
    SCHEDULER = "scheduler"
    LOADER = "loader"
    DATASET = "dataset"
    DEVICE = "device"
    NUMBER = "number"
    SEQUENCE = "sequence"
    OBJECT = "object"
    STATE = "state"
    """What `model.state_dict()` returns: references, no copies."""


class Place(StrEnum):
    UNKNOWN = "unknown"
    HOST = "host"
    DEVICE = "device"


class _Unset:
    """No constant is known."""


UNSET = _Unset()


@dataclass(frozen=True, slots=True)
class Value:
    """One abstract value. `roots` are the data sets it surely depends on ("train", "val")."""

    kind: Kind = Kind.UNKNOWN
    place: Place = Place.UNKNOWN
    roots: frozenset[str] = frozenset()
    through_model: bool = False
    items: tuple["Value", ...] = ()
    """Elements of a tuple, or the one element that iterating yields."""
    name: str = ""
    """The constructor's dotted path, or the local class."""
    origin: int = 0
    """The id of the node that created a model, an optimizer or a loss; 0 when not tracked."""
    squashed: str = ""
    """softmax, log_softmax or sigmoid when that was the last thing done to it."""
    mask: bool = False
    scalar: bool = False
    """A zero-dimensional tensor made of a Python number."""
    step_number: bool = False
    """A Python number that changes each step."""
    syncing: bool = False
    """A loader that may end the graph after each batch (it does on XLA)."""
    const: Any = UNSET

    @property
    def on_device(self) -> bool:
        return self.kind is Kind.TENSOR and self.place is Place.DEVICE

    @property
    def on_host(self) -> bool:
        return self.kind in (Kind.TENSOR, Kind.ARRAY) and self.place is Place.HOST

    @property
    def element(self) -> "Value":
        """What iterating or subscripting gives."""
        if self.kind is Kind.SEQUENCE or self.kind is Kind.LOADER or self.kind is Kind.DATASET:
            return self.items[0] if len(set(self.items)) == 1 else join(*self.items)
        if self.kind in (Kind.TENSOR, Kind.ARRAY):
            return replace(self, const=UNSET)
        return NUMBER if self.kind is Kind.NUMBER else Value()


UNKNOWN = Value()
NUMBER = Value(Kind.NUMBER)


def join(*values: Value) -> Value:
    """What is sure whichever of `values` it is."""
    if not values:
        return UNKNOWN
    first, *rest = values
    for other in rest:
        if other == first:
            continue
        first = Value(
            kind=first.kind if first.kind is other.kind else Kind.UNKNOWN,
            place=first.place if first.place is other.place else Place.UNKNOWN,
            roots=first.roots & other.roots,
            through_model=first.through_model and other.through_model,
            items=_join_items(first.items, other.items),
            name=first.name if first.name == other.name else "",
            origin=first.origin if first.origin == other.origin else 0,
            squashed=first.squashed if first.squashed == other.squashed else "",
            mask=first.mask and other.mask,
            scalar=first.scalar and other.scalar,
            step_number=first.step_number or other.step_number,
            syncing=first.syncing or other.syncing,
        )
    return first


def _join_items(one: tuple[Value, ...], other: tuple[Value, ...]) -> tuple[Value, ...]:
    if len(one) == len(other):
        return tuple(join(a, b) for a, b in zip(one, other, strict=True))
    return ()


def combine(*values: Value, kind: Kind = Kind.TENSOR) -> Value:
    """The result of an operation on all of `values`: places must agree, dependencies add up."""
    tensors = [v for v in values if v.kind in (Kind.TENSOR, Kind.ARRAY)]
    places = {v.place for v in tensors if not v.scalar}
    place = Place.DEVICE if Place.DEVICE in places else Place.HOST if places == {Place.HOST} else Place.UNKNOWN
    roots: frozenset[str] = frozenset().union(*(v.roots for v in values)) if values else frozenset()
    return Value(kind, place, roots, any(v.through_model for v in values))


def sequence(*items: Value) -> Value:
    return Value(Kind.SEQUENCE, items=tuple(items))
