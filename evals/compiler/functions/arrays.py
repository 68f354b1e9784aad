"""Loops over NumPy arrays written by hand, and code that leaves the loops to NumPy."""

import math

import numpy as np


def pairwise_nearest(points):
    best = 1e300
    for i in range(points.shape[0]):
        for j in range(i):
            dx = points[i, 0] - points[j, 0]
            dy = points[i, 1] - points[j, 1]
            distance = dx * dx + dy * dy
            if distance < best:
                best = distance
    return math.sqrt(best)


def heat_step(grid, rate):
    out = np.zeros((grid.shape[0], grid.shape[1]))
    for i in range(1, grid.shape[0] - 1):
        for j in range(1, grid.shape[1] - 1):
            around = grid[i - 1, j] + grid[i + 1, j] + grid[i, j - 1] + grid[i, j + 1]
            out[i, j] = grid[i, j] + rate * (around - 4.0 * grid[i, j])
    return out


def convolve(signal, kernel):
    n = len(signal) - len(kernel) + 1
    out = np.zeros(n)
    for i in range(n):
        total = 0.0
        for j in range(len(kernel)):
            total += signal[i + j] * kernel[j]
        out[i] = total
    return out


def game_of_life(cells):
    rows, columns = cells.shape[0], cells.shape[1]
    out = np.zeros((rows, columns), np.int64)
    for i in range(rows):
        for j in range(columns):
            near = 0
            for a in range(-1, 2):
                for b in range(-1, 2):
                    if a != 0 or b != 0:
                        near += cells[(i + a) % rows, (j + b) % columns]
            if near == 3 or (near == 2 and cells[i, j] == 1):
                out[i, j] = 1
    return out


def sobel(image):
    out = np.zeros((image.shape[0], image.shape[1]))
    for i in range(1, image.shape[0] - 1):
        for j in range(1, image.shape[1] - 1):
            gx = image[i - 1, j + 1] + 2 * image[i, j + 1] + image[i + 1, j + 1]
            gx -= image[i - 1, j - 1] + 2 * image[i, j - 1] + image[i + 1, j - 1]
            gy = image[i + 1, j - 1] + 2 * image[i + 1, j] + image[i + 1, j + 1]
            gy -= image[i - 1, j - 1] + 2 * image[i - 1, j] + image[i - 1, j + 1]
            out[i, j] = math.sqrt(gx * gx + gy * gy)
    return out


def zero_crossings(signal):
    count = 0
    for i in range(1, len(signal)):
        if (signal[i - 1] < 0.0) != (signal[i] < 0.0):
            count += 1
    return count


def autocorrelation(signal, lag):
    total = 0.0
    for i in range(len(signal) - lag):
        total += signal[i] * signal[i + lag]
    return total


def dtw(a, b):
    cost = np.zeros((len(a) + 1, len(b) + 1))
    for i in range(1, len(a) + 1):
        cost[i, 0] = 1e300
    for j in range(1, len(b) + 1):
        cost[0, j] = 1e300
    for i in range(1, len(a) + 1):
        for j in range(1, len(b) + 1):
            least = min(min(cost[i - 1, j], cost[i, j - 1]), cost[i - 1, j - 1])
            cost[i, j] = abs(a[i - 1] - b[j - 1]) + least
    return cost[len(a), len(b)]


def count_peaks(signal, height):
    count = 0
    for i in range(1, len(signal) - 1):
        if signal[i] > height and signal[i] > signal[i - 1] and signal[i] >= signal[i + 1]:
            count += 1
    return count


def floyd_warshall(distances):
    n = distances.shape[0]
    out = np.zeros((n, n))
    for i in range(n):
        for j in range(n):
            out[i, j] = distances[i, j]
    for k in range(n):
        for i in range(n):
            for j in range(n):
                if out[i, k] + out[k, j] < out[i, j]:
                    out[i, j] = out[i, k] + out[k, j]
    return out


def run_lengths(values):
    out = np.zeros(len(values), np.int64)
    for i in range(len(values)):
        if i > 0 and values[i] == values[i - 1]:
            out[i] = out[i - 1] + 1
        else:
            out[i] = 1
    return out


def histogram(values, bins, low, high):
    counts = np.zeros(bins, np.int64)
    for i in range(len(values)):
        place = int((values[i] - low) / (high - low) * bins)
        if 0 <= place < bins:
            counts[place] += 1
    return counts


def cholesky(matrix):
    n = matrix.shape[0]
    lower = np.zeros((n, n))
    for i in range(n):
        for j in range(i + 1):
            total = matrix[i, j]
            for k in range(j):
                total -= lower[i, k] * lower[j, k]
            if i == j:
                lower[i, j] = math.sqrt(total)
            else:
                lower[i, j] = total / lower[j, j]
    return lower


def back_substitute(upper, right):
    n = len(right)
    x = np.zeros(n)
    for i in range(n - 1, -1, -1):
        total = right[i]
        for j in range(i + 1, n):
            total -= upper[i, j] * x[j]
        x[i] = total / upper[i, i]
    return x


def power_iteration(matrix, turns):
    n = matrix.shape[0]
    vector = np.ones(n)
    for _ in range(turns):
        made = np.zeros(n)
        for i in range(n):
            for j in range(n):
                made[i] += matrix[i, j] * vector[j]
        length = 0.0
        for i in range(n):
            length += made[i] * made[i]
        length = math.sqrt(length)
        for i in range(n):
            vector[i] = made[i] / length
    return vector


def gram(vectors):
    n = vectors.shape[0]
    out = np.zeros((n, n))
    for i in range(n):
        for j in range(n):
            total = 0.0
            for k in range(vectors.shape[1]):
                total += vectors[i, k] * vectors[j, k]
            out[i, j] = total
    return out


def softmax(scores: np.ndarray) -> np.ndarray:
    shifted = np.exp(scores - scores.max(axis=1, keepdims=True))
    return shifted / shifted.sum(axis=1, keepdims=True)


def standardise(table):
    return (table - table.mean(axis=0)) / (table.std(axis=0) + 1e-8)


def cosine_similarity(a, b):
    return float(a @ b / (np.linalg.norm(a) * np.linalg.norm(b)))


def one_hot(labels, classes):
    out = np.zeros((len(labels), classes))
    out[np.arange(len(labels)), labels] = 1.0
    return out


def rmse(predicted, actual):
    return float(np.sqrt(np.mean((predicted - actual) ** 2)))


def polynomial_features(x):
    return np.stack([np.ones_like(x), x, x**2, x**3], axis=1)


def top_k(scores, k):
    order = np.argsort(scores)[::-1]
    return order[:k].tolist()


def rolling_mean(values, width):
    sums = np.cumsum(np.insert(values, 0, 0.0))
    return (sums[width:] - sums[:-width]) / width


def _vector(n):
    return lambda chance: (np.random.default_rng(chance.randint(0, 999)).normal(size=n),)


def _table(chance, *shape):
    return np.random.default_rng(chance.randint(0, 999)).random(shape)


def _definite(chance, n):
    a = _table(chance, n, n)
    return a @ a.T + n * np.eye(n)


CASES = {
    "grids by hand": [
        (pairwise_nearest, lambda chance: (_table(chance, 40, 2),)),
        (heat_step, lambda chance: (_table(chance, 24, 24), 0.1)),
        (game_of_life, lambda chance: ((_table(chance, 16, 16) < 0.4).astype(np.int64),)),
        (sobel, lambda chance: (_table(chance, 28, 28),)),
        (floyd_warshall, lambda chance: (_table(chance, 12, 12),)),
    ],
    "signals by hand": [
        (convolve, lambda chance: (_table(chance, 256), _table(chance, 7))),
        (zero_crossings, _vector(500)),
        (autocorrelation, lambda chance: (_table(chance, 400), 5)),
        (dtw, lambda chance: (_table(chance, 25), _table(chance, 25))),
        (count_peaks, lambda chance: (_table(chance, 300), 0.5)),
        (run_lengths, lambda chance: ((_table(chance, 300) < 0.5).astype(np.int64),)),
        (histogram, lambda chance: (_table(chance, 400), 10, 0.0, 1.0)),
    ],
    "linear algebra by hand": [
        (cholesky, lambda chance: (_definite(chance, 14),)),
        (back_substitute, lambda chance: (np.triu(_definite(chance, 20)), _table(chance, 20))),
        (power_iteration, lambda chance: (_definite(chance, 8), 10)),
        (gram, lambda chance: (_table(chance, 10, 16),)),
    ],
    "numpy itself": [
        (softmax, lambda chance: (_table(chance, 64, 10),)),
        (standardise, lambda chance: (_table(chance, 200, 8),)),
        (cosine_similarity, lambda chance: (_table(chance, 128), _table(chance, 128))),
        (one_hot, lambda chance: ((_table(chance, 64) * 10).astype(np.int64), 10)),
        (rmse, lambda chance: (_table(chance, 500), _table(chance, 500))),
        (polynomial_features, _vector(300)),
        (top_k, lambda chance: (_table(chance, 1000), 5)),
        (rolling_mean, lambda chance: (_table(chance, 1000), 20)),
    ],
}
