"""Lists that are filled or nested: dynamic programming, matrices and grids."""


from evals.compiler.functions.arguments import ints, matrix


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


CASES = {
    "dynamic programming": [
        (knapsack, lambda chance: ([chance.randint(1, 20) for _ in range(20)], ints(20)(chance)[0], 100)),
        (coin_ways, lambda chance: ([1, 2, 5, 10, 20, 50], chance.randint(200, 400))),
        (longest_increasing, ints(80)),
        (largest_sum, lambda chance: ([chance.randint(-50, 50) for _ in range(300)],)),
        (trapped_water, ints(200, 30)),
        (pascal_row, lambda chance: (chance.randint(10, 25),)),
    ],
    "nested lists": [
        (matmul, lambda chance: (matrix(chance, 12, 12), matrix(chance, 12, 12))),
        (transpose, lambda chance: (matrix(chance, 20, 30),)),
        (trace_of, lambda chance: (matrix(chance, 15, 15),)),
        (determinant, lambda chance: (matrix(chance, 8, 8),)),
        (largest_island, lambda chance: ([[int(chance.random() < 0.6) for _ in range(20)] for _ in range(20)],)),
        (diagonal_sums, lambda chance: ([[chance.randint(0, 9) for _ in range(12)] for _ in range(12)],)),
    ],
}
