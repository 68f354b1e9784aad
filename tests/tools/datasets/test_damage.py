"""Damaged files end in one sentence or in data, never in another exception."""

import random
from pathlib import Path

import pytest

from runtime.errors import InputError
from tools.datasets import prepare

PIECES = (b",", b";", b'"', b"\n", b"nan", b"-1", b"999999999999", b"\0", b"\r")


def damage(data: bytes, dice: random.Random) -> bytes:
    """A few bytes changed, removed, added, or the end cut off."""
    damaged = bytearray(data)
    for _ in range(dice.randint(1, 6)):
        at = dice.randrange(len(damaged)) if damaged else 0
        way = dice.randrange(5)
        if way == 0 and damaged:
            damaged[at] = dice.randrange(256)
        elif way == 1:
            del damaged[at : at + dice.randint(1, 20)]
        elif way == 2:
            damaged[at:at] = dice.randbytes(dice.randint(1, 8))
        elif way == 3:
            damaged[at:at] = dice.choice(PIECES)
        elif dice.random() < 0.3:
            del damaged[at:]
    return bytes(damaged)


@pytest.mark.parametrize("kind", ["npz", "csv", "parquet", "header", "annotations", "picture"])
@pytest.mark.filterwarnings("ignore")
def test_damage_is_an_input_error_or_harmless(kind, builders, tmp_path, rng):
    frame = builders["frame"](rng, 30)
    if kind == "npz":
        victim = asked = Path(builders["npz"](tmp_path, X=rng.normal(size=(30, 4)), y=[0, 1] * 15))
    elif kind == "csv":
        victim = asked = Path(builders["csv"](tmp_path, frame.to_csv(index=False)))
    elif kind == "parquet":
        victim = asked = tmp_path / "t.parquet"
        frame.to_parquet(victim)
    elif kind == "picture":
        asked = Path(builders["pictures"](tmp_path / "p", rng, count=6))
        victim = asked / "cat" / "0.png"
    else:
        asked = Path(builders["record"](tmp_path, "100", rng, beats=30))
        victim = asked.with_suffix(".hea" if kind == "header" else ".atr")
    whole, dice, ends = victim.read_bytes(), random.Random(11), {"read": 0, "refused": 0}
    for _ in range(60):
        victim.write_bytes(damage(whole, dice))
        try:
            assert prepare(str(asked), tmp_path / "out").profile.sample_count >= 10
            ends["read"] += 1
        except InputError as error:
            assert "\n" not in str(error)
            ends["refused"] += 1
    assert sum(ends.values()) == 60
