"""Dictionaries, sets, deques and heaps: grouping, graphs, caches, records."""

import heapq
from collections import Counter, defaultdict, deque


def group_by_length(words):
    groups = {}
    for word in words:
        groups.setdefault(len(word), []).append(word)
    return groups


def invert(mapping: dict) -> dict:
    return {value: key for key, value in mapping.items()}


def most_common(words):
    counts = {}
    for word in words:
        if word in counts:
            counts[word] += 1
        else:
            counts[word] = 1
    best = ""
    for word in counts:
        if best == "" or counts[word] > counts[best]:
            best = word
    return best


def histogram(values: list[int]) -> dict[int, int]:
    counts: dict[int, int] = {}
    for value in values:
        counts[value] = counts.get(value, 0) + 1
    return counts


def merge_counts(a, b):
    merged = dict(a)
    for key, value in b.items():
        merged[key] = merged.get(key, 0) + value
    return merged


def top_words(words, k):
    return Counter(words).most_common(k)


def sum_by_key(records):
    totals = defaultdict(float)
    for key, amount in records:
        totals[key] += amount
    return dict(totals)


def two_sum(values: list[int], wanted: int) -> int:
    seen: dict[int, int] = {}
    for i in range(len(values)):
        other = wanted - values[i]
        if other in seen:
            return seen[other] * 10000 + i
        seen[values[i]] = i
    return -1


def has_duplicates(values):
    seen = set()
    for value in values:
        if value in seen:
            return True
        seen.add(value)
    return False


def unique(values):
    seen = set()
    out = []
    for value in values:
        if value not in seen:
            seen.add(value)
            out.append(value)
    return out


def intersect(a, b):
    found = []
    i = 0
    j = 0
    while i < len(a) and j < len(b):
        if a[i] == b[j]:
            found.append(a[i])
            i += 1
            j += 1
        elif a[i] < b[j]:
            i += 1
        else:
            j += 1
    return found


def longest_consecutive(values):
    present = set(values)
    best = 0
    for value in present:
        if value - 1 not in present:
            length = 1
            while value + length in present:
                length += 1
            if length > best:
                best = length
    return best


def window_distinct(values, width):
    out = []
    for i in range(len(values) - width + 1):
        out.append(len(set(values[i : i + width])))
    return out


def sieve(n):
    flags = [True] * (n + 1)
    primes = []
    for i in range(2, n + 1):
        if flags[i]:
            primes.append(i)
            for j in range(i * i, n + 1, i):
                flags[j] = False
    return primes


def breadth_first(graph, start):
    distances = {start: 0}
    queue = deque([start])
    while queue:
        node = queue.popleft()
        for other in graph[node]:
            if other not in distances:
                distances[other] = distances[node] + 1
                queue.append(other)
    return distances


def reachable(graph: dict, start: int) -> int:
    seen = {start}
    stack = [start]
    while stack:
        node = stack.pop()
        for other in graph[node]:
            if other not in seen:
                seen.add(other)
                stack.append(other)
    return len(seen)


def dijkstra(graph, start):
    distances = {start: 0.0}
    heap = [(0.0, start)]
    while heap:
        distance, node = heapq.heappop(heap)
        if distance > distances[node]:
            continue
        for other, length in graph[node]:
            new = distance + length
            if other not in distances or new < distances[other]:
                distances[other] = new
                heapq.heappush(heap, (new, other))
    return distances


def topological(graph):
    degree = {node: 0 for node in graph}
    for node in graph:
        for other in graph[node]:
            degree[other] += 1
    ready = [node for node in graph if degree[node] == 0]
    order = []
    while ready:
        node = ready.pop()
        order.append(node)
        for other in graph[node]:
            degree[other] -= 1
            if degree[other] == 0:
                ready.append(other)
    return order


def components(n, edges):
    parent = list(range(n))
    for a, b in edges:
        while parent[a] != a:
            a = parent[a]
        while parent[b] != b:
            b = parent[b]
        if a != b:
            parent[a] = b
    return sum(1 for i in range(n) if parent[i] == i)


def count_triangles(matrix):
    n = len(matrix)
    count = 0
    for i in range(n):
        for j in range(i + 1, n):
            if matrix[i][j] == 1:
                for k in range(j + 1, n):
                    if matrix[i][k] == 1 and matrix[j][k] == 1:
                        count += 1
    return count


def running_median(values):
    low, high, out = [], [], []
    for value in values:
        heapq.heappush(low, -heapq.heappushpop(high, value))
        if len(low) > len(high):
            heapq.heappush(high, -heapq.heappop(low))
        out.append(high[0])
    return out


def merge_intervals(intervals):
    merged = []
    for start, end in sorted(intervals):
        if merged and start <= merged[-1][1]:
            merged[-1] = (merged[-1][0], max(merged[-1][1], end))
        else:
            merged.append((start, end))
    return merged


def filter_records(records, least):
    return [record["name"] for record in records if record["age"] >= least and record["active"]]


def average_by_team(records):
    sums = {}
    for record in records:
        total, count = sums.get(record["team"], (0, 0))
        sums[record["team"]] = (total + record["age"], count + 1)
    return {team: total / count for team, (total, count) in sums.items()}


def flatten_settings(settings, prefix):
    flat = {}
    for key, value in settings.items():
        name = f"{prefix}.{key}" if prefix else key
        if isinstance(value, dict):
            for inner, held in value.items():
                flat[f"{name}.{inner}"] = held
        else:
            flat[name] = value
    return flat


def chunked(values, size):
    return [values[i : i + size] for i in range(0, len(values), size)]


def running_total(values):
    total = 0
    out = []
    for value in values:
        total += value
        out.append(total)
    return out


def evaluate_rpn(tokens):
    stack = []
    for token in tokens:
        if token == "+":
            b = stack.pop()
            a = stack.pop()
            stack.append(a + b)
        elif token == "*":
            b = stack.pop()
            a = stack.pop()
            stack.append(a * b)
        else:
            stack.append(int(token))
    return stack[0]


WORDS = "alpha beta gamma delta epsilon zeta eta theta iota kappa lambda mu".split()


def _words(n):
    return lambda chance: (chance.choices(WORDS, k=n),)


def _ints(n, top):
    return lambda chance: ([chance.randint(0, top) for _ in range(n)],)


def _graph(chance, n):
    return {i: [chance.randrange(n) for _ in range(4)] for i in range(n)}


def _records(chance, n):
    return [
        {"name": chance.choice(WORDS), "age": chance.randint(18, 70), "active": chance.random() < 0.7,
         "team": chance.choice("abc")}
        for _ in range(n)
    ]


CASES = {
    "counting and grouping": [
        (group_by_length, _words(60)),
        (most_common, _words(150)),
        (histogram, _ints(300, 20)),
        (merge_counts, lambda chance: tuple({word: chance.randint(1, 9) for word in WORDS} for _ in range(2))),
        (top_words, lambda chance: (*_words(100)(chance), 3)),
        (sum_by_key, lambda chance: ([(chance.choice("abcd"), chance.random()) for _ in range(100)],)),
        (invert, lambda chance: ({word: i for i, word in enumerate(WORDS)},)),
    ],
    "sets and windows": [
        (two_sum, lambda chance: (*_ints(200, 9999)(chance), 19999)),
        (has_duplicates, lambda chance: (chance.sample(range(10**6), 200),)),
        (unique, _ints(200, 60)),
        (intersect, lambda chance: tuple(sorted(chance.sample(range(500), 150)) for _ in range(2))),
        (longest_consecutive, _ints(150, 200)),
        (window_distinct, lambda chance: (*_ints(100, 9)(chance), 8)),
        (sieve, lambda chance: (chance.randint(300, 1200),)),
    ],
    "graphs": [
        (breadth_first, lambda chance: (_graph(chance, 60), 0)),
        (reachable, lambda chance: (_graph(chance, 80), 0)),
        (dijkstra, lambda chance: ({i: [(chance.randrange(40), chance.random()) for _ in range(4)] for i in range(40)}, 0)),
        (topological, lambda chance: ({i: [j for j in range(i + 1, 30) if chance.random() < 0.2] for i in range(30)},)),
        (components, lambda chance: (60, [(chance.randrange(60), chance.randrange(60)) for _ in range(50)])),
        (count_triangles, lambda chance: ([[int(chance.random() < 0.4) for _ in range(20)] for _ in range(20)],)),
    ],
    "queues and intervals": [
        (running_median, lambda chance: ([chance.random() for _ in range(80)],)),
        (merge_intervals, lambda chance: ([(a, a + chance.randint(1, 9)) for a in chance.sample(range(200), 40)],)),
        (chunked, lambda chance: (list(range(chance.randint(100, 300))), 16)),
        (running_total, _ints(200, 99)),
        (evaluate_rpn, lambda chance: (["1", *[part for _ in range(30) for part in (str(chance.randint(1, 3)), "+")]],)),
    ],
    "records": [
        (filter_records, lambda chance: (_records(chance, 60), 30)),
        (average_by_team, lambda chance: (_records(chance, 60),)),
        (flatten_settings, lambda chance: ({word: {"a": 1, "b": chance.random()} for word in WORDS}, "")),
    ],
}
