"""Graphs, queues, heaps and intervals."""

import heapq
from collections import deque

from evals.compiler.functions.arguments import graph, ints


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


CASES = {
    "graphs": [
        (breadth_first, lambda chance: (graph(chance, 60), 0)),
        (reachable, lambda chance: (graph(chance, 80), 0)),
        (dijkstra, lambda chance: ({i: [(chance.randrange(40), chance.random()) for _ in range(4)] for i in range(40)}, 0)),
        (topological, lambda chance: ({i: [j for j in range(i + 1, 30) if chance.random() < 0.2] for i in range(30)},)),
        (components, lambda chance: (60, [(chance.randrange(60), chance.randrange(60)) for _ in range(50)])),
        (count_triangles, lambda chance: ([[int(chance.random() < 0.4) for _ in range(20)] for _ in range(20)],)),
    ],
    "queues and intervals": [
        (running_median, lambda chance: ([chance.random() for _ in range(80)],)),
        (merge_intervals, lambda chance: ([(a, a + chance.randint(1, 9)) for a in chance.sample(range(200), 40)],)),
        (chunked, lambda chance: (list(range(chance.randint(100, 300))), 16)),
        (running_total, ints(200, 99)),
        (evaluate_rpn, lambda chance: (["1", *[part for _ in range(30) for part in (str(chance.randint(1, 3)), "+")]],)),
    ],
}
