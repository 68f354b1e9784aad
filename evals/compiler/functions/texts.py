"""Strings: letters, comparing, words."""

import re
import string

from evals.compiler.functions.arguments import letters, mirror, text


def is_palindrome(text: str) -> bool:
    left = 0
    right = len(text) - 1
    while left < right:
        if text[left] != text[right]:
            return False
        left += 1
        right -= 1
    return True


def caesar(text, shift):
    out = []
    for letter in text:
        if "a" <= letter <= "z":
            out.append(chr((ord(letter) - 97 + shift) % 26 + 97))
        else:
            out.append(letter)
    return "".join(out)


def run_length(text: str) -> str:
    out = ""
    i = 0
    while i < len(text):
        j = i
        while j < len(text) and text[j] == text[i]:
            j += 1
        out += text[i] + str(j - i)
        i = j
    return out


def count_vowels(text):
    count = 0
    for letter in text:
        if letter in "aeiou":
            count += 1
    return count


def hamming(a, b):
    count = 0
    for i in range(len(a)):
        if a[i] != b[i]:
            count += 1
    return count


def levenshtein(a: str, b: str) -> int:
    before = list(range(len(b) + 1))
    for i, x in enumerate(a, 1):
        now = [i]
        for j, y in enumerate(b, 1):
            now.append(min(before[j] + 1, now[j - 1] + 1, before[j - 1] + (x != y)))
        before = now
    return before[-1]


def common_subsequence(a, b):
    rows = [[0] * (len(b) + 1) for _ in range(len(a) + 1)]
    for i in range(len(a)):
        for j in range(len(b)):
            if a[i] == b[j]:
                rows[i + 1][j + 1] = rows[i][j] + 1
            else:
                rows[i + 1][j + 1] = max(rows[i][j + 1], rows[i + 1][j])
    return rows[len(a)][len(b)]


def common_prefix(words: list[str]) -> str:
    first = words[0]
    for i in range(len(first)):
        for word in words:
            if i >= len(word) or word[i] != first[i]:
                return first[:i]
    return first


def find_all(text, wanted):
    places = []
    at = text.find(wanted)
    while at >= 0:
        places.append(at)
        at = text.find(wanted, at + 1)
    return places


def jaccard_words(a, b):
    left = set(a.split())
    right = set(b.split())
    return len(left & right) / len(left | right)


def slugify(title):
    words = re.sub(r"[^a-z0-9 ]", "", title.lower()).split()
    return "-".join(words)


def word_counts(text):
    counts = {}
    for word in text.split():
        word = word.strip(string.punctuation).lower()
        counts[word] = counts.get(word, 0) + 1
    return counts


def title_case(text):
    return " ".join(word[:1].upper() + word[1:] for word in text.split(" "))


def snake_case(name: str) -> str:
    out = ""
    for letter in name:
        if letter.isupper() and out:
            out += "_"
        out += letter.lower()
    return out


def strip_comments(source):
    kept = []
    for line in source.split("\n"):
        at = line.find("#")
        if at >= 0:
            line = line[:at]
        if line.strip():
            kept.append(line.rstrip())
    return "\n".join(kept)


def remove_stopwords(text):
    stop = {"the", "a", "an", "of", "and", "in", "to", "is"}
    return [word for word in text.lower().split() if word not in stop]


def wrap(text, width):
    lines = []
    line = ""
    for word in text.split():
        if line and len(line) + 1 + len(word) > width:
            lines.append(line)
            line = word
        else:
            line = line + " " + word if line else word
    lines.append(line)
    return lines


def checksum(text):
    a = 1
    b = 0
    for letter in text:
        a = (a + ord(letter)) % 65521
        b = (b + a) % 65521
    return b * 65536 + a


CASES = {
    "letters": [
        (is_palindrome, lambda chance: mirror(chance, 100)),
        (caesar, lambda chance: (text(chance, 40), 3)),
        (run_length, lambda chance: (letters(chance, 200, "aaab"),)),
        (count_vowels, lambda chance: (text(chance, 60),)),
        (snake_case, lambda chance: (chance.choice(["parseHtmlPage", "CodeCharacteristics", "loadTrainingData"]),)),
        (checksum, lambda chance: (text(chance, 40),)),
    ],
    "comparing strings": [
        (hamming, lambda chance: (letters(chance, 150), letters(chance, 150))),
        (levenshtein, lambda chance: (letters(chance, 20), letters(chance, 20))),
        (common_subsequence, lambda chance: (letters(chance, 25), letters(chance, 25))),
        (common_prefix, lambda chance: (["interpret" + letters(chance, 5) for _ in range(20)],)),
        (find_all, lambda chance: (text(chance, 100), "the")),
        (jaccard_words, lambda chance: (text(chance, 30), text(chance, 30))),
    ],
    "words": [
        (slugify, lambda chance: (text(chance, 8).title() + "!",)),
        (word_counts, lambda chance: (text(chance, 100),)),
        (title_case, lambda chance: (text(chance, 20),)),
        (remove_stopwords, lambda chance: (text(chance, 80),)),
        (wrap, lambda chance: (text(chance, 60), 40)),
        (strip_comments, lambda chance: ("\n".join(f"{text(chance, 4)}  # {text(chance, 3)}" for _ in range(15)),)),
    ],
}
