"""Arithmetic on plain numbers: number theory, series and integrals, simulations, scores."""

import math


def is_prime(n: int) -> bool:
    if n < 2:
        return False
    if n % 2 == 0:
        return n == 2
    divisor = 3
    while divisor * divisor <= n:
        if n % divisor == 0:
            return False
        divisor += 2
    return True


def gcd(a, b):
    while b:
        a, b = b, a % b
    return a


def collatz_length(n):
    steps = 0
    while n != 1:
        if n % 2 == 0:
            n //= 2
        else:
            n = 3 * n + 1
        steps += 1
    return steps


def sum_of_divisors(n: int) -> int:
    total = 0
    for i in range(1, n + 1):
        if n % i == 0:
            total += i
    return total


def count_primes(limit):
    count = 0
    for n in range(2, limit):
        prime = True
        d = 2
        while d * d <= n:
            if n % d == 0:
                prime = False
                break
            d += 1
        if prime:
            count += 1
    return count


def totient(n):
    result = n
    p = 2
    while p * p <= n:
        if n % p == 0:
            while n % p == 0:
                n //= p
            result -= result // p
        p += 1
    if n > 1:
        result -= result // n
    return result


def power_mod(base: int, exponent: int, modulus: int) -> int:
    result = 1
    base %= modulus
    while exponent > 0:
        if exponent & 1:
            result = result * base % modulus
        base = base * base % modulus
        exponent >>= 1
    return result


def digit_sum(n):
    total = 0
    while n > 0:
        total += n % 10
        n //= 10
    return total


def happy_numbers(limit):
    found = 0
    for start in range(1, limit):
        n = start
        while n != 1 and n != 4:
            total = 0
            while n:
                digit = n % 10
                total += digit * digit
                n //= 10
            n = total
        if n == 1:
            found += 1
    return found


def big_factorial(n):
    result = 1
    for i in range(2, n + 1):
        result *= i
    return result


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


def clamp(value, low, high):
    if value < low:
        return low
    if value > high:
        return high
    return value


def lerp(a: float, b: float, t: float) -> float:
    return a + (b - a) * t


def haversine(lat1, lon1, lat2, lon2):
    p1 = math.radians(lat1)
    p2 = math.radians(lat2)
    dp = p2 - p1
    dl = math.radians(lon2 - lon1)
    a = math.sin(dp / 2) ** 2 + math.cos(p1) * math.cos(p2) * math.sin(dl / 2) ** 2
    return 2 * 6371.0 * math.asin(math.sqrt(a))


def quadratic_root(a, b, c):
    inside = b * b - 4.0 * a * c
    if inside < 0.0:
        return 0.0
    return (-b + math.sqrt(inside)) / (2.0 * a)


def leap_year(year):
    return year % 4 == 0 and (year % 100 != 0 or year % 400 == 0)


def celsius(fahrenheit):
    return (fahrenheit - 32.0) * 5.0 / 9.0


def learning_rate(step, warmup, total, peak):
    if step < warmup:
        return peak * step / warmup
    progress = (step - warmup) / (total - warmup)
    return 0.5 * peak * (1.0 + math.cos(math.pi * progress))


def normal_density(x, mean, deviation):
    z = (x - mean) / deviation
    return math.exp(-0.5 * z * z) / (deviation * math.sqrt(2.0 * math.pi))


CASES = {
    "number theory": [
        (is_prime, lambda chance: (chance.choice([10007, 99991, 1000003]),)),
        (gcd, lambda chance: (chance.randint(10**5, 10**6), chance.randint(10**5, 10**6))),
        (collatz_length, lambda chance: (chance.randint(1000, 9000),)),
        (sum_of_divisors, lambda chance: (chance.randint(2000, 4000),)),
        (count_primes, lambda chance: (chance.randint(400, 900),)),
        (totient, lambda chance: (chance.randint(50000, 90000),)),
        (power_mod, lambda chance: (chance.randint(2, 999), chance.randint(10**4, 10**6), 1000003)),
        (digit_sum, lambda chance: (chance.randint(10**8, 10**12),)),
        (happy_numbers, lambda chance: (chance.randint(80, 160),)),
        (big_factorial, lambda chance: (chance.randint(30, 120),)),
    ],
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
    "formulas": [
        (clamp, lambda chance: (chance.uniform(-2.0, 2.0), -1.0, 1.0)),
        (lerp, lambda chance: (chance.random(), chance.random(), chance.random())),
        (haversine, lambda chance: tuple(chance.uniform(-80.0, 80.0) for _ in range(4))),
        (quadratic_root, lambda chance: (1.0, chance.uniform(3.0, 9.0), 1.0)),
        (leap_year, lambda chance: (chance.randint(1900, 2100),)),
        (celsius, lambda chance: (chance.uniform(-40.0, 120.0),)),
        (learning_rate, lambda chance: (chance.randint(0, 999), 100, 1000, 3e-4)),
        (normal_density, lambda chance: (chance.gauss(0, 1), 0.0, 1.0)),
    ],
}
