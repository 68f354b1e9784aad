"""Loops over lists of numbers: sorting and searching, statistics."""


from evals.compiler.functions.arguments import floats, ints


def bubble_sort(values):
    values = list(values)
    n = len(values)
    for i in range(n):
        for j in range(n - i - 1):
            if values[j] > values[j + 1]:
                values[j], values[j + 1] = values[j + 1], values[j]
    return values


def insertion_sort(values: list) -> None:
    for i in range(1, len(values)):
        key = values[i]
        j = i - 1
        while j >= 0 and values[j] > key:
            values[j + 1] = values[j]
            j -= 1
        values[j + 1] = key


def binary_search(values: list[int], wanted: int) -> int:
    low = 0
    high = len(values) - 1
    while low <= high:
        middle = (low + high) // 2
        if values[middle] == wanted:
            return middle
        if values[middle] < wanted:
            low = middle + 1
        else:
            high = middle - 1
    return -1


def counting_sort(values, top):
    counts = [0] * (top + 1)
    for value in values:
        counts[value] += 1
    result = []
    for number in range(top + 1):
        result.extend([number] * counts[number])
    return result


def index_of_largest(values):
    best = 0
    for i in range(1, len(values)):
        if values[i] > values[best]:
            best = i
    return best


def count_inversions(values):
    count = 0
    for i in range(len(values)):
        for j in range(i + 1, len(values)):
            if values[i] > values[j]:
                count += 1
    return count


def mean(values):
    total = 0.0
    for value in values:
        total += value
    return total / len(values)


def variance(values: list[float]) -> float:
    middle = 0.0
    for value in values:
        middle += value
    middle /= len(values)
    total = 0.0
    for value in values:
        total += (value - middle) * (value - middle)
    return total / (len(values) - 1)


def median(values):
    ordered = sorted(values)
    n = len(ordered)
    if n % 2:
        return ordered[n // 2]
    return (ordered[n // 2 - 1] + ordered[n // 2]) / 2


def correlation(xs, ys):
    n = len(xs)
    mx = sum(xs) / n
    my = sum(ys) / n
    top = sum((x - mx) * (y - my) for x, y in zip(xs, ys))
    left = sum((x - mx) ** 2 for x in xs)
    right = sum((y - my) ** 2 for y in ys)
    return top / (left * right) ** 0.5


def moving_average(values, width):
    out = []
    for i in range(len(values) - width + 1):
        out.append(sum(values[i : i + width]) / width)
    return out


def exponential_smoothing(values, alpha):
    level = values[0]
    out = []
    for value in values:
        level = alpha * value + (1.0 - alpha) * level
        out.append(level)
    return out


def dot(xs, ys):
    total = 0.0
    for i in range(len(xs)):
        total += xs[i] * ys[i]
    return total


def largest_drop(prices):
    peak = prices[0]
    worst = 0.0
    for price in prices:
        if price > peak:
            peak = price
        if peak - price > worst:
            worst = peak - price
    return worst


CASES = {
    "sorting and searching": [
        (bubble_sort, ints(80)),
        (insertion_sort, floats(70)),
        (binary_search, lambda chance: (sorted(chance.sample(range(10**5), 2000)), chance.randint(0, 10**5))),
        (counting_sort, lambda chance: ([chance.randint(0, 50) for _ in range(500)], 50)),
        (index_of_largest, floats(300)),
        (count_inversions, ints(60)),
    ],
    "statistics of lists": [
        (mean, floats(200)),
        (variance, floats(1000)),
        (median, floats(101)),
        (correlation, lambda chance: (floats(200)(chance)[0], floats(200)(chance)[0])),
        (moving_average, lambda chance: (floats(300)(chance)[0], 10)),
        (exponential_smoothing, lambda chance: (floats(400)(chance)[0], 0.3)),
        (dot, lambda chance: (floats(64)(chance)[0], floats(64)(chance)[0])),
        (largest_drop, floats(250)),
    ],
}
