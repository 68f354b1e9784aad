"""Arithmetic on plain numbers: number theory and formulas."""

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
