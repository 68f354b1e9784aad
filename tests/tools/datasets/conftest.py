"""Small datasets of every format, written anew for each test."""

import io
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import wfdb
from PIL import Image


@pytest.fixture
def rng() -> np.random.Generator:
    return np.random.default_rng(7)


def save_npz(folder: Path, name: str = "data", **arrays) -> str:
    path = folder / f"{name}.npz"
    np.savez(path, **arrays)
    return str(path)


def save_csv(folder: Path, text: str | bytes, name: str = "data.csv") -> str:
    path = folder / name
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return str(path)


def save_pictures(folder: Path, rng: np.random.Generator, size=(12, 10), mode: str = "L", count: int = 12) -> str:
    for label in ("cat", "dog"):
        (folder / label).mkdir(parents=True, exist_ok=True)
        for index in range(count):
            shape = (size[1], size[0]) if mode == "L" else (size[1], size[0], 3)
            Image.fromarray(rng.integers(0, 256, shape, dtype=np.uint8), mode).save(folder / label / f"{index}.png")
    return str(folder)


def save_hub(folder: Path, rng: np.random.Generator, train: int = 40, test: int = 15) -> str:
    (folder / "data").mkdir(parents=True)
    kind = pa.struct([("bytes", pa.binary()), ("path", pa.string())])
    for part, count in (("train", train), ("test", test)):
        pictures = []
        for _ in range(count):
            buffer = io.BytesIO()
            Image.fromarray(rng.integers(0, 256, (9, 9), dtype=np.uint8)).save(buffer, "PNG")
            pictures.append({"bytes": buffer.getvalue(), "path": None})
        features = b'{"info": {"features": {"label": {"names": ["shoe", "hat"], "_type": "ClassLabel"}}}}'
        table = pa.table({"image": pa.array(pictures, kind), "label": pa.array([i % 2 for i in range(count)])})
        table = table.replace_schema_metadata({b"huggingface": features})
        pq.write_table(table, folder / "data" / f"{part}-00000-of-00001.parquet", row_group_size=16)
    return str(folder)


def save_record(folder: Path, name: str, rng: np.random.Generator, beats: int = 80, leads=("MLII", "V5")) -> str:
    rate, gap = 100, 90
    signal = rng.normal(size=(beats * gap + 200, len(leads)))
    wfdb.wrsamp(name, rate, ["mV"] * len(leads), list(leads), signal, fmt=["16"] * len(leads), write_dir=str(folder))
    at = np.arange(beats) * gap + 100
    signs = np.array(["V" if index % 4 == 3 else "N" for index in range(beats)])
    signs[0] = "+"
    wfdb.wrann(name, "atr", at, symbol=signs.tolist(), write_dir=str(folder))
    return str(folder / name)


def mixed_frame(rng: np.random.Generator, rows: int = 90) -> pd.DataFrame:
    return pd.DataFrame(
        {
            "size": rng.normal(5, 2, rows),
            "colour": rng.choice(["red", "green", "blue"], rows),
            "smooth": rng.choice([True, False], rows),
            "seen": pd.date_range("2024-01-01", periods=rows, freq="D"),
            "label": rng.choice(["no", "yes"], rows),
        }
    )


def save_tokens(folder: Path, rng: np.random.Generator) -> str:
    return save_npz(folder, X=rng.integers(0, 30, (70, 12)), y=rng.integers(0, 2, 70), vocabulary_size=np.array(40))


DATASETS = {
    "npz": lambda folder, rng: save_npz(folder, X=rng.normal(size=(80, 5)), y=rng.integers(0, 3, 80)),
    "npz_parts": lambda folder, rng: save_npz(
        folder,
        X_train=rng.normal(size=(60, 5)),
        y_train=rng.integers(0, 3, 60),
        X_test=rng.normal(size=(30, 5)),
        y_test=rng.integers(0, 3, 30),
    ),
    "npz_regression": lambda folder, rng: save_npz(folder, x=rng.normal(size=(80, 5)), y=rng.normal(size=80) * 100),
    "npz_signals": lambda folder, rng: save_npz(folder, X=rng.normal(size=(60, 40, 2)), y=rng.integers(0, 2, 60)),
    "npz_images": lambda folder, rng: save_npz(
        folder, X=rng.integers(0, 256, (60, 8, 8, 3), dtype=np.uint8), y=rng.integers(0, 2, 60)
    ),
    "npz_tokens": save_tokens,
    "npz_groups": lambda folder, rng: save_npz(
        folder, X=rng.normal(size=(80, 5)), y=rng.integers(0, 2, 80), groups=np.arange(80) // 8
    ),
    "npz_time": lambda folder, rng: save_npz(
        folder, X=rng.normal(size=(80, 5)), y=rng.integers(0, 2, 80), time=rng.permutation(80)
    ),
    "csv": lambda folder, rng: save_csv(folder, mixed_frame(rng).to_csv(index=False)),
    "tsv": lambda folder, rng: save_csv(folder, mixed_frame(rng).to_csv(index=False, sep="\t"), "data.tsv"),
    "parquet": lambda folder, rng: (mixed_frame(rng).to_parquet(folder / "t.parquet"), str(folder / "t.parquet"))[1],
    "pictures": lambda folder, rng: save_pictures(folder / "pictures", rng),
    "hub": lambda folder, rng: save_hub(folder / "hub", rng),
    "record": lambda folder, rng: save_record(folder, "100", rng),
}


NAMES = (
    "digits",
    "iris",
    "diabetes",
    "synthetic",
    "synthetic:sequence",
    "synthetic:image",
    "synthetic:tokens",
    "synthetic:regression",
)


@pytest.fixture(params=[*DATASETS, *NAMES])
def dataset(request, tmp_path: Path, rng: np.random.Generator) -> str:
    """The name or path of one dataset of each kind."""
    write = DATASETS.get(request.param)
    return write(tmp_path, rng) if write else request.param


@pytest.fixture
def builders():
    """The functions that write small datasets."""
    return {
        "npz": save_npz,
        "csv": save_csv,
        "pictures": save_pictures,
        "hub": save_hub,
        "record": save_record,
        "frame": mixed_frame,
    }
