"""Arithmetic on plain numbers, step by step: series, integrals and simulations."""

import math


def pi_leibniz(terms):
    total = 0.0
    sign = 1.0
    for i in range(terms):
        total += sign / (2 * i + 1)
        sign = -sign
    return 4.0 * total


def integrate_gaussian(low: float, high: float, steps: int) -> float:
    width = (high - low) / steps
    total = 0.0
    for i in range(steps):
        x = low + (i + 0.5) * width
        total += math.exp(-0.5 * x * x)
    return total * width / math.sqrt(2.0 * math.pi)


def newton_root(value, tolerance):
    guess = value if value > 1.0 else 1.0
    while abs(guess * guess - value) > tolerance:
        guess = 0.5 * (guess + value / guess)
    return guess


def bisect_cosine(low, high, steps):
    for _ in range(steps):
        middle = (low + high) / 2.0
        if math.cos(middle) - middle > 0.0:
            low = middle
        else:
            high = middle
    return (low + high) / 2.0


def harmonic(n):
    total = 0.0
    for i in range(1, n + 1):
        total += 1.0 / i
    return total


def simpson(low, high, steps):
    width = (high - low) / steps
    total = 0.0
    for i in range(steps + 1):
        x = low + i * width
        y = x * x * math.sin(x)
        if i == 0 or i == steps:
            total += y
        elif i % 2 == 1:
            total += 4.0 * y
        else:
            total += 2.0 * y
    return total * width / 3.0


def logistic_map(rate: float, start: float, turns: int) -> float:
    x = start
    for _ in range(turns):
        x = rate * x * (1.0 - x)
    return x


def pendulum(angle, length, seconds, steps):
    speed = 0.0
    dt = seconds / steps
    for _ in range(steps):
        speed -= 9.81 / length * math.sin(angle) * dt
        angle += speed * dt
    return angle


def lorenz(x, y, z, dt, steps):
    for _ in range(steps):
        dx = 10.0 * (y - x)
        dy = x * (28.0 - z) - y
        dz = x * y - 8.0 / 3.0 * z
        x += dx * dt
        y += dy * dt
        z += dz * dt
    return x + y + z


def compound(principal, rate, years):
    balance = principal
    for _ in range(years * 12):
        balance += balance * rate / 12.0
        balance -= 5.0
    return balance


def random_walk_hits(seed, steps):
    state = seed
    place = 0
    hits = 0
    for _ in range(steps):
        state = (state * 1103515245 + 12345) % 2147483648
        if state > 1073741824:
            place += 1
        else:
            place -= 1
        if place == 0:
            hits += 1
    return hits


def predator_prey(hares, foxes, dt, steps):
    for _ in range(steps):
        grown = 1.1 * hares - 0.4 * hares * foxes
        fed = 0.1 * hares * foxes - 0.4 * foxes
        hares += grown * dt
        foxes += fed * dt
    return hares


CASES = {
    "series and integrals": [
        (pi_leibniz, lambda chance: (chance.randint(3000, 9000),)),
        (integrate_gaussian, lambda chance: (-2.0, chance.uniform(1.0, 3.0), 2000)),
        (newton_root, lambda chance: (chance.uniform(2.0, 900.0), 1e-9)),
        (bisect_cosine, lambda chance: (0.0, chance.uniform(1.0, 2.0), 40)),
        (harmonic, lambda chance: (chance.randint(500, 3000),)),
        (simpson, lambda chance: (0.0, chance.uniform(1.0, 6.0), 400)),
    ],
    "simulations": [
        (logistic_map, lambda chance: (3.7, chance.random(), 1000)),
        (pendulum, lambda chance: (chance.uniform(0.1, 1.0), 1.0, 5.0, 1500)),
        (lorenz, lambda chance: (1.0, chance.random(), 1.0, 0.005, 1000)),
        (compound, lambda chance: (chance.uniform(1e3, 1e5), 0.04, 20)),
        (random_walk_hits, lambda chance: (chance.randint(1, 10**6), 2000)),
        (predator_prey, lambda chance: (10.0, chance.uniform(3.0, 9.0), 0.01, 300)),
    ],
}
