"""What papers write for a hyperparameter's value, as one number: "1e-4", "3 × 10^-4", "64 (per GPU)", "10 %", "4k"."""

import math
import re

LONGEST_VALUE = 200
SUPERSCRIPTS = str.maketrans("⁰¹²³⁴⁵⁶⁷⁸⁹⁺⁻", "0123456789+-")
POWER = re.compile(r"(?<=\d)([⁺⁻]?[⁰¹²³⁴⁵⁶⁷⁸⁹]+)")
SIGNS = str.maketrans(dict.fromkeys("−–‒﹣－", "-") | dict.fromkeys("×·∙⋅✕", "*") | {"\u00a0": " ", "\u2009": " "})
NUMBER = r"[+-]?(?:\d+(?:,\d{3})+(?![\d.])|\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?"
EXPONENT = r"(?:\^|\*\*)\s*\(?\s*([+-]?\d{1,3})(?:\s*\))?"
UNITS = {"%": 0.01, "k": 1e3, "m": 1e6, "thousand": 1e3, "million": 1e6}
VALUE = re.compile(rf"({NUMBER})(?:\s*\*\s*10\s*{EXPONENT}|\s*{EXPONENT})?(\s*%|[kKM]\b|\s*(?:thousand|million)\b)?")
LEAD = re.compile(
    r"^(?:(?:a|an|the|of|is|to|set|value|about|around|approximately|roughly|fixed|initial(?:ly)?|default|init|starts?"
    r"|at|from)\b|[=:~≈$(\[{]|\\approx|\s)+",
    re.IGNORECASE,
)
ANOTHER = re.compile(r"^\s*(?:,|/|;|\bor\b|\band\b|\bto\b|\bthen\b|-+>?|→|\.\.+|…|\*|x\b|(?<=\s))\s*(?=[\d.$+-])")
"""What stands between a first number and a second one."""


def read_number(text: str) -> float | None:
    """The one number that `text` gives; None when there is none, or several of them (a grid, a range, a product).

    Dollar signs, braces and TeX's `\\times` are read past; what follows in words or in brackets is left out. A share in
    per cent becomes a fraction, k a thousand.
    """
    plain = _plain(text[:LONGEST_VALUE])
    found = VALUE.match(plain)
    if found is None:
        return None
    base, times_ten, power, unit = found.groups()
    if ANOTHER.match(plain[found.end() :]):
        return None
    try:
        number = float(f"{base.replace(',', '')}{f'e{times_ten}' if times_ten else ''}")
        number = number ** int(power) if power else number
    except (ValueError, OverflowError, ZeroDivisionError):
        return None
    number *= UNITS[unit.strip().lower()] if unit else 1.0
    return number if math.isfinite(number) else None


def _plain(text: str) -> str:
    """One spelling of signs, powers and products, without TeX's braces and the words before the number."""
    text = POWER.sub(lambda found: "^" + found[1].translate(SUPERSCRIPTS), text)
    text = re.sub(r"\b10\u2212(?=\d{1,2}\b)", "10^-", text).translate(SIGNS)  # a PDF's raised exponent
    text = re.sub(r"\\(?:times|cdot)(?![A-Za-z])", "*", text).replace("\\%", "%")
    text = re.sub(r"\\[,;! ]|[{}$\\]", "", text)
    text = re.sub(r"(?<=\d)\s*[xX*]\s*10\s*(?:\^|\*\*)?\s*(?=[+-]?\(?[+-]?\d)", "*10^", text)
    return LEAD.sub("", text.strip(), count=1)
