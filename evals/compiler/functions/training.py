"""What training programs do in plain Python before the tensors: augmenting, featurising, batching, scoring."""

import math

import numpy as np


def flip_and_crop(image, top, left, size):
    out = np.zeros((size, size))
    for i in range(size):
        for j in range(size):
            out[i, j] = image[top + i, left + size - 1 - j]
    return out


def add_noise(image, seed, amount):
    state = seed
    out = np.zeros((image.shape[0], image.shape[1]))
    for i in range(image.shape[0]):
        for j in range(image.shape[1]):
            state = (state * 1103515245 + 12345) % 2147483648
            out[i, j] = image[i, j] + amount * (state / 2147483648.0 - 0.5)
    return out


def brighten(pixels: list[float], factor: float) -> list[float]:
    out = []
    for pixel in pixels:
        value = pixel * factor
        if value > 1.0:
            value = 1.0
        out.append(value)
    return out


def box_blur(image):
    out = np.zeros((image.shape[0], image.shape[1]))
    for i in range(1, image.shape[0] - 1):
        for j in range(1, image.shape[1] - 1):
            total = 0.0
            for a in range(-1, 2):
                for b in range(-1, 2):
                    total += image[i + a, j + b]
            out[i, j] = total / 9.0
    return out


def tokenize(text, vocabulary):
    ids = []
    for word in text.lower().split():
        ids.append(vocabulary.get(word, 0))
    return ids


def hashed_features(text: str, size: int) -> list[int]:
    counts = [0] * size
    for i in range(len(text) - 2):
        value = 0
        for j in range(3):
            value = (value * 31 + ord(text[i + j])) % 1000003
        counts[value % size] += 1
    return counts


def pad_batch(sequences, length):
    batch = []
    for sequence in sequences:
        row = sequence[:length]
        batch.append(row + [0] * (length - len(row)))
    return batch


def bucket_by_length(lengths, size):
    order = sorted(range(len(lengths)), key=lambda i: lengths[i])
    return [order[i : i + size] for i in range(0, len(order), size)]


def tf_idf(counts, documents, total):
    scores = {}
    for word, count in counts.items():
        scores[word] = count * math.log(total / (1 + documents.get(word, 0)))
    return scores


def log_mel(frequency):
    return 2595.0 * math.log10(1.0 + frequency / 700.0)


def confusion(actual, predicted, classes):
    table = np.zeros((classes, classes), np.int64)
    for i in range(len(actual)):
        table[actual[i], predicted[i]] += 1
    return table


def accuracy(actual, predicted):
    right = 0
    for a, b in zip(actual, predicted):
        if a == b:
            right += 1
    return right / len(actual)


def f1_score(actual, predicted):
    hit = missed = wrong = 0
    for i in range(len(actual)):
        if predicted[i] == 1 and actual[i] == 1:
            hit += 1
        elif predicted[i] == 1:
            wrong += 1
        elif actual[i] == 1:
            missed += 1
    if hit == 0:
        return 0.0
    return 2.0 * hit / (2.0 * hit + wrong + missed)


def roc_area(labels, scores):
    above = 0.0
    pairs = 0
    for i in range(len(labels)):
        if labels[i] == 1:
            for j in range(len(labels)):
                if labels[j] == 0:
                    pairs += 1
                    if scores[i] > scores[j]:
                        above += 1.0
                    elif scores[i] == scores[j]:
                        above += 0.5
    return above / pairs if pairs else 0.0


def cross_entropy(probabilities, labels):
    total = 0.0
    for i in range(len(labels)):
        total -= math.log(max(probabilities[i, labels[i]], 1e-12))
    return total / len(labels)


def intersection_over_union(a, b):
    width = min(a[2], b[2]) - max(a[0], b[0])
    height = min(a[3], b[3]) - max(a[1], b[1])
    if width <= 0.0 or height <= 0.0:
        return 0.0
    inside = width * height
    return inside / ((a[2] - a[0]) * (a[3] - a[1]) + (b[2] - b[0]) * (b[3] - b[1]) - inside)


def _image(chance, n):
    return np.random.default_rng(chance.randint(0, 999)).random((n, n))


def _labels(chance, n, classes=2):
    return np.random.default_rng(chance.randint(0, 999)).integers(0, classes, n)


WORDS = "loss model batch epoch train layer data gradient token".split()

CASES = {
    "augmentation": [
        (flip_and_crop, lambda chance: (_image(chance, 28), 2, 2, 24)),
        (add_noise, lambda chance: (_image(chance, 28), chance.randint(1, 9999), 0.1)),
        (brighten, lambda chance: ([chance.random() for _ in range(784)], 1.2)),
        (box_blur, lambda chance: (_image(chance, 20),)),
    ],
    "featurising": [
        (tokenize, lambda chance: (" ".join(chance.choices(WORDS, k=60)), {word: i for i, word in enumerate(WORDS)})),
        (hashed_features, lambda chance: (" ".join(chance.choices(WORDS, k=20)), 64)),
        (pad_batch, lambda chance: ([list(range(chance.randint(3, 40))) for _ in range(16)], 32)),
        (bucket_by_length, lambda chance: ([chance.randint(3, 90) for _ in range(100)], 16)),
        (tf_idf, lambda chance: ({word: chance.randint(1, 9) for word in WORDS}, {word: 3 for word in WORDS}, 100)),
        (log_mel, lambda chance: (chance.uniform(50.0, 8000.0),)),
    ],
    "scores": [
        (confusion, lambda chance: (_labels(chance, 200, 5), _labels(chance, 200, 5), 5)),
        (accuracy, lambda chance: (_labels(chance, 200).tolist(), _labels(chance, 200).tolist())),
        (f1_score, lambda chance: (_labels(chance, 300), _labels(chance, 300))),
        (roc_area, lambda chance: (_labels(chance, 60), _image(chance, 60)[0])),
        (cross_entropy, lambda chance: (_image(chance, 100)[:, :10].copy(), _labels(chance, 100, 10))),
        (intersection_over_union, lambda chance: ((0.0, 0.0, 2.0, 2.0), (chance.random(), chance.random(), 2.5, 2.5))),
    ],
}
