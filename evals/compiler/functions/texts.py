"""Strings: parsing, cleaning, counting, comparing, formats and codes."""

import re
import string


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


def parse_query(query):
    result = {}
    for part in query.split("&"):
        key, _, value = part.partition("=")
        result[key] = value
    return result


def parse_csv_line(line: str) -> list[str]:
    fields = []
    field = ""
    quoted = False
    for letter in line:
        if letter == '"':
            quoted = not quoted
        elif letter == "," and not quoted:
            fields.append(field)
            field = ""
        else:
            field += letter
    fields.append(field)
    return fields


def balanced(text):
    depth = 0
    for letter in text:
        if letter == "(":
            depth += 1
        elif letter == ")":
            depth -= 1
            if depth < 0:
                return False
    return depth == 0


def parse_number(text):
    value = 0
    for letter in text:
        digit = ord(letter) - 48
        if digit < 0 or digit > 9:
            return -1
        value = value * 10 + digit
    return value


def roman(number):
    out = ""
    for value, letters in ((1000, "M"), (900, "CM"), (500, "D"), (400, "CD"), (100, "C"), (90, "XC"), (50, "L"),
                           (40, "XL"), (10, "X"), (9, "IX"), (5, "V"), (4, "IV"), (1, "I")):
        while number >= value:
            out += letters
            number -= value
    return out


def to_base(number: int, base: int) -> str:
    digits = "0123456789abcdef"
    out = ""
    while number > 0:
        out = digits[number % base] + out
        number //= base
    return out or "0"


def checksum(text):
    a = 1
    b = 0
    for letter in text:
        a = (a + ord(letter)) % 65521
        b = (b + a) % 65521
    return b * 65536 + a


def fnv_hash(data: bytes) -> int:
    value = 2166136261
    for byte in data:
        value = (value ^ byte) * 16777619 % 4294967296
    return value


def luhn(digits):
    total = 0
    for i in range(len(digits)):
        digit = int(digits[len(digits) - 1 - i])
        if i % 2 == 1:
            digit *= 2
            if digit > 9:
                digit -= 9
        total += digit
    return total % 10 == 0


def hex_dump(data):
    return " ".join(f"{byte:02x}" for byte in data)


def format_row(name, amount, share):
    return f"{name:<20} {amount:>10.2f} {share:6.1%}"


def tokens(expression):
    return re.findall(r"\d+|[-+*/()]", expression)


WORDS = "the quick brown fox jumps over a lazy dog while seven agents compile the code of an old program in time".split()


def _text(chance, n):
    return " ".join(chance.choices(WORDS, k=n))


def _letters(chance, n, of="abcd"):
    return "".join(chance.choices(of, k=n))


def _mirror(chance, n):
    half = _letters(chance, n)
    return (half + half[::-1],)


CASES = {
    "letters": [
        (is_palindrome, lambda chance: _mirror(chance, 100)),
        (caesar, lambda chance: (_text(chance, 40), 3)),
        (run_length, lambda chance: (_letters(chance, 200, "aaab"),)),
        (count_vowels, lambda chance: (_text(chance, 60),)),
        (snake_case, lambda chance: (chance.choice(["parseHtmlPage", "CodeCharacteristics", "loadTrainingData"]),)),
        (checksum, lambda chance: (_text(chance, 40),)),
    ],
    "comparing strings": [
        (hamming, lambda chance: (_letters(chance, 150), _letters(chance, 150))),
        (levenshtein, lambda chance: (_letters(chance, 20), _letters(chance, 20))),
        (common_subsequence, lambda chance: (_letters(chance, 25), _letters(chance, 25))),
        (common_prefix, lambda chance: (["interpret" + _letters(chance, 5) for _ in range(20)],)),
        (find_all, lambda chance: (_text(chance, 100), "the")),
        (jaccard_words, lambda chance: (_text(chance, 30), _text(chance, 30))),
    ],
    "words": [
        (slugify, lambda chance: (_text(chance, 8).title() + "!",)),
        (word_counts, lambda chance: (_text(chance, 100),)),
        (title_case, lambda chance: (_text(chance, 20),)),
        (remove_stopwords, lambda chance: (_text(chance, 80),)),
        (wrap, lambda chance: (_text(chance, 60), 40)),
        (strip_comments, lambda chance: ("\n".join(f"{_text(chance, 4)}  # {_text(chance, 3)}" for _ in range(15)),)),
    ],
    "parsing": [
        (parse_query, lambda chance: ("&".join(f"{word}={chance.randint(1, 99)}" for word in WORDS[:10]),)),
        (parse_csv_line, lambda chance: (",".join(chance.choices([*WORDS, '"a, b"'], k=15)),)),
        (balanced, lambda chance: ("(a(b)c)" * chance.randint(10, 30),)),
        (parse_number, lambda chance: (str(chance.randint(10**5, 10**9)),)),
        (tokens, lambda chance: ("+".join(f"({chance.randint(1, 99)}*{chance.randint(1, 9)})" for _ in range(8)),)),
    ],
    "codes and formats": [
        (roman, lambda chance: (chance.randint(1, 3999),)),
        (to_base, lambda chance: (chance.randint(10**5, 10**9), 2)),
        (fnv_hash, lambda chance: (_text(chance, 30).encode(),)),
        (luhn, lambda chance: ("".join(chance.choices("0123456789", k=16)),)),
        (hex_dump, lambda chance: (_text(chance, 12).encode(),)),
        (format_row, lambda chance: (chance.choice(WORDS), chance.uniform(1, 9999), chance.random())),
    ],
}
