"""Functions to compile in tests."""

import math
import random
from dataclasses import dataclass

import numpy as np

FACTOR = 3
LOG = []


def factorial(n):
    result = 1
    for i in range(2, n + 1):
        result *= i
    return result


def fibonacci(n):
    if n < 2:
        return n
    return fibonacci(n - 1) + fibonacci(n - 2)


def total(values):
    found = 0
    for value in values:
        found += value
    return found


def divide(a, b):
    return a / b, a // b, a % b


def powers(a, b):
    return a**b


def shifted(a, b):
    return (a << b) - (a >> b)


def root(x):
    return math.sqrt(x) + math.log(x)


def bubble_sort(values):
    n = len(values)
    for i in range(n):
        for j in range(n - i - 1):
            if values[j] > values[j + 1]:
                values[j], values[j + 1] = values[j + 1], values[j]


def scale_then_fail(values, by):
    for i in range(len(values)):
        values[i] = values[i] * by
    return values[len(values) - 1 + by]


def primes(n):
    flags = [True] * (n + 1)
    found = []
    for i in range(2, n + 1):
        if flags[i]:
            found.append(i)
            for j in range(i * i, n + 1, i):
                flags[j] = False
    return found


def square(x):
    return x * x


def three_dimensional(p, q):
    found = 0.0
    for axis in range(3):
        found += square(p[axis] - q[axis]) * FACTOR
    return math.sqrt(found)


def maybe_unset(n):
    for i in range(n):
        last = i
    return last


def noisy(n):
    return n + random.random()


def logged(n):
    LOG.append(n)
    return n


def renamed(values):
    other = values
    other[0] = 1.0
    return len(values)


def zeros(n):
    out = np.zeros(n)
    for i in range(n):
        out[i] = i / 2
    return out


def counted(words):
    counts = {}
    for word in words:
        counts[word] = counts.get(word, 0) + 1
    return counts


def counting(n):
    for i in range(4):
        yield i * FACTOR + n


def halve_rows(rows):
    for row in rows:
        row[0] = row[0] / 2


def transpose(rows):
    for i in range(len(rows)):
        for j in range(i):
            rows[i][j], rows[j][i] = rows[j][i], rows[i][j]


def rebind(values):
    values[0] = 7.0
    values = [1.0, 2.0]
    values[1] = 3.0
    return values[0]


def scaled(x):
    return x * FACTOR


def scaled_sum(n):
    found = 0
    for i in range(n):
        found += scaled(i)
    return found


def set_first(rows, row):
    rows[0][0] = 7.0
    return row[0]


class Shape:
    @staticmethod
    def factorial(n):
        return factorial(n) + 1

    def __hidden(self, by):
        return self.__side * by * FACTOR

    def __init__(self, side):
        self.__side = side


@dataclass
class Wave:
    values: list
    pace: float = 0.5

    LIMIT = 1000.0

    def power(self, steps):
        found = 0.0
        for _ in range(steps):
            for value in self.values:
                found += value * self.pace
        return found if found < self.LIMIT else self.LIMIT

    def halve(self):
        for i in range(len(self.values)):
            self.values[i] = self.values[i] / 2.0

    def moved(self, by):
        self.pace += by
        return self.pace

    def twice(self, steps):
        return 2 * self.power(steps)

    def later(self):
        return lambda: self.pace

    @property
    def length(self):
        return len(self.values)

    def longer(self, by):
        return self.length + by


class Slotted:
    __slots__ = ("__side",)

    def __init__(self, side):
        self.__side = side

    def area(self, times):
        found = 0
        for i in range(times):
            found += self.__side * i
        return found


class Longer(Wave):
    def __getattr__(self, name):
        return 4.0


def looked_up(values, i):
    if i > 3:
        return values[i - 1]
    found = values[i]
    for j in range(i, len(values)):
        found += values[j] - values[-j]
    return found


def counted_on(start):
    found = start
    for _ in range(3):
        found += 1
    return found * 2 - 1


def near_the_limit(x):
    return x == 9007199254740993 or x < 9007199254740991


def not_always_set(x):
    if x > 0:
        y = x * 2
    return y


def asks_for_what_is_not_always_set(x):
    return not_always_set(x) + 1


def named_as_our_own(type, row, new, array_new):
    for i in range(len(row)):
        row[i][0] = new[i] * type
        new[i] = array_new
    return len(new)


def positions(x, /, y):
    return x * y
