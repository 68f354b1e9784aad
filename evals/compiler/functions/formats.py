"""Strings that mean something: parsing, codes and formats."""

import re

from evals.compiler.functions.arguments import SENTENCE, text


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


CASES = {
    "parsing": [
        (parse_query, lambda chance: ("&".join(f"{word}={chance.randint(1, 99)}" for word in SENTENCE[:10]),)),
        (parse_csv_line, lambda chance: (",".join(chance.choices([*SENTENCE, '"a, b"'], k=15)),)),
        (balanced, lambda chance: ("(a(b)c)" * chance.randint(10, 30),)),
        (parse_number, lambda chance: (str(chance.randint(10**5, 10**9)),)),
        (tokens, lambda chance: ("+".join(f"({chance.randint(1, 99)}*{chance.randint(1, 9)})" for _ in range(8)),)),
    ],
    "codes and formats": [
        (roman, lambda chance: (chance.randint(1, 3999),)),
        (to_base, lambda chance: (chance.randint(10**5, 10**9), 2)),
        (fnv_hash, lambda chance: (text(chance, 30).encode(),)),
        (luhn, lambda chance: ("".join(chance.choices("0123456789", k=16)),)),
        (hex_dump, lambda chance: (text(chance, 12).encode(),)),
        (format_row, lambda chance: (chance.choice(SENTENCE), chance.uniform(1, 9999), chance.random())),
    ],
}
