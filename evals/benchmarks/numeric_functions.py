"""A dozen numeric functions as anyone would write them, for `compiled_speed`: each with arguments for one call."""

import math
from collections.abc import Callable
from typing import Any

import numpy as np


def mandelbrot(real: float, imaginary: float, limit: int) -> int:
    x = 0.0
    y = 0.0
    count = 0
    while x * x + y * y <= 4.0 and count < limit:
        x, y = x * x - y * y + real, 2.0 * x * y + imaginary
        count += 1
    return count


def matmul(a: Any, b: Any) -> Any:
    out = np.zeros((a.shape[0], b.shape[1]))
    for i in range(a.shape[0]):
        for j in range(b.shape[1]):
            total = 0.0
            for k in range(a.shape[1]):
                total += a[i, k] * b[k, j]
            out[i, j] = total
    return out


def fibonacci(n: int) -> int:
    if n < 2:
        return n
    return fibonacci(n - 1) + fibonacci(n - 2)


def longest_collatz(limit: int) -> int:
    best = 0
    for start in range(1, limit):
        n = start
        steps = 0
        while n != 1:
            n = n // 2 if n % 2 == 0 else 3 * n + 1
            steps += 1
        if steps > best:
            best = steps
    return best


def primes_below(n: int) -> int:
    flags = np.ones(n, np.int64)
    count = 0
    for i in range(2, n):
        if flags[i] == 1:
            count += 1
            for j in range(i * i, n, i):
                flags[j] = 0
    return count


def total_distance(points: Any) -> float:
    total = 0.0
    for i in range(points.shape[0]):
        for j in range(i):
            dx = points[i, 0] - points[j, 0]
            dy = points[i, 1] - points[j, 1]
            total += math.sqrt(dx * dx + dy * dy)
    return total


def moving_average(values: Any, width: int) -> Any:
    out = np.zeros(len(values))
    running = 0.0
    for i in range(len(values)):
        running += values[i]
        if i >= width:
            running -= values[i - width]
        if i >= width - 1:
            out[i] = running / width
    return out


def trapezoid(low: float, high: float, steps: int) -> float:
    width = (high - low) / steps
    total = 0.5 * (math.sin(low) + math.sin(high))
    for i in range(1, steps):
        total += math.sin(low + i * width)
    return total * width


def edit_distance(a: Any, b: Any) -> int:
    before = np.zeros(len(b) + 1, np.int64)
    now = np.zeros(len(b) + 1, np.int64)
    for j in range(len(b) + 1):
        before[j] = j
    for i in range(1, len(a) + 1):
        now[0] = i
        for j in range(1, len(b) + 1):
            cost = 0 if a[i - 1] == b[j - 1] else 1
            now[j] = min(min(before[j], now[j - 1]) + 1, before[j - 1] + cost)
        for j in range(len(b) + 1):
            before[j] = now[j]
    return int(before[len(b)])


def bubble_sort(values: Any) -> None:
    n = len(values)
    for i in range(n):
        for j in range(n - i - 1):
            if values[j] > values[j + 1]:
                values[j], values[j + 1] = values[j + 1], values[j]


def greatest_divisors(n: int) -> int:
    total = 0
    for i in range(1, n):
        a = i
        b = n
        while b != 0:
            a, b = b, a % b
        total += a
    return total


def monte_carlo(n: int) -> float:
    state = 12345
    inside = 0
    for _ in range(n):
        state = (state * 1103515245 + 12345) % 2147483648
        x = state / 2147483648
        state = (state * 1103515245 + 12345) % 2147483648
        y = state / 2147483648
        if x * x + y * y < 1.0:
            inside += 1
    return 4.0 * inside / n


def functions() -> list[tuple[Callable[..., Any], tuple[Any, ...]]]:
    """Each with the arguments of one call that takes Python 10 to 300 ms."""
    chance = np.random.default_rng(0)
    a, b = chance.random((60, 60)), chance.random((60, 60))
    return [
        (mandelbrot, (-0.5, 0.5, 100_000)),
        (matmul, (a, b)),
        (fibonacci, (23,)),
        (longest_collatz, (2_000,)),
        (primes_below, (50_000,)),
        (total_distance, (chance.random((300, 2)),)),
        (moving_average, (chance.random(50_000), 20)),
        (trapezoid, (0.0, 3.0, 100_000)),
        (edit_distance, (chance.integers(0, 4, 200), chance.integers(0, 4, 200))),
        (bubble_sort, (chance.random(300),)),
        (greatest_divisors, (10_000,)),
        (monte_carlo, (50_000,)),
    ]
