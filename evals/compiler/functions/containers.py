"""Dictionaries and sets: grouping, counting, records."""

from collections import Counter, defaultdict

from evals.compiler.functions.arguments import WORDS, ints, records, words


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


CASES = {
    "counting and grouping": [
        (group_by_length, words(60)),
        (most_common, words(150)),
        (histogram, ints(300, 20)),
        (merge_counts, lambda chance: tuple({word: chance.randint(1, 9) for word in WORDS} for _ in range(2))),
        (top_words, lambda chance: (*words(100)(chance), 3)),
        (sum_by_key, lambda chance: ([(chance.choice("abcd"), chance.random()) for _ in range(100)],)),
        (invert, lambda chance: ({word: i for i, word in enumerate(WORDS)},)),
    ],
    "sets and windows": [
        (two_sum, lambda chance: (*ints(200, 9999)(chance), 19999)),
        (has_duplicates, lambda chance: (chance.sample(range(10**6), 200),)),
        (unique, ints(200, 60)),
        (intersect, lambda chance: tuple(sorted(chance.sample(range(500), 150)) for _ in range(2))),
        (longest_consecutive, ints(150, 200)),
        (window_distinct, lambda chance: (*ints(100, 9)(chance), 8)),
        (sieve, lambda chance: (chance.randint(300, 1200),)),
    ],
    "records": [
        (filter_records, lambda chance: (records(chance, 60), 30)),
        (average_by_team, lambda chance: (records(chance, 60),)),
        (flatten_settings, lambda chance: ({word: {"a": 1, "b": chance.random()} for word in WORDS}, "")),
    ],
}
