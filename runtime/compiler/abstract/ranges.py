"""Between which bounds an integer lies: constants, and lengths or arguments that nothing in the function changes."""

from __future__ import annotations

from dataclasses import dataclass, field, replace

LEAST, MOST = -(2**63), 2**63 - 1
LONGEST = 2**48
"""No list has more elements, nor an array of one axis: a process has no more addresses."""
FARTHEST = 2**61
"""No loop over a range goes further: past it the original runs."""

Symbol = str
"""`x.0`, the length of an array's first axis, or the name of an argument that stays as it is."""


@dataclass(frozen=True)
class Range:
    """`low <= value <= high`, and for each symbol in `below`, `value <= symbol + offset`.

    `exact`: the value is that symbol and offset.
    """

    low: int = LEAST
    high: int = MOST
    below: dict[Symbol, int] = field(default_factory=dict)
    exact: tuple[Symbol, int] | None = None

    @property
    def constant(self) -> int | None:
        """Its only value."""
        return self.low if self.low == self.high else None

    @property
    def fits(self) -> bool:
        """Whether it is a 64-bit integer."""
        return self.low >= LEAST and self.high <= MOST

    def clipped(self) -> Range:
        """What is left where the operation was checked."""
        return replace(self, low=min(max(self.low, LEAST), MOST), high=max(min(self.high, MOST), LEAST))


ANY = Range()


def just(value: int) -> Range:
    return Range(value, value)


def symbol(name: Symbol, low: int = LEAST, high: int = MOST) -> Range:
    """The value of the symbol itself."""
    return Range(low, high, {name: 0}, (name, 0))


def length(name: Symbol, axes: int) -> Range:
    """Of one of the axes of an array; beside an axis of length 0 another may be of any."""
    return symbol(name, 0, LONGEST if axes == 1 else MOST)


def moved(a: Range, by: int) -> Range:
    """`a + by`."""
    below = {name: offset + by for name, offset in a.below.items()}
    exact = (a.exact[0], a.exact[1] + by) if a.exact else None
    return Range(a.low + by, a.high + by, below, exact)


def plus(a: Range, b: Range) -> Range:
    for one, other in ((a, b), (b, a)):
        if one.constant is not None:
            return moved(other, one.constant)
    below = {name: offset + b.high for name, offset in a.below.items()}
    below |= {name: offset + a.high for name, offset in b.below.items() if name not in below}
    return Range(a.low + b.low, a.high + b.high, below)


def minus(a: Range, b: Range) -> Range:
    if b.constant is not None:
        return moved(a, -b.constant)
    low = a.low - b.high
    if a.exact and a.exact[0] in b.below:
        low = max(low, a.exact[1] - b.below[a.exact[0]])
    return Range(low, a.high - b.low, {name: offset - b.low for name, offset in a.below.items()})


def times(a: Range, b: Range) -> Range:
    corners = [x * y for x in (a.low, a.high) for y in (b.low, b.high)]
    return Range(min(corners), max(corners))


def floor_divided(a: Range, b: Range) -> Range:
    if b.low < 0 or b.high < 1:
        return ANY
    b = meet(b, Range(low=1))  # there is no result of a division by zero
    corners = [x // y for x in (a.low, a.high) for y in (b.low, b.high)]
    return Range(min(corners), max(corners), a.below if a.low >= 0 else {})


def modulo(a: Range, b: Range) -> Range:
    if b.low < 0:
        return ANY
    smaller = moved(b, -1)
    rest = Range(0, smaller.high, smaller.below)
    return meet(rest, Range(0, a.high, a.below)) if a.low >= 0 else rest


def negative(a: Range) -> Range:
    return Range(-a.high, -a.low)


def join(a: Range, b: Range) -> Range:
    """Whatever is one of the two."""
    below = {name: max(offset, b.below[name]) for name, offset in a.below.items() if name in b.below}
    return Range(min(a.low, b.low), max(a.high, b.high), below, a.exact if a.exact == b.exact else None)


def meet(a: Range, b: Range) -> Range:
    """What is both."""
    below = {name: min(r.below[name] for r in (a, b) if name in r.below) for name in {*a.below, *b.below}}
    return Range(max(a.low, b.low), min(a.high, b.high), below, a.exact or b.exact)


def at_most(a: Range, b: Range, by: int = 0) -> Range:
    """`a` where it is known that `a <= b + by`."""
    return meet(a, Range(high=b.high + by, below=moved(b, by).below))


def at_least(a: Range, b: Range, by: int = 0) -> Range:
    """`a` where it is known that `a >= b + by`."""
    return meet(a, Range(low=b.low + by))


def is_inside(index: Range, size: Range) -> bool:
    """Whether it is the index of an element of so many."""
    if index.low < 0:
        return False
    if index.high < size.low:
        return True
    return size.exact is not None and index.below.get(size.exact[0], MOST) < size.exact[1]


def from_to(first: Range, stop: Range | None = None, step: Range | None = None) -> Range:
    """The values of a loop over `range` of these."""
    start, stop = (just(0), first) if stop is None else (first, stop)
    step = step or just(1)
    if step.low >= 1:
        return Range(max(start.low, -FARTHEST), min(stop.high - 1, FARTHEST), moved(stop, -1).below)
    if step.high <= -1:
        return Range(max(stop.low + 1, -FARTHEST), min(start.high, FARTHEST), start.below)
    return Range(-FARTHEST, FARTHEST)
