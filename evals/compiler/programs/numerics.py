"""Numeric code: algorithms as people write them, and packages that search and optimise."""

# traced: pymoo,cma,optuna,autograd,tuners,narwhals,plotly,moocore,multipledispatch,cycler,fontTools

import math
import random

import autograd
import autograd.numpy as anp
import cma
import optuna
from fontTools.misc import arrayTools, bezierTools, transform
from fontTools.pens.svgPathPen import SVGPathPen
from pymoo.algorithms.soo.nonconvex.ga import GA
from pymoo.optimize import minimize
from pymoo.problems import get_problem


def sieve(limit):
    flags = [True] * (limit + 1)
    for number in range(2, int(math.sqrt(limit)) + 1):
        if flags[number]:
            for multiple in range(number * number, limit + 1, number):
                flags[multiple] = False
    return [number for number in range(2, limit + 1) if flags[number]]


def matmul(left, right):
    rows, inner, columns = len(left), len(right), len(right[0])
    result = [[0.0] * columns for _ in range(rows)]
    for i in range(rows):
        for j in range(columns):
            total = 0.0
            for k in range(inner):
                total += left[i][k] * right[k][j]
            result[i][j] = total
    return result


def simpson(function, low, high, steps=10):
    width = (high - low) / steps
    area = function(low) + function(high)
    for i in range(1, steps):
        area += function(low + i * width) * (4 if i % 2 else 2)
    return area * width / 3


def mandelbrot(size, limit):
    counts = []
    for row in range(size):
        for column in range(size):
            c = complex(3.0 * column / size - 2.0, 2.0 * row / size - 1.0)
            z, steps = 0j, 0
            while abs(z) < 2 and steps < limit:
                z = z * z + c
                steps += 1
            counts.append(steps)
    return counts


def levenshtein(a, b):
    previous = list(range(len(b) + 1))
    for i, left in enumerate(a, 1):
        current = [i]
        for j, right in enumerate(b, 1):
            cost = 0 if left == right else 1
            current.append(min(previous[j] + 1, current[j - 1] + 1, previous[j - 1] + cost))
        previous = current
    return previous[-1]


def mean_and_deviation(values):
    mean = sum(values) / len(values)
    variance = sum((value - mean) ** 2 for value in values) / (len(values) - 1)
    return mean, math.sqrt(variance)


def newton(function, derivative, guess, tolerance=1e-9, limit=50):
    for step in range(limit):
        delta = function(guess) / derivative(guess)
        guess -= delta
        if abs(delta) < tolerance:
            return guess, step
    return guess, limit


def walk(steps, seed):
    generator = random.Random(seed)
    x = y = 0.0
    farthest = 0.0
    for _ in range(steps):
        angle = generator.uniform(0, 2 * math.pi)
        x += math.cos(angle)
        y += math.sin(angle)
        farthest = max(farthest, math.hypot(x, y))
    return farthest


def searches() -> float:
    optuna.logging.set_verbosity(optuna.logging.ERROR)
    study = optuna.create_study(direction="minimize", sampler=optuna.samplers.TPESampler(seed=1, n_startup_trials=4))
    study.optimize(lambda trial: trial.suggest_float("x", -3, 3) ** 2 + trial.suggest_int("n", 1, 5), n_trials=12)
    best = cma.fmin2(lambda x: float(sum(value**2 for value in x)), [1.0, 2.0], 0.5, {"maxfevals": 200, "verbose": -9})[
        0
    ]
    found = minimize(get_problem("sphere", n_var=3), GA(pop_size=10), ("n_gen", 5), seed=1)
    slope = autograd.grad(lambda x: anp.sum(anp.tanh(x) ** 2))(anp.array([0.1, 0.2]))
    return float(study.best_value + best[0] + found.F[0] + slope[0])


def shapes() -> float:
    box = arrayTools.calcBounds([(0, 1), (2, 3), (-1, 0.5)])
    curves = bezierTools.splitCubicAtT((0, 0), (1, 2), (3, 2), (4, 0), 0.3, 0.6)
    pen = SVGPathPen(None)
    pen.moveTo((0, 0))
    pen.curveTo((1, 2), (3, 2), (4, 0))
    pen.closePath()
    moved = transform.Identity.translate(1, 2).rotate(0.5).scale(2).transformPoint((1, 1))
    return (
        len(pen.getCommands())
        + moved[0]
        + box[0]
        + len(curves)
        + bezierTools.calcCubicArcLength((0, 0), (1, 2), (3, 2), (4, 0))
    )


print(len(sieve(500)), matmul([[1.0, 2.0], [3.0, 4.0]], [[5.0, 6.0], [7.0, 8.0]]), simpson(math.sin, 0.0, math.pi))
print(len(mandelbrot(12, 20)), levenshtein("kitten", "sitting"), mean_and_deviation([1.0, 2.5, 4.0]), walk(50, 3))
print(newton(lambda x: x * x - 2, lambda x: 2 * x, 1.0), searches(), shapes())
