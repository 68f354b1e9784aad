# ruff: noqa: RET504, SIM105, B018  -- variables and handlers are what is watched
"""What the tracer is shown, on every Python: each kind of function, and how it may end."""

import asyncio
import threading


class Refused(Exception):
    pass


class Shape:
    def __init__(self, sides):
        self.sides = sides

    @property
    def count(self):
        return len(self.sides)

    @classmethod
    def square(cls, side):
        return cls([side] * 4)

    @staticmethod
    def area(a, b):
        product = a * b
        return product


def fibonacci(n):
    if n <= 1:
        return n
    return fibonacci(n - 1) + fibonacci(n - 2)


def is_even(n):
    return True if n == 0 else is_odd(n - 1)


def is_odd(n):
    return False if n == 0 else is_even(n - 1)


def halves(values):
    for value in values:
        half = value / 2
        yield half


def dropped(value):
    yield value


def takes_first(value):
    return next(dropped(value))


def echo():
    received = yield "ready"
    while received is not None:
        received = yield received


def delegating(values):
    yield from halves(values)
    return "done"


async def waits(seconds):
    await asyncio.sleep(seconds)
    return {"waited": seconds}


async def ticks(n):
    for i in range(n):
        await asyncio.sleep(0)
        yield (i, str(i))


async def both():
    results = await asyncio.gather(waits(0.0), waits(0.001))
    seen = [tick async for tick in ticks(3)]
    return results, seen


def refuses(x):
    raise Refused(x)


def looks_up(table):
    return table["missing"]


def passes_on(table):
    return looks_up(table)


def catches(table):
    try:
        passes_on(table)
    except KeyError:
        pass


def raises_again(x):
    try:
        refuses(x)
    except Refused as fault:
        raise ValueError("worse") from fault


def takes_all(first, *rest, key=1, **more):
    total = first + len(rest) + key + len(more)
    return total


def works(n):
    squares = [i * i for i in range(n)]
    return sum(squares)


def main():
    for number in range(10):
        takes_first(number)
    fibonacci(10)
    is_even(7)
    list(halves([1, 2, 3]))
    talking = echo()
    next(talking)
    talking.send(1)
    talking.close()
    list(delegating((1.0, 2.0)))
    asyncio.run(both())
    Shape.square(2.0).count
    Shape.area(2, 3.5)
    for _ in range(3):
        try:
            refuses("x")
        except Refused:
            pass
        catches({})
        try:
            raises_again(1)
        except ValueError:
            pass
    thrown = halves([1])
    next(thrown)
    try:
        thrown.throw(Refused("thrown"))
    except Refused as fault:
        repr(fault)
    takes_all(1, "a", "b", key=2, other=None)
    threads = [threading.Thread(target=works, args=(10,)) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    double = lambda x: x * 2  # noqa: E731
    double(1)
    triple = lambda x: x * 3  # noqa: E731
    triple("a")


if __name__ == "__main__":
    main()
