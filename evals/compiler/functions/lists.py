"""Loops over lists of numbers: sorting and searching, statistics, dynamic programming, matrices as nested lists."""


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


def knapsack(weights: list[int], values: list[int], capacity: int) -> int:
    best = [0] * (capacity + 1)
    for i in range(len(weights)):
        for room in range(capacity, weights[i] - 1, -1):
            with_it = best[room - weights[i]] + values[i]
            if with_it > best[room]:
                best[room] = with_it
    return best[capacity]


def coin_ways(coins, amount):
    ways = [0] * (amount + 1)
    ways[0] = 1
    for coin in coins:
        for total in range(coin, amount + 1):
            ways[total] += ways[total - coin]
    return ways[amount]


def longest_increasing(values):
    lengths = [1] * len(values)
    best = 0
    for i in range(len(values)):
        for j in range(i):
            if values[j] < values[i] and lengths[j] + 1 > lengths[i]:
                lengths[i] = lengths[j] + 1
        if lengths[i] > best:
            best = lengths[i]
    return best


def largest_sum(values):
    best = values[0]
    here = values[0]
    for i in range(1, len(values)):
        here = here + values[i] if here > 0 else values[i]
        if here > best:
            best = here
    return best


def trapped_water(heights):
    left = 0
    right = len(heights) - 1
    left_top = 0
    right_top = 0
    water = 0
    while left < right:
        if heights[left] < heights[right]:
            if heights[left] >= left_top:
                left_top = heights[left]
            else:
                water += left_top - heights[left]
            left += 1
        else:
            if heights[right] >= right_top:
                right_top = heights[right]
            else:
                water += right_top - heights[right]
            right -= 1
    return water


def pascal_row(n):
    row = [1]
    for _ in range(n):
        row = [1] + [row[i] + row[i + 1] for i in range(len(row) - 1)] + [1]
    return row


def matmul(a, b):
    rows = len(a)
    columns = len(b[0])
    inner = len(b)
    out = [[0.0] * columns for _ in range(rows)]
    for i in range(rows):
        for j in range(columns):
            total = 0.0
            for k in range(inner):
                total += a[i][k] * b[k][j]
            out[i][j] = total
    return out


def transpose(matrix):
    return [list(row) for row in zip(*matrix)]


def trace_of(matrix):
    total = 0.0
    for i in range(len(matrix)):
        total += matrix[i][i]
    return total


def determinant(matrix):
    a = [row[:] for row in matrix]
    n = len(a)
    result = 1.0
    for i in range(n):
        pivot = max(range(i, n), key=lambda row: abs(a[row][i]))
        if a[pivot][i] == 0.0:
            return 0.0
        if pivot != i:
            a[i], a[pivot] = a[pivot], a[i]
            result = -result
        result *= a[i][i]
        for row in range(i + 1, n):
            factor = a[row][i] / a[i][i]
            for column in range(i, n):
                a[row][column] -= factor * a[i][column]
    return result


def largest_island(grid):
    best = 0
    for i in range(len(grid)):
        for j in range(len(grid[0])):
            run = 0
            k = j
            while k < len(grid[0]) and grid[i][k] == 1:
                run += 1
                k += 1
            if run > best:
                best = run
    return best


def diagonal_sums(grid: list[list[int]]) -> int:
    total = 0
    n = len(grid)
    for i in range(n):
        total += grid[i][i] + grid[i][n - 1 - i]
    return total


def _floats(n):
    return lambda chance: ([chance.uniform(-50, 50) for _ in range(n)],)


def _ints(n, top=1000):
    return lambda chance: ([chance.randint(0, top) for _ in range(n)],)


def _matrix(chance, n, m):
    return [[chance.uniform(-1, 1) for _ in range(m)] for _ in range(n)]


CASES = {
    "sorting and searching": [
        (bubble_sort, _ints(80)),
        (insertion_sort, _floats(70)),
        (binary_search, lambda chance: (sorted(chance.sample(range(10**5), 2000)), chance.randint(0, 10**5))),
        (counting_sort, lambda chance: ([chance.randint(0, 50) for _ in range(500)], 50)),
        (index_of_largest, _floats(300)),
        (count_inversions, _ints(60)),
    ],
    "statistics of lists": [
        (mean, _floats(200)),
        (variance, _floats(1000)),
        (median, _floats(101)),
        (correlation, lambda chance: (_floats(200)(chance)[0], _floats(200)(chance)[0])),
        (moving_average, lambda chance: (_floats(300)(chance)[0], 10)),
        (exponential_smoothing, lambda chance: (_floats(400)(chance)[0], 0.3)),
        (dot, lambda chance: (_floats(64)(chance)[0], _floats(64)(chance)[0])),
        (largest_drop, _floats(250)),
    ],
    "dynamic programming": [
        (knapsack, lambda chance: ([chance.randint(1, 20) for _ in range(20)], _ints(20)(chance)[0], 100)),
        (coin_ways, lambda chance: ([1, 2, 5, 10, 20, 50], chance.randint(200, 400))),
        (longest_increasing, _ints(80)),
        (largest_sum, lambda chance: ([chance.randint(-50, 50) for _ in range(300)],)),
        (trapped_water, _ints(200, 30)),
        (pascal_row, lambda chance: (chance.randint(10, 25),)),
    ],
    "nested lists": [
        (matmul, lambda chance: (_matrix(chance, 12, 12), _matrix(chance, 12, 12))),
        (transpose, lambda chance: (_matrix(chance, 20, 30),)),
        (trace_of, lambda chance: (_matrix(chance, 15, 15),)),
        (determinant, lambda chance: (_matrix(chance, 8, 8),)),
        (largest_island, lambda chance: ([[int(chance.random() < 0.6) for _ in range(20)] for _ in range(20)],)),
        (diagonal_sums, lambda chance: ([[chance.randint(0, 9) for _ in range(12)] for _ in range(12)],)),
    ],
}
