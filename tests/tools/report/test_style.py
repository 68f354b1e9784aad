import re
from pathlib import Path

import pytest

import tools.report

STYLE = (Path(tools.report.__file__).parent / "templates" / "style.css").read_text()
COLORS = re.findall(r"--([\w-]+): light-dark\((#[0-9a-f]{6}), (#[0-9a-f]{6})\)", STYLE)
LIGHT = {name: light for name, light, _ in COLORS}
DARK = {name: dark for name, _, dark in COLORS}
PAIRS = [
    *((text, back) for text in ("ink", "soft") for back in ("page", "card", "wash")),
    *((mood, back) for mood in ("good", "bad", "calm", "warn") for back in ("card", f"{mood}-wash")),
    *((kind, back) for kind in ("kw", "st", "nu", "fn", "bi", "cm") for back in ("card", "warn-wash", "bad-wash")),
]


def luminance(color):
    """Relative luminance, WCAG 2.2."""
    parts = [int(color[index : index + 2], 16) / 255 for index in (1, 3, 5)]
    linear = [part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def contrast(one, other):
    low, high = sorted((luminance(one), luminance(other)))
    return (high + 0.05) / (low + 0.05)


@pytest.mark.parametrize("scheme", [LIGHT, DARK], ids=["light", "dark"])
def test_text_can_be_read(scheme):
    weak = {pair: round(contrast(scheme[pair[0]], scheme[pair[1]]), 2) for pair in PAIRS}
    assert {pair: ratio for pair, ratio in weak.items() if ratio < 4.5} == {}


@pytest.mark.parametrize("scheme", [LIGHT, DARK], ids=["light", "dark"])
def test_lines_of_charts_stand_out(scheme):
    assert all(contrast(scheme[name], scheme["card"]) >= 3 for name in ("s1", "s2", "s3", "s4", "s5", "bad"))
