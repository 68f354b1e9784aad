"""Functions that call themselves: on numbers, on trees, by trying all."""


def fibonacci(n: int) -> int:
    if n < 2:
        return n
    return fibonacci(n - 1) + fibonacci(n - 2)


def ackermann(m, n):
    if m == 0:
        return n + 1
    if n == 0:
        return ackermann(m - 1, 1)
    return ackermann(m - 1, ackermann(m, n - 1))


def binomial(n, k):
    if k == 0 or k == n:
        return 1
    return binomial(n - 1, k - 1) + binomial(n - 1, k)


def hanoi_moves(discs, source, target, spare):
    if discs == 0:
        return 0
    left = hanoi_moves(discs - 1, source, spare, target)
    return left + 1 + hanoi_moves(discs - 1, spare, target, source)


def count_partitions(n, largest):
    if n == 0:
        return 1
    if n < 0 or largest == 0:
        return 0
    return count_partitions(n - largest, largest) + count_partitions(n, largest - 1)


def fast_power(base: float, exponent: int) -> float:
    if exponent == 0:
        return 1.0
    half = fast_power(base, exponent // 2)
    if exponent % 2 == 0:
        return half * half
    return half * half * base


def grid_paths(rows, columns):
    if rows == 1 or columns == 1:
        return 1
    return grid_paths(rows - 1, columns) + grid_paths(rows, columns - 1)


def takeuchi(x, y, z):
    if y >= x:
        return z
    return takeuchi(takeuchi(x - 1, y, z), takeuchi(y - 1, z, x), takeuchi(z - 1, x, y))


def queens(n, row, columns, left, right):
    if row == n:
        return 1
    count = 0
    for column in range(n):
        bit = 1 << column
        up = 1 << (row + column)
        down = 1 << (row - column + n)
        if columns & bit or left & up or right & down:
            continue
        count += queens(n, row + 1, columns | bit, left | up, right | down)
    return count


def quicksort(values):
    if len(values) <= 1:
        return values
    pivot = values[len(values) // 2]
    smaller = [v for v in values if v < pivot]
    same = [v for v in values if v == pivot]
    larger = [v for v in values if v > pivot]
    return quicksort(smaller) + same + quicksort(larger)


def merge_sort(values: list[int]) -> list[int]:
    if len(values) < 2:
        return values
    middle = len(values) // 2
    left = merge_sort(values[:middle])
    right = merge_sort(values[middle:])
    out = []
    i = j = 0
    while i < len(left) and j < len(right):
        if left[i] <= right[j]:
            out.append(left[i])
            i += 1
        else:
            out.append(right[j])
            j += 1
    return out + left[i:] + right[j:]


def flatten(nested):
    out = []
    for item in nested:
        if isinstance(item, list):
            out.extend(flatten(item))
        else:
            out.append(item)
    return out


def depth_of(tree):
    if tree is None:
        return 0
    return 1 + max(depth_of(tree["left"]), depth_of(tree["right"]))


def sum_tree(tree):
    if tree is None:
        return 0
    return tree["value"] + sum_tree(tree["left"]) + sum_tree(tree["right"])


def subsets(items):
    if not items:
        return [[]]
    rest = subsets(items[1:])
    return rest + [[items[0], *subset] for subset in rest]


def permutations(text):
    if len(text) <= 1:
        return [text]
    return [text[i] + rest for i in range(len(text)) for rest in permutations(text[:i] + text[i + 1 :])]


def subset_sum(values, wanted, at):
    if wanted == 0:
        return True
    if wanted < 0 or at == len(values):
        return False
    return subset_sum(values, wanted - values[at], at + 1) or subset_sum(values, wanted, at + 1)


def evaluate(expression):
    if isinstance(expression, tuple):
        operator, left, right = expression
        a = evaluate(left)
        b = evaluate(right)
        if operator == "+":
            return a + b
        if operator == "*":
            return a * b
        return a - b
    return expression


def _tree(chance, depth):
    if depth == 0 or chance.random() < 0.1:
        return None
    return {"value": chance.randint(0, 99), "left": _tree(chance, depth - 1), "right": _tree(chance, depth - 1)}


def _expression(chance, depth):
    if depth == 0:
        return chance.randint(1, 9)
    return (chance.choice("+*-"), _expression(chance, depth - 1), _expression(chance, depth - 1))


CASES = {
    "recursion on numbers": [
        (fibonacci, lambda chance: (chance.randint(12, 16),)),
        (ackermann, lambda chance: (2, chance.randint(3, 7))),
        (binomial, lambda chance: (chance.randint(9, 12), 5)),
        (fast_power, lambda chance: (1.0001, chance.randint(100, 9000))),
        (takeuchi, lambda chance: (8, 4, chance.randint(0, 3))),
    ],
    "counting by recursion": [
        (hanoi_moves, lambda chance: (chance.randint(7, 9), 0, 1, 2)),
        (count_partitions, lambda chance: (chance.randint(14, 20), 10)),
        (grid_paths, lambda chance: (6, chance.randint(5, 7))),
        (queens, lambda chance: (chance.randint(5, 6), 0, 0, 0, 0)),
        (subset_sum, lambda chance: ([chance.randint(3, 60) for _ in range(12)], 10_001, 0)),
    ],
    "recursion on containers": [
        (quicksort, lambda chance: ([chance.randint(0, 999) for _ in range(100)],)),
        (merge_sort, lambda chance: ([chance.randint(0, 999) for _ in range(100)],)),
        (flatten, lambda chance: ([[chance.randint(0, 9), [1, [2, 3]]] for _ in range(20)],)),
        (subsets, lambda chance: (list(range(chance.randint(6, 8))),)),
        (permutations, lambda chance: ("".join(chance.sample("abcdefgh", 5)),)),
    ],
    "trees": [
        (depth_of, lambda chance: (_tree(chance, 7),)),
        (sum_tree, lambda chance: (_tree(chance, 7),)),
        (evaluate, lambda chance: (_expression(chance, 6),)),
    ],
}
